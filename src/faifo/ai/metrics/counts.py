"""Read counts that somebody else sent: whole numbers are whole, sums are finite, parts fit.

Whatever is wrong raises MalformedMessageError that names the place, never another exception.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from faifo.errors import Fact, MalformedMessageError
from faifo.phrases import Phrase

MAX_COUNT: Final = 2**53
MAX_PARTS: Final = 20_000


class Counts:
    """A mapping of counts and the place where it stands."""

    def __init__(self, members: Any, where: str = "counts") -> None:
        if not isinstance(members, Mapping):
            _refuse(
                Phrase("errors.told.ai.counts.else"), Phrase("errors.told.ai.counts.object"), where
            )
        self.members: Mapping[str, Any] = members
        self.where = where

    def __contains__(self, name: str) -> bool:
        return self.members.get(name) is not None

    def whole(self, name: str) -> int:
        """Return the count `name`: a whole number from 0 to 2**53."""
        value = self.members.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_COUNT:
            _refuse(
                Phrase("errors.told.ai.counts.no-count"),
                Phrase("errors.told.ai.counts.whole"),
                f"{self.where}.{name}",
            )
        return value

    def real(self, name: str) -> float:
        """Return the sum `name`: a finite number."""
        value = self.members.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            _refuse(
                Phrase("errors.told.ai.counts.no-sum"),
                Phrase("errors.told.ai.counts.finite"),
                f"{self.where}.{name}",
            )
        return float(value)

    def text(self, name: str) -> str:
        value = self.members.get(name)
        if not isinstance(value, str):
            _refuse(
                Phrase("errors.told.ai.counts.no-text"),
                Phrase("errors.told.ai.counts.text"),
                f"{self.where}.{name}",
            )
        return value

    def part(self, name: str) -> Counts:
        return Counts(self.members.get(name), f"{self.where}.{name}")

    def parts(self, name: str) -> list[Counts]:
        """Return the list `name` of further counts; an absent list is empty."""
        found = enumerate(self._list(name))
        return [Counts(entry, f"{self.where}.{name}[{i}]") for i, entry in found]

    def rows(self, name: str) -> list[list[Any]]:
        """Return the list `name` of lists."""
        found = self._list(name)
        if not all(isinstance(row, list | tuple) for row in found):
            _refuse(
                Phrase("errors.told.ai.counts.no-list"),
                Phrase("errors.told.ai.counts.lists"),
                f"{self.where}.{name}",
            )
        return [list(row) for row in found]

    def _list(self, name: str) -> Sequence[Any]:
        value = self.members.get(name, [])
        if not isinstance(value, list | tuple) or len(value) > MAX_PARTS:
            _refuse(
                Phrase("errors.told.ai.counts.no-list"),
                Phrase("errors.told.ai.counts.entries", most=MAX_PARTS),
                f"{self.where}.{name}",
            )
        return value

    def check(self, holds: bool, expected: Fact) -> None:
        """Refuse counts that cannot have been counted."""
        if not holds:
            _refuse(Phrase("errors.told.ai.counts.contradict"), expected, self.where)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _refuse(what: Fact, expected: Fact, where: str) -> NoReturn:
    raise MalformedMessageError(what=what, expected=expected, where=where)
