"""Whether a score of 0.8 comes true in 8 of 10 cases.

Bins that were too small to leave are pooled: only the sum of their absolute gaps is told, so that
the calibration error stays exact and no small cell travels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import Z, mean
from faifo.phrases import Phrase

NEAR: Final = 1e-9
MAX_BINS: Final = 1000

FORMULA: Final = (
    "bins of equal width over [0,1], bin = min(floor(score·bins), bins-1); "
    "expected_calibration_error = (sum over bins |score_sum - positives| + pooled gap_sum)/n; "
    "brier = brier_sum/n with (score - label)² per row"
)


MULTICLASS: Final = (
    "a row's score is the probability of the class that was decided, and it came true if that "
    "class is the label; bins of equal width over [0,1] as for two classes; "
    "expected_calibration_error = (sum over bins |score_sum - positives| + pooled gap_sum)/n; "
    "top_label_brier = brier_sum/n with (score - came true)² per row; 'class=c' compares the "
    "probability of c with whether the label is c, with its own brier; multiclass_brier = "
    "brier_sum/n with the sum over classes of (probability - label)² per row, 0 to 2"
)


def multiclass(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    figures: list[Figure] = []
    for entry in read.parts("slices"):
        figures += _one(entry, parameters, "top_label_brier")
    classes = read.parts("classes")
    for entry in classes:
        figures += _one(entry, parameters)
    if "brier_sum" in read:
        n = read.whole("n")
        total, squares = read.real("brier_sum"), read.real("brier_square_sum")
        told = math.fsum(entry.real("brier_sum") for entry in classes)
        near = NEAR * n
        read.check(n > 0 and 0 <= total <= 2 * n, Phrase("errors.told.ai.counts.two-per-row"))
        read.check(
            total**2 / n - near <= squares <= 2 * total + near,
            Phrase("errors.told.ai.counts.squares"),
        )
        read.check(told <= total * (1 + 1e-9) + 1e-9, Phrase("errors.told.ai.counts.classes"))
        low, high = mean(total, squares, n)
        figures.append(
            Figure(
                name="multiclass_brier",
                value=total / n,
                low=max(0.0, low),
                high=min(2.0, high),
                interval="normal",
            )
        )
    return figures


def calibration(counts: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Figure]:
    figures: list[Figure] = []
    for entry in Counts(counts).parts("slices"):
        figures += _one(entry, parameters)
    return figures


def _one(entry: Counts, parameters: Mapping[str, Any], brier: str = "brier") -> list[Figure]:
    name, n = entry.text("slice"), entry.whole("n")
    bins = Counts(parameters, "parameters").whole("bins")
    entry.check(0 < bins <= MAX_BINS, Phrase("errors.told.ai.counts.bins-range", most=MAX_BINS))
    gap, variance, seen = 0.0, 0.0, 0
    # What the scores leave for the Brier sum.
    least, most = 0.0, 0.0
    places = set()
    for part in entry.parts("bins"):
        rows, positives = part.whole("n"), part.whole("positives")
        score_sum, at = part.real("score_sum"), part.whole("bin")
        low, high = at / bins, (at + 1) / bins
        part.check(at < bins and at not in places, Phrase("errors.told.ai.counts.bin-once"))
        part.check(rows > 0 and positives <= rows, Phrase("errors.told.ai.counts.positives"))
        part.check(
            rows * low - NEAR * rows <= score_sum <= rows * high + NEAR * rows,
            Phrase("errors.told.ai.counts.in-bin"),
        )
        places.add(at)
        gap += abs(score_sum - positives)
        negatives = rows - positives
        least += max(
            (score_sum - positives) ** 2 / rows, positives * (1 - high) ** 2 + negatives * low**2
        )
        most += positives * (1 - low) ** 2 + negatives * high**2
        share = positives / rows
        variance += rows * share * (1 - share)
        seen += rows
    pooled = entry.part("pooled") if "pooled" in entry else None
    if pooled is not None:
        rows = pooled.whole("n")
        pooled_gap = pooled.real("gap_sum")
        pooled.check(0 <= pooled_gap <= rows, Phrase("errors.told.ai.counts.gap"))
        together = len(places) + pooled.whole("bins")
        pooled.check(
            rows > 0 and len(places) < together <= bins,
            Phrase("errors.told.ai.counts.bins", bins=bins),
        )
        gap += pooled_gap
        least += pooled_gap**2 / rows if rows else 0.0
        most += rows
        variance += rows / 4
        seen += rows
    entry.check(n > 0 and seen == n, Phrase("errors.told.ai.counts.all-rows", rows=n))
    error, half = gap / n, Z * math.sqrt(variance) / n
    brier_sum, brier_squares = entry.real("brier_sum"), entry.real("brier_square_sum")
    near = NEAR * n
    entry.check(least - near <= brier_sum <= most + near, Phrase("errors.told.ai.counts.brier"))
    entry.check(
        brier_sum**2 / n - near <= brier_squares <= brier_sum + near,
        Phrase("errors.told.ai.counts.squares"),
    )
    low, high = mean(brier_sum, brier_squares, n)
    return [
        Figure(
            name="expected_calibration_error",
            slice=name,
            value=error,
            low=max(0.0, error - half),
            high=min(1.0, error + half),
            interval="normal",
        ),
        Figure(
            name=brier,
            slice=name,
            value=brier_sum / n,
            low=max(0.0, low),
            high=min(1.0, high),
            interval="normal",
        ),
    ]
