"""How far a regression is off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from faifo.ai.evidence import Figure
from faifo.ai.metrics.counts import Counts
from faifo.ai.metrics.intervals import mean
from faifo.phrases import Phrase

FORMULA: Final = (
    "error = prediction - truth; mae = abs_sum/n; rmse = sqrt(square_sum/n); "
    "mean_residual = error_sum/n; r2 = 1 - square_sum/truth_spread with truth_spread = sum of "
    "(truth - mean truth)²"
)


NEAR: Final = 1e-9


def possible(n: int, absolute: float, squares: float, errors: float) -> bool:
    """Tell whether `n` numbers can have these sums of themselves, their sizes and squares."""
    near = 1 + NEAR
    return (
        0 <= absolute <= math.sqrt(max(0.0, squares)) * math.sqrt(n) * near
        and abs(errors) <= absolute * near
        and math.sqrt(squares) <= absolute * near
    )


def regression(counts: Mapping[str, Any], _: Mapping[str, Any]) -> list[Figure]:
    read = Counts(counts)
    n = read.whole("n")
    read.check(n > 0, Phrase("errors.told.ai.counts.one-row"))
    total, squares = read.real("abs_sum"), read.real("square_sum")
    errors, fourth, spread = (
        read.real("error_sum"),
        read.real("fourth_sum"),
        read.real("truth_spread"),
    )
    read.check(
        possible(n, total, squares, errors)
        and spread >= 0
        and squares * squares <= n * fourth * (1 + NEAR)
        and fourth <= squares * squares * (1 + NEAR),
        Phrase("errors.told.ai.counts.residuals"),
    )
    bounds = {
        "mae": (total / n, mean(total, squares, n)),
        "mean_residual": (errors / n, mean(errors, squares, n)),
    }
    figures = [
        Figure(name=name, value=value, low=low, high=high, interval="normal")
        for name, (value, (low, high)) in bounds.items()
    ]
    low, high = mean(squares, fourth, n)
    figures.append(
        Figure(
            name="rmse",
            value=math.sqrt(squares / n),
            low=math.sqrt(max(0.0, low)),
            high=math.sqrt(max(0.0, high)),
            interval="normal",
        )
    )
    if spread > 0:
        figures.append(Figure(name="r2", value=1 - squares / spread))
    return figures
