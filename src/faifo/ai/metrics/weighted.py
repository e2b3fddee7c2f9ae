"""Rates of rows that stand for more or fewer people than one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import wilson
from faifo.phrases import Phrase

FORMULA: Final = (
    "per slice, of sums of weights: accuracy = (tp+tn)/w; selection_rate = (tp+fp)/w; "
    "true_positive_rate = tp/(tp+fn); false_positive_rate = fp/(fp+tn); intervals by Wilson with "
    "as many rows as w^2/weight_square_sum (Kish), in proportion to the divisor"
)
CELLS: Final = ("tp", "fp", "fn", "tn")


def weighted(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    figures: list[Figure] = []
    for entry in Counts(counts).parts("slices"):
        tp, fp, fn, tn = cells = [entry.real(name) for name in CELLS]
        total, squares, n = sum(cells), entry.real("weight_square_sum"), entry.whole("n")
        near = 1 + 1e-9
        entry.check(min(cells) >= 0 and total > 0, Phrase("errors.told.ai.counts.weights"))
        entry.check(
            squares <= total**2 * near and total**2 <= n * squares * near,
            Phrase("errors.told.ai.counts.weight-squares"),
        )
        rates = {
            "accuracy": (tp + tn, total),
            "selection_rate": (tp + fp, total),
            "true_positive_rate": (tp, tp + fn),
            "false_positive_rate": (fp, fp + tn),
        }
        for name, (part, of) in rates.items():
            at = entry.text("slice")
            if of <= 0:
                figures.append(Figure(name=name, slice=at, note="divided by nothing"))
                continue
            rows = total * of / squares
            low, high = wilson(part / of * rows, rows)
            figures.append(
                Figure(name=name, slice=at, value=part / of, low=low, high=high, interval="wilson")
            )
    return figures
