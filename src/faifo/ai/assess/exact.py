"""Sums of floats without rounding, so that parts counted apart add up to the same digits.

A float is a whole number of units of 2**-1127; sums of whole numbers have no order.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_UNIT: Final = 1127
_ONE: Final = 1 << _UNIT
_HALF: Final = 27
_SPLITTER: Final = 2.0**27 + 1
# Sums that are kept without a look whether anything is in them.
_SPAN: Final = 4096


def exact_sums(values: NDArray[np.float64], cell: NDArray[np.int64], cells: int) -> list[int]:
    """Return the exact sum of `values` per cell, in units; values are finite."""
    import numpy as np

    sums = [0] * cells
    if not len(values):
        return sums
    mantissa, exponent = np.frexp(values)
    whole = (mantissa * 2.0**53).astype(np.int64)
    exponent = exponent.astype(np.int64) + _UNIT
    least, width = int(exponent.min()), int(np.ptp(exponent)) + 1
    keys = cell * width + (exponent - least)
    found: NDArray[np.int64] | None = None
    place, count = keys, cells * width
    if count > 4 * len(values) + _SPAN:  # mostly empty
        found, place = np.unique(keys, return_inverse=True)
        count = len(found)
    # Halves of 27 bits: their sums stay exact in a float for 2**26 rows at once.
    high = np.bincount(place, (whole >> _HALF).astype(np.float64), count)
    low = np.bincount(place, (whole & ((1 << _HALF) - 1)).astype(np.float64), count)
    used = np.flatnonzero((high != 0) | (low != 0))
    keys = used if found is None else found[used]
    parts = zip(keys.tolist(), high[used].tolist(), low[used].tolist(), strict=True)
    for key, h, lo in parts:
        one, at = divmod(key, width)
        shift = at + least - 53
        total = (int(h) << _HALF) + int(lo)
        sums[one] += total << shift if shift >= 0 else total >> -shift
    return sums


def squares(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the rounded squares and what rounding took from them (Dekker 1971).

    Exact for values that are 0 or between 1e-145 and 1e150 in size.
    """
    high = values * _SPLITTER
    high = high - (high - values)
    low = values - high
    square = values * values
    return square, ((high * high - square) + 2 * high * low) + low * low


def units_of(value: float) -> int:
    """Return a finite float in units."""
    return int(Fraction(value) * _ONE)


def as_float(units: int) -> float:
    """Return the nearest float."""
    return float(Fraction(units, _ONE))


def as_fraction(units: int) -> Fraction:
    return Fraction(units, _ONE)
