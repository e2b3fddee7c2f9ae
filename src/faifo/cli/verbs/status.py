"""`faifo status`: how this node stands, on one screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import line_of, result
from faifo.phrases.figures import moment, size

if TYPE_CHECKING:
    from faifo.api.status import Status

SHOWN = 5
BAR = 24


@verb(
    "status",
    example="faifo status\nfaifo status --json",
    short_help="How the node stands: what waits, fails or ends.",
)
def command(choices: Choices) -> None:
    """Say on one screen what waits for a person, is stuck, failed or ends soon, and what was read.

    The node need not be running. Nobody else is asked; `faifo doctor` looks deeper.
    """
    found = run(choices, lambda client: client.status(), stopped=True)
    result(choices, found, _lines(choices, found))


def _lines(choices: Choices, found: Status) -> Iterator[str]:
    from faifo.api.status import GROUPS
    from faifo.client.finding import with_dir

    yield f"{found.name or found.did}  {moment(found.at)}"
    for group in GROUPS:
        points = [one for one in found.points if one.group == group]
        if not points:
            continue
        count = f"{len(points)}+" if group in found.more else str(len(points))
        yield ""
        yield f"{choices.say(f'status.{group}')} ({count})"
        for one in points[:SHOWN]:
            yield f"  {moment(one.since)[:16]}  {line_of(one.text)}"
            yield f"{'':20}{with_dir(one.command, choices.directory)}"
        if len(points) > SHOWN:
            yield f"{'':20}{choices.say('status.further', count=len(points) - SHOWN)}"
    if found.troubles:
        yield ""
        yield choices.say("status.troubles")
        for trouble in found.troubles:
            yield f"  {line_of(trouble.text)}"
            yield f"{'':4}→ {line_of(trouble.advice)}"
    if not found.points and not found.troubles:
        yield choices.say("status.nothing")
    yield ""
    yield choices.say("status.flows")
    most = max(one.served for one in found.flows)
    for day in found.flows:
        bar = "▇" * round(BAR * day.served / most) if most else ""
        refused = choices.say("status.refused", count=day.refused) if day.refused else ""
        figures = f"{day.served:>6}  {size(day.bytes):>9}"
        yield f"  {day.day}  {figures}  {bar} {refused}".rstrip()
