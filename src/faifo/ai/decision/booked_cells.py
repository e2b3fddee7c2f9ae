"""Book what a table of cells tells of some rows, and what follows from it."""

from __future__ import annotations

from typing import Final

from faifo.ai.decision.ledger import SUMS, Ledger
from faifo.ai.evidence import Evidence
from faifo.ai.metrics.counts import Counts

WHOLE: Final = ""
CELLS: Final = ("tp", "fp", "fn", "tn")
# What groups tell, and what else follows from it.
TOLD: Final = (
    *CELLS, "selected", "rejected", "correct", "wrong", "n", "abs_sum", "square_sum", "error_sum",
)  # fmt: skip


def book_cells(ledger: Ledger, evidence: Evidence, of: str, read: Counts) -> None:
    """Book what a table tells of some rows, and what follows from it."""
    told = {name: read.real(name) for name in TOLD if name in read}
    small = [n for n, v in told.items() if n not in SUMS and v < evidence.minimum]
    ledger.require(evidence, not small or evidence.minimum <= 1, "a count under the minimum")
    if "tp" in told:
        tp, fp, fn, tn = (read.real(name) for name in CELLS)
        told |= {"positives": tp + fn, "negatives": fp + tn, "selected": tp + fp,
                 "rejected": fn + tn, "correct": tp + tn, "wrong": fp + fn}  # fmt: skip
    for one, other in (("positives", "negatives"), ("selected", "rejected"), ("correct", "wrong")):
        if one in told and other in told:
            told["rows"] = told[one] + told[other]
    if "n" in told:
        told["rows"] = told.pop("n")
    for name, value in told.items():
        ledger.book(evidence, of, name, value)


def label_of(name: str) -> str:
    # No group is called so: a name of one has a sign of equality before any space.
    return f"label {name}"
