"""What each kind of evidence says about counts of rows that other evidence counts, too.

Rows are those that were judged; a reference model that was trained on a part of the table is judged
on the rest, so the quality of the whole table is booked apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from faifo.ai.decision.booked_cells import WHOLE, book_cells, label_of
from faifo.ai.decision.booked_groups import book_groups
from faifo.ai.decision.booked_scores import (
    book_calibration,
    book_class_calibration,
    book_ranking,
    book_slices,
    book_weights,
)
from faifo.ai.decision.ledger import Contradiction, Ledger
from faifo.ai.evidence import Evidence, canonical
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.groups import place_of
from faifo.errors import MalformedMessageError

TRAINING: Final = "training"
# What an assessment has once: else evidence could call its rows others than those of the rest.
SHARED: Final = ("label", "favourable", "trained", "test_share")
# What a label means is one thing; quality, disturbed rows and attacks go with any of them.
TASKS: Final = (
    {"performance", "ranking", "group-fairness", "calibration", "weighted-rates"},
    {"multiclass-performance", "group-accuracy", "multiclass-calibration"},
    {"regression-performance", "group-residuals"},
    {"benchmark-accuracy"},
)
Book = Callable[[Ledger, Evidence, Counts], None]


def contradictions(found: Sequence[Evidence]) -> list[Contradiction]:
    """Return where evidence about the same rows cannot be true together."""
    ledger = Ledger()
    # In one order, whatever theirs is: what is told of all rows comes before what is told of some.
    order = list(BOOKS)
    known = [evidence for evidence in found if evidence.method.id in BOOKS]
    for evidence in sorted(known, key=lambda entry: order.index(entry.method.id)):
        try:
            if evidence.counts or evidence.method.id in _OF_ALL_ROWS:
                BOOKS[evidence.method.id](ledger, evidence, Counts(evidence.counts))
            if evidence.method.id in _SLICED:
                _SLICED[evidence.method.id](ledger, evidence, found)
            _withheld(ledger, evidence, evidence.counts)
        except MalformedMessageError as error:
            ledger.require(evidence, False, str(error))
    for name in SHARED:
        told = {canonical(evidence.parameters.get(name)) for evidence in known}
        if len(told) > 1:
            ledger.require(known[-1], False, f"{name} in all evidence")
    methods = {evidence.method.id for evidence in known}
    if sum(bool(task & methods) for task in TASKS) > 1:
        ledger.require(known[-1], False, "one task in all evidence")
    return ledger.settle()


def _withheld(ledger: Ledger, evidence: Evidence, counts: Any) -> None:
    """Book that what is only told to be small is under the minimum that was promised."""
    if isinstance(counts, Mapping):
        for name, value in counts.items():
            if str(name).endswith("_below"):
                ledger.require(evidence, value == evidence.minimum, f"{name} and the minimum")
            _withheld(ledger, evidence, value)
    elif isinstance(counts, list | tuple):
        for entry in counts:
            if isinstance(entry, Mapping):
                _withheld(ledger, evidence, entry)


def _performance(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    book_cells(ledger, evidence, WHOLE, read)


def _classes(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    book_cells(ledger, evidence, WHOLE, read)
    told = read.parts("classes")
    complete = "complete" in read
    ledger.require(evidence, not complete or read.whole("complete") == 1, "complete")
    for what, total in (("tp", "correct"), ("fp", "wrong"), ("fn", "wrong")):
        added = sum(entry.whole(what) for entry in told)
        if told and total in read:
            holds = added == read.whole(total) if complete else added <= read.whole(total)
            ledger.require(evidence, holds, f"{total} is not the sum of {what} of the classes")
    for entry in told:
        rows = entry.whole("tp") + entry.whole("fn")
        ledger.book(evidence, label_of(entry.text("class")), "rows", rows)


def _regression(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    book_cells(ledger, evidence, WHOLE, read)
    ledger.require(evidence, read.whole("n") == evidence.n, "n")


def _quality(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    rows = read.whole("rows")
    ledger.require(evidence, rows == evidence.n, "n")
    for entry in (read, *read.parts("columns")):
        for name in entry.members:
            if name.endswith("_above"):
                rest = max(0, rows - evidence.minimum)
                ledger.require(evidence, entry.whole(name) == rest, f"{name} and the minimum")
    whole = _table(ledger, evidence, rows)
    entries = read.parts("classes")
    told = {entry.text("class"): entry.whole("rows") for entry in entries}
    ledger.require(evidence, len(told) == len(entries), "a class stands twice")
    added = sum(told.values())
    every = bool(told) and not evidence.suppressed
    ledger.require(evidence, added == rows if every else added <= rows, "rows of the classes")
    small = evidence.minimum > 1 and min(told.values(), default=evidence.minimum) < evidence.minimum
    ledger.require(evidence, not small, "a count under the minimum")
    if not whole:
        return
    for name, count in told.items():
        ledger.book(evidence, label_of(name), "rows", count)
    favourable = str(evidence.parameters.get("favourable", "1"))
    if favourable in told:
        # Of several classes one may be favourable and the others against it.
        ledger.book(evidence, WHOLE, "positives", told[favourable])
    elif every:
        # Which one is favourable may have been taken for granted.
        positives = ledger.known(WHOLE, "positives")
        fits = positives is None or positives in told.values()
        ledger.require(evidence, fits, "positives of no class")


def _crowds(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    rows, smallest = read.whole("rows"), read.whole("smallest")
    ledger.require(evidence, rows == evidence.n, "n")
    quasi = evidence.parameters.get("quasi_identifiers")
    if not _table(ledger, evidence, rows) or not isinstance(quasi, list | tuple):
        return
    crowds = []
    for attributes, name in ledger.groups:
        # A group by quasi-identifiers holds a crowd at least; by all of them, it is one.
        if set(attributes) <= set(map(str, quasi)):
            ledger.book(evidence, name, "rows", smallest, math.inf)
        if set(attributes) == set(map(str, quasi)):
            crowds.append(ledger.known(name, "rows") or 0)
    every = bool(crowds) and sum(crowds) == rows
    ledger.require(evidence, not every or min(crowds) == smallest, "the smallest crowd")


def _table(ledger: Ledger, evidence: Evidence, rows: int) -> bool:
    """Book the rows of the table; tell whether they are those that were judged."""
    share = evidence.parameters.get("test_share")
    if "trained" not in evidence.parameters or not isinstance(share, int | float):
        ledger.book(evidence, WHOLE, "rows", rows)
        return True
    ledger.book(evidence, WHOLE, "rows", math.floor(rows * share), math.ceil(rows * share) + 1)
    judged = ledger.known(WHOLE, "rows")
    if judged is not None:
        ledger.book(evidence, TRAINING, "rows", rows - judged)
    return False


def _runs(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n, math.inf)
    runs = read.parts("runs")
    for entry in runs:
        ledger.require(evidence, entry.whole("n") == evidence.n, "n")
    right = ledger.known(WHOLE, "correct")
    if right is not None and ledger.known(WHOLE, "rows") == evidence.n:
        for entry in runs:
            if "correct" in entry and "flipped_above" not in entry:
                below = entry.whole("flipped_below") - 1 if "flipped_below" in entry else 0
                most = entry.whole("flipped") if "flipped" in entry else below
                moved = abs(entry.whole("correct") - right)
                what = f"right answers of {entry.text('slice')} by fewer changed ones"
                ledger.require(evidence, moved <= most, what)
    if evidence.method.id == "attribute-flip":
        _flips(ledger, evidence, runs)


def _flips(ledger: Ledger, evidence: Evidence, runs: Sequence[Counts]) -> None:
    place = place_of(evidence.parameters)
    told = {entry.text("slice"): entry.whole("flipped") for entry in runs if "flipped" in entry}
    any_of = told.pop(place, None)
    if any_of is not None and told:
        every = len(told) == len(runs) - 1
        fits = max(told.values()) <= any_of and (not every or any_of <= sum(told.values()))
        ledger.require(evidence, fits, f"changed decisions of {place}")


def _membership(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    members, others = read.whole("members"), read.whole("nonmembers")
    ledger.require(evidence, members + others == evidence.n, "n")
    ledger.book(evidence, WHOLE, "rows", others, math.inf)
    ledger.book(evidence, TRAINING, "rows", members, math.inf)


def _drift(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    judged = ledger.known(WHOLE, "rows")
    if judged is not None:
        ledger.book(evidence, TRAINING, "rows", evidence.n - judged)
    for entry in read.parts("columns"):
        bins = [(part.whole("first"), part.whole("second")) for part in entry.parts("bins")]
        ledger.book(evidence, TRAINING, "rows", sum(a for a, _ in bins), math.inf)
        ledger.book(evidence, WHOLE, "rows", sum(b for _, b in bins), math.inf)
        least = min(map(min, bins), default=evidence.minimum)
        small = evidence.minimum > 1 and least < evidence.minimum
        ledger.require(evidence, not small, "a count under the minimum")


def _repeated(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    # A part of the rows may be asked about again, as a part may be disturbed.
    ledger.book(evidence, WHOLE, "rows", evidence.n, math.inf)
    same = read.whole("rows") == evidence.n if "rows" in read else evidence.n > 0
    ledger.require(evidence, same, "n")


_COMPARING: Final = ("group-fairness", "group-accuracy", "group-residuals")
_SLICED: Final = {"calibration": book_slices, "multiclass-calibration": book_slices,
                  "weighted-rates": book_weights}  # fmt: skip


def _weighted(ledger: Ledger, evidence: Evidence, _: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)


def _benchmark(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.require(evidence, read.whole("samples") == evidence.n, "n")


_OF_ALL_ROWS: Final = frozenset(
    {"performance", "ranking", "multiclass-performance", "reproducibility"}
)
BOOKS: Final[Mapping[str, Book]] = {
    "performance": _performance,
    "ranking": book_ranking,
    "multiclass-performance": _classes,
    "benchmark-accuracy": _benchmark,
    "regression-performance": _regression,
    **dict.fromkeys(_COMPARING, book_groups),
    "calibration": book_calibration,
    "multiclass-calibration": book_class_calibration,
    "data-quality": _quality,
    "k-anonymity": _crowds,
    "drift": _drift,
    "weighted-rates": _weighted,
    "reproducibility": _repeated,
    "same-as-original": _repeated,
    "robustness": _runs,
    "attribute-flip": _runs,
    "membership-loss": _membership,
    "membership-lira": _membership,
}
