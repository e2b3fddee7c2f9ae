"""Intervals at 95 % that follow from counts alone, so that the receiver need not believe any.

Sources: Wilson 1927; Newcombe 1998 (method 10) for a difference; Katz 1978 for a ratio, with half
a count added where a cell is empty; Hanley and McNeil 1982 for the area under the ROC curve.
"""

from __future__ import annotations

import math
from typing import Final

Z: Final = 1.959963984540054
Interval = tuple[float, float]


def wilson(k: float, n: float) -> Interval:
    """Return the interval of a share of `k` in `n`; `n` is positive."""
    p, z2 = k / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At the ends the bound is the end itself; rounding may miss it by an ulp.
    return (0.0 if k == 0 else max(0.0, middle - half)), (
        1.0 if k == n else min(1.0, middle + half)
    )


def difference(k1: float, n1: float, k2: float, n2: float) -> Interval:
    """Return the interval of k1/n1 - k2/n2."""
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = wilson(k1, n1), wilson(k2, n2)
    d = p1 - p2
    return d - math.hypot(p1 - l1, u2 - p2), d + math.hypot(u1 - p1, p2 - l2)


def ratio(k1: float, n1: float, k2: float, n2: float) -> Interval:
    """Return the interval of (k1/n1) / (k2/n2); 0 to infinity becomes 0 to 1e9."""
    empty = k1 <= 0
    if min(k1, k2) <= 0:
        k1, n1, k2, n2 = k1 + 0.5, n1 + 0.5, k2 + 0.5, n2 + 0.5
    spread = Z * math.sqrt(max(0.0, 1 / k1 - 1 / n1 + 1 / k2 - 1 / n2))
    middle = math.log(k1 / n1) - math.log(k2 / n2)
    low = 0.0 if empty else math.exp(middle - spread)
    return low, min(1e9, math.exp(middle + spread))


def area(auc: float, positives: float, negatives: float) -> Interval:
    """Return the interval of an area under the ROC curve."""
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    variance = (
        auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc)
    ) / (positives * negatives)
    half = Z * math.sqrt(max(0.0, variance))
    return max(0.0, auc - half), min(1.0, auc + half)


def mean(total: float, squares: float, n: int) -> Interval:
    """Return the normal interval of a mean from the sum and the sum of squares."""
    middle = total / n
    variance = max(0.0, squares / n - middle * middle)
    half = Z * math.sqrt(variance / n)
    return middle - half, middle + half


def absolute(bounds: Interval) -> Interval:
    """Return the bounds of |x| for x within `bounds`."""
    low, high = bounds
    if low <= 0 <= high:
        return 0.0, max(-low, high)
    return min(abs(low), abs(high)), max(abs(low), abs(high))


def chi_square_tail(square: float, freedom: int) -> float:
    """Return how probable a chi-square value of at least `square` is (Abramowitz, Stegun 26.4)."""
    if freedom < 1 or square <= 0:
        return 1.0
    half, odd = square / 2, freedom % 2
    first = 0.5 if odd else 0.0
    steps = (first + place for place in range(freedom // 2))
    terms = (math.exp(at * math.log(half) - half - math.lgamma(at + 1)) for at in steps)
    return min(1.0, math.fsum(terms) + (math.erfc(math.sqrt(half)) if odd else 0.0))
