"""Logistic regression in plain Python, fitted by Newton's method; for small tables only.

Pure: the same rows give the same weights, to the last bit on the same machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Row = Sequence[float]

RIDGE = 1e-6
STEPS = 25
CLOSE_ENOUGH = 1e-9


def fit(rows: Sequence[Row], outcomes: Sequence[int]) -> list[float]:
    """Return the weights, the constant first, that make `outcomes` (0 or 1) most likely.

    A tiny ridge keeps separable tables finite. Columns should be of similar scale.
    """
    design = [(1.0, *row) for row in rows]
    weights = [0.0] * len(design[0])
    for _ in range(STEPS):
        gradient, curvature = _derivatives(design, outcomes, weights)
        change = solve(curvature, gradient)
        weights = [weight + step for weight, step in zip(weights, change, strict=True)]
        if max(map(abs, change)) < CLOSE_ENOUGH:
            break
    return weights


def probability(weights: Sequence[float], row: Row) -> float:
    """Return the probability of outcome 1."""
    score = weights[0] + sum(w * value for w, value in zip(weights[1:], row, strict=True))
    if score >= 0:
        return 1.0 / (1.0 + math.exp(-score))
    grown = math.exp(score)
    return grown / (1.0 + grown)


def _derivatives(
    design: Sequence[Row], outcomes: Sequence[int], weights: Sequence[float]
) -> tuple[list[float], list[list[float]]]:
    size = len(weights)
    gradient = [-RIDGE * weight for weight in weights]
    curvature = [[RIDGE if i == j else 0.0 for j in range(size)] for i in range(size)]
    for row, outcome in zip(design, outcomes, strict=True):
        chance = probability(weights, row[1:])
        missing, spread = outcome - chance, chance * (1.0 - chance)
        for i, value in enumerate(row):
            gradient[i] += missing * value
            line, weighted = curvature[i], spread * value
            for j in range(i + 1):
                line[j] += weighted * row[j]
    for i in range(size):
        for j in range(i + 1, size):
            curvature[i][j] = curvature[j][i]
    return gradient, curvature


def solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """Return x with `matrix` x = `right`, by elimination with pivots.

    Raises:
        ZeroDivisionError: the matrix is singular.
    """
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            for j in range(i, size + 1):
                rows[k][j] -= factor * rows[i][j]
    solution = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution
