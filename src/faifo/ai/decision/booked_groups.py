"""Book what evidence about groups tells: of each group, of all rows, and of what is crossed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from faifo.ai.decision.booked_cells import TOLD, WHOLE, book_cells
from faifo.ai.decision.ledger import NEAR, Ledger, Quantity
from faifo.ai.evidence import Evidence
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.groups import Entry, attributes_of, name_of, read_entries


def book_groups(ledger: Ledger, evidence: Evidence, _: Counts) -> None:
    attributes = attributes_of(evidence.parameters)
    entries = read_entries(evidence.counts, evidence.parameters)
    named = [_place(evidence, entry) for entry in entries]
    rows = 0.0
    ledger.groups |= {(attributes, entry.name) for entry in entries if entry.values}
    for entry, of in zip(entries, named, strict=True):
        book_cells(ledger, evidence, of, entry.counts)
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
