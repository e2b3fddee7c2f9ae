"""Traffic Light Protocol 2.0 (FIRST, August 2022) as terms that a node keeps to.

RED is for the named recipients alone. AMBER+STRICT stays in the organisation, AMBER with it and
its clients: a node passes neither on. GREEN may go to the community: to whom a node has admitted.
CLEAR may go to everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

Level = Literal["RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"]


class Handling(NamedTuple):
    """What a marking allows: `named` recipients only, to be `passed_on` by a node; stricter first.

    `shown_outside`: whether its text may leave the store for a machine of the same organisation.
    """

    strictness: int
    named: bool
    passed_on: bool
    shown_outside: bool = True


TLP: Final[dict[str, Handling]] = {
    "RED": Handling(4, named=True, passed_on=False, shown_outside=False),
    "AMBER+STRICT": Handling(3, named=False, passed_on=False),
    "AMBER": Handling(2, named=False, passed_on=False),
    "GREEN": Handling(1, named=False, passed_on=True),
    "CLEAR": Handling(0, named=False, passed_on=True),
}


def strictest(levels: Iterable[str]) -> str | None:
    """Return the strictest of some markings, or None if there is none."""
    return max(levels, key=lambda level: TLP[level].strictness, default=None)
