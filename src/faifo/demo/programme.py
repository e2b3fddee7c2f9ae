"""What can be played: the scene, and acts by name, each with the acts that it builds on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from faifo.demo.acts import (
    closing,
    comparing,
    deciding,
    ending,
    fetching,
    gathering,
    judging,
    objecting,
    opening,
    predicting,
    publishing,
    recognising,
    refusing,
    ruling,
    sharing,
    skills,
    stopping,
    warning,
)
from faifo.demo.stage import Stage

ALL: Final = "all"
SCENE: Final = (
    "gathering", "sharing", "warning", "deciding", "stopping", "objecting", "closing",
)  # fmt: skip
"""What is played when no act is asked for."""


class Act(NamedTuple):
    """`after`: what must have been played before."""

    play: Callable[[Stage], Awaitable[None]]
    after: tuple[str, ...] = ()


ACTS: Final[dict[str, Act]] = {
    "opening": Act(opening.play),
    "publishing": Act(publishing.play, ("opening",)),
    "fetching": Act(fetching.play, ("publishing",)),
    "predicting": Act(predicting.play, ("opening",)),
    "refusing": Act(refusing.play, ("publishing",)),
    "ending": Act(ending.play, ("predicting",)),
    "comparing": Act(comparing.play, ("fetching", "refusing", "ending")),
    "judging": Act(judging.play, ("predicting",)),
    "rules": Act(ruling.play, ("opening",)),
    "skills": Act(skills.play),
    "recognising": Act(recognising.play),
    "gathering": Act(gathering.play),
    "sharing": Act(sharing.play, ("gathering",)),
    "warning": Act(warning.play, ("gathering",)),
    "deciding": Act(deciding.play, ("gathering",)),
    "stopping": Act(stopping.play, ("deciding",)),
    "objecting": Act(objecting.play, ("deciding",)),
    "closing": Act(closing.play, ("sharing", "warning", "stopping", "objecting")),
}
"""In the order of the story."""


def leading_to(name: str) -> list[str]:
    """Return the acts to play for this one, in order; `all` is every act outside of the scene."""
    if name == ALL:
        return [one for one in ACTS if one not in SCENE]
    wanted, open_ = set(), [name]
    while open_:
        wanted.add(one := open_.pop())
        open_ += ACTS[one].after
    return [one for one in ACTS if one in wanted]
