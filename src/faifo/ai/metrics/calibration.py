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

FORMULA: Final = (
    "bins of equal width over [0,1], bin = min(floor(score·bins), bins-1); "
    "expected_calibration_error = (sum over bins |score_sum - positives| + pooled gap_sum)/n; "
    "brier = brier_sum/n with (score - label)² per row"
)


def calibration(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    figures: list[Figure] = []
    for entry in Counts(counts).parts("slices"):
        figures += _one(entry)
    return figures


def _one(entry: Counts) -> list[Figure]:
    name, n = entry.text("slice"), entry.whole("n")
    gap, variance, seen = 0.0, 0.0, 0
    for part in entry.parts("bins"):
        rows, positives = part.whole("n"), part.whole("positives")
        score_sum = part.real("score_sum")
        part.check(rows > 0 and positives <= rows, "at most as many positives as rows")
        part.check(-1e-9 <= score_sum <= rows * (1 + 1e-9), "scores between 0 and 1")
        gap += abs(score_sum - positives)
        share = positives / rows
        variance += rows * share * (1 - share)
        seen += rows
    pooled = entry.part("pooled") if "pooled" in entry else None
    if pooled is not None:
        rows = pooled.whole("n")
        pooled_gap = pooled.real("gap_sum")
        pooled.check(0 <= pooled_gap <= rows, "a gap of at most 1 per row")
        gap += pooled_gap
        variance += rows / 4
        seen += rows
    entry.check(n > 0 and seen == n, f"bins that hold all {n} rows")
    error, half = gap / n, Z * math.sqrt(variance) / n
    brier_sum, brier_squares = entry.real("brier_sum"), entry.real("brier_square_sum")
    entry.check(0 <= brier_sum <= n, "a squared gap of at most 1 per row")
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
            name="brier",
            slice=name,
            value=brier_sum / n,
            low=max(0.0, low),
            high=min(1.0, high),
            interval="normal",
        ),
    ]
