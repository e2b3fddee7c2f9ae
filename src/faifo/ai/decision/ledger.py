"""One ledger of counts: what several tables say of the same rows must be able to be true together.

A quantity is a count or a sum of some rows: of all, of a group, of a class. Each evidence books
bounds of it, equal ones where it tells the number, and says which quantities add up to which.
Whatever leaves no value for a quantity is a contradiction.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from faifo.ai.evidence import Evidence

# Sums of the same rows on another machine, or in another order, differ in the last digits.
NEAR: Final = 1e-9
PASSES: Final = 4
SUMS: Final = frozenset({
    "abs_sum", "square_sum", "error_sum", "score_sum", "brier_sum", "log_loss_sum", "twice_u",
    *(f"weight of {name}" for name in ("tp", "fp", "fn", "tn", "weight_square_sum")),
})  # fmt: skip
PARTS: Final = {
    "rows": (("positives", "negatives"), ("selected", "rejected"), ("correct", "wrong")),
    "positives": (("tp", "fn"),),
    "negatives": (("fp", "tn"),),
    "selected": (("tp", "fp"),),
    "rejected": (("fn", "tn"),),
    "correct": (("tp", "tn"),),
    "wrong": (("fp", "fn"),),
}


class Quantity(NamedTuple):
    """What is counted (`rows`, `tp`, `abs_sum`) of which rows; "" are all rows."""

    of: str
    what: str


class Contradiction(NamedTuple):
    """What the evidence says of a quantity, and what the rest of the passport leaves for it."""

    evidence: Evidence
    what: str
    stated: str
    others: str


class _Bounds(NamedTuple):
    low: float
    high: float
    evidence: Evidence


class _Sum(NamedTuple):
    total: Quantity
    parts: Sequence[Quantity]
    complete: bool
    evidence: Evidence


class Ledger:
    """What has been booked so far."""

    def __init__(self) -> None:
        self.contradictions: list[Contradiction] = []
        self.groups: set[tuple[tuple[str, ...], str]] = set()
        self._bounds: dict[Quantity, _Bounds] = {}
        self._sums: list[_Sum] = []

    def book(
        self, evidence: Evidence, of: str, what: str, low: float, high: float | None = None
    ) -> None:
        """Book that a quantity is between `low` and `high`, or exactly `low`."""
        upper = low if high is None else high
        self._narrow(Quantity(of, what), _Bounds(low, upper, evidence))

    def require(self, evidence: Evidence, holds: bool, what: str) -> None:
        """Book a contradiction unless something holds."""
        if not holds:
            self.contradictions.append(Contradiction(evidence, what, "", ""))

    def add_up(
        self, evidence: Evidence, total: Quantity, parts: Iterable[str], *, complete: bool
    ) -> None:
        """Book that a quantity of these parts adds up to the total, or to at most that."""
        if total.what == "error_sum" and not complete:
            return  # what is left may be under zero
        found = [Quantity(part, total.what) for part in parts]
        self._sums.append(_Sum(total, found, complete, evidence))

    def known(self, of: str, what: str) -> float | None:
        """Return a quantity if it is told exactly."""
        found = self._bounds.get(Quantity(of, what))
        return found.low if found and found.low == found.high else None

    def settle(self) -> list[Contradiction]:
        """Return all contradictions, with what follows from the sums."""
        self._sums += self._of_one_place()
        for _ in range(PASSES):
            before = dict(self._bounds)
            for one in self._sums:
                if not self.contradictions:
                    self._apply(one)
            if self._bounds == before:
                break
        return self.contradictions

    def _of_one_place(self) -> list[_Sum]:
        """Return how the counts of each place are made of one another, where it is of use.

        Of a place with all four cells everything was booked as it follows from them.
        """
        found = []
        full = {
            of for of, what in self._bounds if what == "tp" and self.known(of, what) is not None
        }
        for (of, what), bounds in list(self._bounds.items()):
            if of in full:
                continue
            for parts in PARTS.get(what, ()):
                names = [Quantity(of, part) for part in parts]
                if any(name in self._bounds for name in names):
                    found.append(_Sum(Quantity(of, what), names, True, bounds.evidence))
        return found

    def _apply(self, one: _Sum) -> None:
        """Narrow the total by its parts, and each part by what the others leave of the total."""
        nothing = 0.0 if one.total.what != "error_sum" else -math.inf
        told = [self._of(part, nothing) for part in one.parts]
        low = math.fsum(bounds.low for bounds in told)
        high = math.fsum(bounds.high for bounds in told) if one.complete else math.inf
        self._narrow(one.total, _Bounds(low, high, one.evidence))
        total = self._of(one.total, nothing)
        if nothing or (low == high == total.low == total.high):
            return
        for part, bounds in zip(one.parts, told, strict=True):
            most = total.high - (low - bounds.low) if math.isfinite(total.high) else math.inf
            least = total.low - (high - bounds.high) if math.isfinite(high) else 0.0
            self._narrow(part, _Bounds(least, most, one.evidence))

    def _of(self, name: Quantity, nothing: float) -> _Bounds:
        found = self._bounds.get(name)
        return found or _Bounds(nothing, math.inf, next(iter(self._bounds.values())).evidence)

    def _narrow(self, name: Quantity, new: _Bounds) -> None:
        known = self._bounds.get(name)
        if known is None:
            if new.low > 0 or new.high < math.inf:
                self._bounds[name] = new
            return
        near = NEAR * max(1.0, abs(new.low), abs(known.low)) if name.what in SUMS else 0.0
        if new.low > known.high + near or new.high < known.low - near:
            place = name.of or "all rows"
            self.contradictions.append(
                Contradiction(new.evidence, f"{name.what} of {place}", _shown(new), _shown(known))
            )
            return
        low, high = max(known.low, new.low), min(known.high, new.high)
        if (low, high) != (known.low, known.high):
            self._bounds[name] = _Bounds(low, max(low, high), known.evidence)


def _shown(bounds: _Bounds) -> str:
    if bounds.low == bounds.high:
        return f"{bounds.low:.12g}"
    high = "more" if bounds.high == math.inf else f"{bounds.high:.12g}"
    return f"{bounds.low:.12g} to {high}"
