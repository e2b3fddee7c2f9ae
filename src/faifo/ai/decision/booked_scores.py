"""Book what evidence about scores tells: their order, and how they came true."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from faifo.ai.decision.booked_cells import WHOLE, label_of
from faifo.ai.decision.ledger import NEAR, Ledger, Quantity
from faifo.ai.evidence import Evidence
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.groups import name_of, singles

# The smallest log loss for a Brier sum: -ln(1-d) is at least d + d²/2, and d at least d².
LOSS_OF_BRIER: Final = 1.5


def book_ranking(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    for name in ("positives", "negatives"):
        if name in read:
            ledger.book(evidence, WHOLE, name, read.whole(name))
    if "log_loss_sum" in read:
        most = read.real("log_loss_sum") / LOSS_OF_BRIER
        ledger.book(evidence, WHOLE, "brier_sum", 0.0, most + NEAR * max(1.0, most))


def book_calibration(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    for entry in read.parts("slices"):
        of = entry.text("slice")
        _slice(ledger, evidence, of, entry, "positives")
        if not of:
            ledger.book(evidence, of, "brier_sum", entry.real("brier_sum"))


def book_class_calibration(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    for entry in read.parts("slices"):
        _slice(ledger, evidence, entry.text("slice"), entry, "correct")
    for entry in read.parts("classes"):
        ledger.book(evidence, WHOLE, "rows", entry.whole("n"))
        low, high = _true_ones(entry)
        name = entry.text("slice").removeprefix("class=")
        ledger.book(evidence, label_of(name), "rows", low, high)


def _slice(ledger: Ledger, evidence: Evidence, of: str, entry: Counts, what: str) -> None:
    ledger.book(evidence, of, "rows", entry.whole("n"))
    ledger.book(evidence, of, what, *_true_ones(entry))


def _true_ones(entry: Counts) -> tuple[int, int]:
    """Return how many labels of a slice can be positive."""
    told = sum(part.whole("positives") for part in entry.parts("bins"))
    pooled = entry.part("pooled").whole("n") if "pooled" in entry else 0
    return told, told + pooled


def book_slices(ledger: Ledger, evidence: Evidence, found: Sequence[Evidence]) -> None:
    """Book that the slices of an attribute hold all rows, bin by bin."""
    slices = Counts(evidence.counts).parts("slices")
    whole = next((entry for entry in slices if not entry.text("slice")), None)
    for attribute in sorted({name for one in found for name in singles(one.parameters)}):
        start = name_of([attribute], [""])
        parts = [entry for entry in slices if entry.text("slice").startswith(start)]
        if parts:
            names = [entry.text("slice") for entry in parts]
            ledger.add_up(evidence, Quantity(WHOLE, "rows"), names, complete=True)
        if parts and whole is not None:
            ledger.require(evidence, _same_sums(whole, parts), f"slices of {attribute}")


def _same_sums(whole: Counts, parts: Sequence[Counts]) -> bool:
    def bins(entries: Sequence[Counts]) -> dict[int, list[float]]:
        found: dict[int, list[float]] = {}
        for entry in entries:
            for part in entry.parts("bins"):
                sums = found.setdefault(part.whole("bin"), [0.0, 0.0, 0.0])
                for at, name in enumerate(("n", "positives", "score_sum")):
                    sums[at] += part.real(name)
        return found

    of_all, of_parts = bins([whole]), bins(parts)
    same = all(
        _near(a, b)
        for at in of_all.keys() & of_parts.keys()
        for a, b in zip(of_all[at], of_parts[at], strict=True)
    )
    for name in ("brier_sum", "brier_square_sum"):
        same &= _near(whole.real(name), math.fsum(entry.real(name) for entry in parts))
    return same


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(1.0, abs(one), abs(other))
