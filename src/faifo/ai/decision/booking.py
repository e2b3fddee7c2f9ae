"""What each kind of evidence says about counts of rows that other evidence counts, too.

Rows are those that were judged; a reference model that was trained on a part of the table is judged
on the rest, so the quality of the whole table is booked apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from faifo.ai.decision.ledger import NEAR, Contradiction, Ledger, Quantity
from faifo.ai.evidence import Evidence
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.groups import (
    Entry,
    attributes_of,
    name_of,
    place_of,
    read_entries,
    singles,
)

WHOLE: Final = ""
CELLS: Final = ("tp", "fp", "fn", "tn")
# What groups tell, and what else follows from it.
TOLD: Final = (
    *CELLS, "selected", "rejected", "correct", "wrong", "n", "abs_sum", "square_sum", "error_sum",
)  # fmt: skip
# The smallest log loss for a Brier sum: -ln(1-d) is at least d + d²/2, and d at least d².
LOSS_OF_BRIER: Final = 1.5
Book = Callable[[Ledger, Evidence, Counts], None]


def contradictions(found: Sequence[Evidence]) -> list[Contradiction]:
    """Return where evidence about the same rows cannot be true together.

    Raises:
        MalformedMessageError: counts of another form; `recompute` has refused such before.
    """
    ledger = Ledger()
    for evidence in found:
        book = BOOKS.get(evidence.method.id)
        if book is not None and (evidence.counts or evidence.method.id in _OF_ALL_ROWS):
            book(ledger, evidence, Counts(evidence.counts))
    _slices_of_attributes(ledger, found)
    _alone(ledger, found)
    return ledger.settle()


def _performance(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    _cells(ledger, evidence, WHOLE, read)


def _cells(ledger: Ledger, evidence: Evidence, of: str, read: Counts) -> None:
    """Book what a table tells of some rows, and what follows from it."""
    told = {name: read.real(name) for name in TOLD if name in read}
    if "tp" in told:
        tp, fp, fn, tn = (told[name] for name in CELLS)
        told |= {"positives": tp + fn, "negatives": fp + tn, "selected": tp + fp,
                 "rejected": fn + tn, "correct": tp + tn, "wrong": fp + fn}  # fmt: skip
    for one, other in (("positives", "negatives"), ("selected", "rejected"), ("correct", "wrong")):
        if one in told and other in told:
            told["rows"] = told[one] + told[other]
    if "n" in told:
        told["rows"] = told.pop("n")
    for name, value in told.items():
        ledger.book(evidence, of, name, value)


def _ranking(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    for name in ("positives", "negatives"):
        if name in read:
            ledger.book(evidence, WHOLE, name, read.whole(name))
    if "log_loss_sum" in read:
        most = read.real("log_loss_sum") / LOSS_OF_BRIER
        ledger.book(evidence, WHOLE, "brier_sum", 0.0, most + NEAR * max(1.0, most))


def _groups(ledger: Ledger, evidence: Evidence, _: Counts) -> None:
    attributes = attributes_of(evidence.parameters)
    entries = read_entries(evidence.counts, evidence.parameters)
    named = [_place(evidence, entry) for entry in entries]
    rows = 0.0
    for entry, of in zip(entries, named, strict=True):
        _cells(ledger, evidence, of, entry.counts)
        rows += ledger.known(of, "rows") or 0.0
    ledger.require(evidence, rows == evidence.n, "n is not the sum of the groups")
    merged = any(not entry.values for entry in entries)
    complete = bool(entries) and (merged or not evidence.suppressed)
    told = [name for name in TOLD if entries and name in entries[0].counts and name != "n"]
    for what in [*told, "rows", "positives", "negatives"]:
        ledger.add_up(evidence, Quantity(WHOLE, what), named, complete=complete)
    if len(attributes) > 1:
        _margins(ledger, evidence, entries, told)
    if not complete and "error_sum" in told:
        _rest(ledger, evidence, entries)


def _place(evidence: Evidence, entry: Entry) -> str:
    return entry.name if entry.values else f"{entry.name} {evidence.id}"


def _margins(
    ledger: Ledger, evidence: Evidence, entries: Sequence[Entry], told: Sequence[str]
) -> None:
    """Book that what is crossed is a part of each group that it crosses."""
    for at, attribute in enumerate(attributes_of(evidence.parameters)):
        parts: dict[str, list[str]] = {}
        for entry in entries:
            if len(entry.values) > at:
                alone = name_of([attribute], [entry.values[at]])
                parts.setdefault(alone, []).append(entry.name)
        for alone, names in parts.items():
            for what in [*told, "rows"]:
                total = Quantity(alone, what)
                ledger.add_up(evidence, total, names, complete=not evidence.suppressed)


def _rest(ledger: Ledger, evidence: Evidence, entries: Sequence[Entry]) -> None:
    """Book that the errors of rows that are not told are at most their absolute errors."""
    absolute = ledger.known(WHOLE, "abs_sum")
    if absolute is not None:
        error = math.fsum(entry.counts.real("error_sum") for entry in entries)
        left = absolute - math.fsum(entry.counts.real("abs_sum") for entry in entries)
        left += NEAR * max(1.0, absolute)
        ledger.book(evidence, WHOLE, "error_sum", error - left, error + left)


def _calibration(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    for entry in read.parts("slices"):
        of = entry.text("slice")
        _slice(ledger, evidence, of, entry, "positives")
        if not of:
            ledger.book(evidence, of, "brier_sum", entry.real("brier_sum"))


def _class_calibration(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    for entry in read.parts("slices"):
        _slice(ledger, evidence, entry.text("slice"), entry, "correct")
    for entry in read.parts("classes"):
        ledger.book(evidence, WHOLE, "rows", entry.whole("n"))
        low, high = _true_ones(entry)
        name = entry.text("slice").removeprefix("class=")
        ledger.book(evidence, _label(name), "rows", low, high)


def _slice(ledger: Ledger, evidence: Evidence, of: str, entry: Counts, what: str) -> None:
    ledger.book(evidence, of, "rows", entry.whole("n"))
    ledger.book(evidence, of, what, *_true_ones(entry))


def _true_ones(entry: Counts) -> tuple[int, int]:
    """Return how many labels of a slice can be positive."""
    told = sum(part.whole("positives") for part in entry.parts("bins"))
    pooled = entry.part("pooled").whole("n") if "pooled" in entry else 0
    return told, told + pooled


def _slices_of_attributes(ledger: Ledger, found: Sequence[Evidence]) -> None:
    """Book that the slices of an attribute hold all rows, bin by bin."""
    attributes = {name for evidence in found for name in singles(evidence.parameters)}
    for evidence in found:
        if evidence.method.id not in ("calibration", "multiclass-calibration"):
            continue
        slices = Counts(evidence.counts).parts("slices")
        whole = next((entry for entry in slices if not entry.text("slice")), None)
        for attribute in sorted(attributes):
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


def _classes(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)
    _cells(ledger, evidence, WHOLE, read)
    told = read.parts("classes")
    complete = "complete" in read
    for what, total in (("tp", "correct"), ("fp", "wrong"), ("fn", "wrong")):
        added = sum(entry.whole(what) for entry in told)
        if told and total in read:
            holds = added == read.whole(total) if complete else added <= read.whole(total)
            ledger.require(evidence, holds, f"{total} is not the sum of {what} of the classes")
    for entry in told:
        rows = entry.whole("tp") + entry.whole("fn")
        ledger.book(evidence, _label(entry.text("class")), "rows", rows)


def _regression(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    _cells(ledger, evidence, WHOLE, read)
    ledger.require(evidence, read.whole("n") == evidence.n, "n")


def _quality(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    rows = read.whole("rows")
    ledger.require(evidence, rows == evidence.n, "n")
    whole = _table(ledger, evidence, rows)
    entries = read.parts("classes")
    told = {entry.text("class"): entry.whole("rows") for entry in entries}
    ledger.require(evidence, len(told) == len(entries), "a class stands twice")
    ledger.require(evidence, sum(told.values()) <= rows, "classes hold more rows than there are")
    if not whole or not told:
        return
    if not evidence.suppressed:
        ledger.require(evidence, sum(told.values()) == rows, "classes do not hold all rows")
    for name, count in told.items():
        ledger.book(evidence, _label(name), "rows", count)
    favourable = str(evidence.parameters.get("favourable", "1"))
    if favourable in told:
        # Of several classes one may be favourable and the others against it.
        ledger.book(evidence, WHOLE, "positives", told[favourable])


def _crowds(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    rows, smallest = read.whole("rows"), read.whole("smallest")
    ledger.require(evidence, rows == evidence.n, "n")
    quasi = evidence.parameters.get("quasi_identifiers")
    if not _table(ledger, evidence, rows) or not isinstance(quasi, list | tuple):
        return
    ledger.book(evidence, "smallest crowd", "rows", smallest)


def _alone(ledger: Ledger, found: Sequence[Evidence]) -> None:
    """Book that a group by quasi-identifiers holds at least the smallest crowd."""
    smallest = ledger.known("smallest crowd", "rows")
    crowds = [e for e in found if e.method.id == "k-anonymity"]
    if smallest is None or not crowds:
        return
    quasi = set(map(str, crowds[0].parameters.get("quasi_identifiers", ())))
    for evidence in found:
        attributes = attributes_of(evidence.parameters)
        if evidence.method.id in _COMPARING and attributes and set(attributes) <= quasi:
            for entry in read_entries(evidence.counts, evidence.parameters):
                if entry.values:
                    ledger.book(crowds[0], entry.name, "rows", smallest, math.inf)


def _table(ledger: Ledger, evidence: Evidence, rows: int) -> bool:
    """Book the rows of the table; tell whether they are those that were judged."""
    share = evidence.parameters.get("test_share")
    if "trained" not in evidence.parameters or not isinstance(share, int | float):
        ledger.book(evidence, WHOLE, "rows", rows)
        return True
    ledger.book(evidence, WHOLE, "rows", math.floor(rows * share), math.ceil(rows * share) + 1)
    return False


def _runs(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n, math.inf)
    runs = read.parts("runs")
    for entry in runs:
        ledger.require(evidence, entry.whole("n") == evidence.n, "n")
    right = ledger.known(WHOLE, "correct")
    if right is not None and ledger.known(WHOLE, "rows") == evidence.n:
        for entry in runs:
            if "correct" in entry and "flipped" in entry:
                moved = abs(entry.whole("correct") - right)
                what = f"right answers of {entry.text('slice')} by fewer changed ones"
                ledger.require(evidence, moved <= entry.whole("flipped"), what)
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


def _drift(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    for entry in read.parts("columns"):
        rows = sum(part.whole("first") + part.whole("second") for part in entry.parts("bins"))
        ledger.require(evidence, rows <= evidence.n, f"rows of {entry.text('column')}")


def _repeated(ledger: Ledger, evidence: Evidence, _: Counts) -> None:
    ledger.book(evidence, WHOLE, "rows", evidence.n)


def _label(name: str) -> str:
    # No group is called so: a name of one has a sign of equality before any space.
    return f"label {name}"


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(1.0, abs(one), abs(other))


_COMPARING: Final = ("group-fairness", "group-accuracy", "group-residuals")


def _benchmark(ledger: Ledger, evidence: Evidence, read: Counts) -> None:
    ledger.require(evidence, read.whole("samples") == evidence.n, "n")


_OF_ALL_ROWS: Final = frozenset(
    {"performance", "ranking", "multiclass-performance", "reproducibility"}
)
BOOKS: Final[Mapping[str, Book]] = {
    "performance": _performance,
    "ranking": _ranking,
    "multiclass-performance": _classes,
    "benchmark-accuracy": _benchmark,
    "regression-performance": _regression,
    **dict.fromkeys(_COMPARING, _groups),
    "calibration": _calibration,
    "multiclass-calibration": _class_calibration,
    "data-quality": _quality,
    "k-anonymity": _crowds,
    "drift": _drift,
    "reproducibility": _repeated,
    "robustness": _runs,
    "attribute-flip": _runs,
    "membership-loss": _membership,
    "membership-lira": _membership,
}
