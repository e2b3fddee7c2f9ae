"""How many decisions change when the input does: noise, swaps, gaps, another group.

A count that was too small to leave stands as `flipped_below`; then only the upper bound is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.confusion import share
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import mean, wilson
from faifo.phrases import Phrase

ROBUSTNESS: Final = (
    "per perturbation and severity: flip_rate = flipped/n (decisions that differ from those on "
    "clean rows); accuracy = correct/n on the perturbed rows; noise adds severity × standard "
    "deviation × N(0,1) to every numeric column; swap replaces a share of the values of every "
    "category column by the column's other rows; missing empties a share of all cells as in "
    "the column's mean or commonest value; flip negates a share of two-valued columns; for "
    "regression mean_change = change_sum/n of |new - clean| by the standard deviation of clean"
)
ATTRIBUTE: Final = (
    "flip_rate = flipped/n: decisions that change when only this attribute of a row is set to "
    "another of its values; for regression mean_change = change_sum/n of |new - clean| by the "
    "standard deviation of clean predictions"
)


def changes(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    figures: list[Figure] = []
    for entry in Counts(counts).parts("runs"):
        name, n = entry.text("slice"), entry.whole("n")
        entry.check(n > 0, Phrase("errors.told.ai.counts.one-row"))
        if "change_sum" in entry:
            total, squares = entry.real("change_sum"), entry.real("change_square_sum")
            entry.check(total >= 0 and squares >= 0, Phrase("errors.told.ai.counts.sums"))
            low, high = mean(total, squares, n)
            figures.append(
                Figure(
                    name="mean_change",
                    slice=name,
                    value=total / n,
                    low=max(0.0, low),
                    high=high,
                    interval="normal",
                )
            )
            continue
        figures.append(bounded(entry, "flip_rate", "flipped", n, name))
        if "correct" in entry:
            correct = entry.whole("correct")
            entry.check(correct <= n, Phrase("errors.told.ai.counts.at-most", rows=n))
            figures.append(share("accuracy", correct, n, slice=name))
    return figures


def bounded(entry: Counts, figure: str, count: str, n: int, place: str) -> Figure:
    """Return the share of `count`, or its upper bound where only a bound has left."""
    if count in entry:
        k = entry.whole(count)
        entry.check(k <= n, Phrase("errors.told.ai.counts.at-most", rows=n))
        return share(figure, k, n, slice=place)
    if f"{count}_above" in entry:  # the rest was too small to leave
        rest = entry.whole(f"{count}_above")
        entry.check(rest <= n, Phrase("errors.told.ai.counts.at-most", rows=n))
        low, _ = wilson(max(0, rest), n)
        return Figure(name=figure, slice=place, low=low, high=1.0, note="nearly all")
    below = entry.whole(f"{count}_below")
    high = wilson(max(0, min(below - 1, n)), n)[1]
    return Figure(name=figure, slice=place, low=0.0, high=high, note=f"fewer than {below} rows")
