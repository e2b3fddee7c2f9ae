"""What the data is like: gaps, repetitions, contradictions, small crowds, drift between splits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.changes import bounded
from faifo.ai.metrics.confusion import share
from faifo.ai.metrics.counts import Counts
from faifo.phrases import Phrase

FORMULA: Final = (
    "missing_rate = missing/rows per column; duplicate_rate = duplicates/rows (rows that repeat "
    "an earlier one); label_conflict_rate = conflicts/rows (rows whose inputs occur with more than "
    "one label); constant_columns = columns with one value; class_share = rows of the class/rows"
)
ANONYMITY: Final = (
    "rows are grouped by the quasi-identifiers; k_anonymity = size of the smallest such crowd; "
    "unique_rate = rows alone in their crowd/rows"
)
DRIFT: Final = (
    "population_stability_index = sum over bins (q-p)·ln(q/p) with p, q the shares of the two "
    "splits, half a row added to every bin of every split"
)
REPRODUCIBILITY: Final = (
    "same_predictions = equal/runs: how many repeated runs with the same seed gave predictions "
    "with the SHA-256 that stands in the parameters"
)


AGREEMENT: Final = (
    "different_decisions = different/rows, decided otherwise than by the model's original; "
    "mean_gap = gap_sum/rows and largest_gap, of scores or values"
)


def agreement(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    rows = read.whole("rows")
    figures = []
    if any(f"different{end}" in read for end in ("", "_below", "_above")):
        figures.append(bounded(read, "different_decisions", "different", rows, ""))
    if "gap_sum" in read:
        total, largest = read.real("gap_sum"), read.real("largest_gap")
        near = 1 + 1e-9
        fits = 0 <= total <= largest * rows * near and largest <= total * near
        read.check(fits, Phrase("errors.told.ai.counts.gaps"))
        figures.append(Figure(name="mean_gap", value=total / rows))
        figures.append(Figure(name="largest_gap", value=largest))
    return figures


def quality(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    rows = read.whole("rows")
    read.check(rows > 0, Phrase("errors.told.ai.counts.one-row"))
    figures = []
    # Not counted where only some columns were read.
    if "constant_columns" in read:
        figures.append(bounded(read, "duplicate_rate", "duplicates", rows, ""))
        figures.append(Figure(name="constant_columns", value=float(read.whole("constant_columns"))))
    if "conflicts" in read or "conflicts_below" in read:
        figures.append(bounded(read, "label_conflict_rate", "conflicts", rows, ""))
    for entry in read.parts("columns"):
        name = f"column={entry.text('column')}"
        figures.append(bounded(entry, "missing_rate", "missing", rows, name))
    for entry in read.parts("classes"):
        count = entry.whole("rows")
        entry.check(count <= rows, Phrase("errors.told.ai.counts.at-most", rows=rows))
        figures.append(share("class_share", count, rows, slice=f"class={entry.text('class')}"))
    return figures


def anonymity(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    rows, smallest = read.whole("rows"), read.whole("smallest")
    read.check(0 < smallest <= rows, Phrase("errors.told.ai.counts.crowd"))
    if "unique" in read:
        read.check(
            (smallest == 1) == (read.whole("unique") > 0), Phrase("errors.told.ai.counts.alone")
        )
    return [
        Figure(name="k_anonymity", value=float(smallest)),
        bounded(read, "unique_rate", "unique", rows, ""),
    ]


def drift(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    figures = []
    for entry in Counts(counts).parts("columns"):
        bins = entry.parts("bins")
        entry.check(len(bins) > 0, Phrase("errors.told.ai.counts.one-bin"))
        pairs = [(part.whole("first") + 0.5, part.whole("second") + 0.5) for part in bins]
        first, second = (math.fsum(side) for side in zip(*pairs, strict=True))
        value = math.fsum(
            (q / second - p / first) * math.log((q / second) / (p / first)) for p, q in pairs
        )
        name = f"column={entry.text('column')}"
        figures.append(Figure(name="population_stability_index", slice=name, value=value))
    return figures


def reproducibility(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    runs, equal = read.whole("runs"), read.whole("equal")
    read.check(0 < equal <= runs, Phrase("errors.told.ai.counts.first-run"))
    return [Figure(name="same_predictions", value=equal / runs)]
