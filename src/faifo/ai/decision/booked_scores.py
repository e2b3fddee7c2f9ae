"""Book what evidence about scores tells: their order, and how they came true."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from faifo.ai.decision.booked_cells import WHOLE, label_of
from faifo.ai.decision.ledger import NEAR, Ledger, Quantity
from faifo.ai.evidence import Evidence
from faifo.ai.metrics import weighted
from faifo.ai.metrics.classification import MAX_LOSS
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.groups import name_of, singles

# The smallest log loss for a Brier sum: -ln(1-d) is at least d + d²/2, and d at least d².
LOSS_OF_BRIER: Final = 1.5
WEIGHTS: Final = (*weighted.CELLS, "weight_square_sum")


def book_ranking(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    for name in ("positives", "negatives"):
        if name in read:
            ledger.book(evidence, WHOLE, name, read.whole(name))
    if "log_loss_sum" in read:
        for name in ("twice_u", "log_loss_sum"):
            ledger.book(evidence, WHOLE, name, read.real(name))
        most = read.real("log_loss_sum") / LOSS_OF_BRIER
        ledger.book(evidence, WHOLE, "brier_sum", 0.0, most + NEAR * max(1.0, most))


def book_calibration(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    for entry in read.parts("slices"):
        of = entry.text("slice")
        _slice(ledger, evidence, of, entry, "positives")
        if not of:
            ledger.book(evidence, of, "brier_sum", entry.real("brier_sum"))
            _book_order(ledger, evidence, entry)


def _book_order(ledger: Ledger, evidence: Evidence, entry: Counts) -> None:
    """Book what the bins of all rows leave for their order and their losses.

    A row of a higher bin has the higher score; within a bin, and of pooled rows, nobody knows.
    """
    labelled = [ledger.known(WHOLE, name) for name in ("positives", "negatives")]
    bins = Counts(evidence.parameters, "parameters").whole("bins")
    right = same = least = most = 0.0
    yes_told = no_told = 0
    for part in sorted(entry.parts("bins"), key=lambda part: part.whole("bin")):
        yes, at = part.whole("positives"), part.whole("bin")
        no = part.whole("n") - yes
        right, same = right + yes * no_told, same + yes * no
        yes_told, no_told = yes_told + yes, no_told + no
        low, high = at / bins, (at + 1) / bins
        least += yes * _loss(high) + no * _loss(1 - low)
        most += yes * _loss(low) + no * _loss(1 - high)
    if "pooled" in entry:
        most += entry.part("pooled").whole("n") * MAX_LOSS
    ledger.book(evidence, WHOLE, "log_loss_sum", least, most)
    if labelled[0] is not None and labelled[1] is not None:
        unknown = labelled[0] * labelled[1] - yes_told * no_told
        ledger.book(evidence, WHOLE, "twice_u", 2 * right, 2 * (right + same + unknown))


def _loss(probability: float) -> float:
    """Return minus the logarithm of a probability that is clipped as scores are."""
    return min(MAX_LOSS, -math.log(probability)) if probability > 0 else MAX_LOSS


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
    for attribute, parts in _by_attribute(slices, found):
        names = [entry.text("slice") for entry in parts]
        ledger.add_up(evidence, Quantity(WHOLE, "rows"), names, complete=True)
        if whole is not None:
            ledger.require(evidence, _same_sums(whole, parts), f"slices of {attribute}")


def book_weights(ledger: Ledger, evidence: Evidence, found: Sequence[Evidence]) -> None:
    """Book that the weights of an attribute's groups are those of all rows, and nobody's are 0."""
    slices = Counts(evidence.counts).parts("slices")
    for entry in slices:
        of = entry.text("slice")
        ledger.book(evidence, of, "rows", entry.whole("n"))
        for name in WEIGHTS:
            weight = entry.real(name)
            ledger.book(evidence, of, f"weight of {name}", weight)
            nobody = ledger.known(of, name) == 0
            ledger.require(evidence, not (nobody and weight), f"weight of {name} of {of}")
    for _, parts in _by_attribute(slices, found):
        names = [entry.text("slice") for entry in parts]
        for what in ("rows", *(f"weight of {name}" for name in WEIGHTS)):
            ledger.add_up(evidence, Quantity(WHOLE, what), names, complete=True)


def _by_attribute(
    slices: Sequence[Counts], found: Sequence[Evidence]
) -> Iterator[tuple[str, list[Counts]]]:
    for attribute in sorted({name for one in found for name in singles(one.parameters)}):
        start = name_of([attribute], [""])
        parts = [entry for entry in slices if entry.text("slice").startswith(start)]
        if parts:
            yield attribute, parts


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
