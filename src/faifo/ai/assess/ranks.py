"""How well scores rank rows, exactly, also where there are more scores than memory holds.

Scores are taken in ascending ranges that fit: each pass keeps the lowest scores that were not yet
counted, with how many positive and negative rows have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.exact import as_float, exact_sums
from faifo.ai.assess.tally import Histogram, Ranks

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Different scores that are kept at once: 24 bytes each, some times over while parts are joined.
KEPT: Final = 2_000_000
_CHUNK: Final = 250_000
Scored = tuple["NDArray[np.float64]", "NDArray[Any]"]


def ranks_of_rows(parts: list[Scored]) -> Ranks:
    """Return the same of scores and labels 0 or 1; `parts` is emptied."""
    sides = []
    for side in (1, 0):
        values = np.concatenate([scores[labels == side] for scores, labels in parts])
        values.sort()
        sides.append(values)
    parts.clear()
    positive, negative = sides
    totals, pairs, precisions = (len(positive), len(negative)), 0, 0
    starts = np.flatnonzero(np.diff(positive, prepend=-1.0))
    counts = np.diff(starts, append=len(positive))
    for at in range(0, len(starts), _CHUNK):
        first = starts[at : at + _CHUNK]
        lower = np.searchsorted(negative, positive[first], "left")
        equal = np.searchsorted(negative, positive[first], "right") - lower
        more = _sums(counts[at : at + _CHUNK], equal, lower, totals[0] - first, totals)
        pairs, precisions = pairs + more[0], precisions + more[1]
    return Ranks(*totals, pairs, as_float(precisions))


def ranks_in_parts(
    read: Callable[[], Iterator[Scored]], totals: tuple[int, int], kept: int = KEPT
) -> Ranks:
    """Return the ranks of scores and labels that `read` gives part by part, again at each call.

    Args:
        read: returns the parts, each scores and labels 0 or 1.
        totals: how many positive and negative rows there are.
        kept: how many different scores are held at once.
    """
    floor, pairs, precisions = -np.inf, 0, 0
    below = (0, 0)
    while sum(below) < sum(totals):
        values, counts = _lowest(read(), floor, kept)
        if not len(values):
            break
        more_pairs, more_precisions = _range(counts, below, totals)
        pairs, precisions = pairs + more_pairs, precisions + more_precisions
        below = (below[0] + int(counts[:, 0].sum()), below[1] + int(counts[:, 1].sum()))
        floor = float(values[-1])
    return Ranks(*totals, pairs, as_float(precisions))


def histogram(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> Histogram:
    """Return the different scores, ascending, and their positive and negative rows."""
    values, place = np.unique(scores, return_inverse=True)
    counts = np.bincount(place * 2 + (1 - labels), minlength=2 * len(values))
    return values, counts.reshape(-1, 2).astype(np.int64)


def joined(first: Histogram, second: Histogram) -> Histogram:
    """Return the histogram of both together."""
    values, place = np.unique(np.concatenate([first[0], second[0]]), return_inverse=True)
    both = np.concatenate([first[1], second[1]])
    counts = np.zeros((len(values), 2), dtype=np.int64)
    np.add.at(counts, place, both)
    return values, counts


def ranks_of_histogram(found: Histogram) -> Ranks:
    """Return the same of all different scores, ascending, with their rows."""
    counts = found[1]
    totals = int(counts[:, 0].sum()), int(counts[:, 1].sum())
    pairs, precisions = _range(counts, (0, 0), totals)
    return Ranks(*totals, pairs, as_float(precisions))


def _lowest(parts: Iterator[Scored], floor: float, kept: int) -> Histogram:
    """Return the lowest scores above `floor`, at most `kept` of them, with all their rows."""
    found: Histogram = (np.zeros(0), np.zeros((0, 2), dtype=np.int64))
    ceiling = np.inf
    for scores, labels in parts:
        usable = (scores > floor) & (scores <= ceiling)
        if not usable.any():
            continue
        values, counts = joined(found, histogram(scores[usable], labels[usable]))
        found = values[:kept], counts[:kept]
        if len(values) >= kept:
            ceiling = float(found[0][-1])
    return found


def _range(
    of_score: NDArray[np.int64], below: tuple[int, int], totals: tuple[int, int]
) -> tuple[int, int]:
    """Return the pairs and the exact sum of precisions that a range of scores adds.

    Args:
        of_score: positive and negative rows per score of the range, ascending.
        below: positive and negative rows with lower scores.
        totals: all positive and negative rows.
    """
    positive, negative = of_score[:, 0], of_score[:, 1]
    lower = below[1] + np.cumsum(negative) - negative
    hits = totals[0] - below[0] - np.cumsum(positive) + positive
    return _sums(positive, negative, lower, hits, totals)


def _sums(
    positive: NDArray[np.int64],
    equal: NDArray[np.int64],
    lower: NDArray[np.int64],
    hits: NDArray[np.int64],
    totals: tuple[int, int],
) -> tuple[int, int]:
    """Return the pairs and the exact sum of precisions of scores.

    Args:
        positive: rows per score.
        equal: negative rows with the same score.
        lower: negative rows with a lower score.
        hits: positive rows from this score on.
        totals: all positive and negative rows.
    """
    # Python's whole numbers: pairs of many millions of rows do not fit in 64 bits.
    if totals[0] * totals[1] > 2**60:
        pairs = sum(
            int(p) * (2 * int(b) + int(n)) for p, b, n in zip(positive, lower, equal, strict=True)
        )
    else:
        pairs = int((positive * (2 * lower + equal)).sum())
    flagged = hits + totals[1] - lower
    precisions = positive * (hits / np.maximum(flagged, 1))
    place = np.zeros(len(precisions), dtype=np.int64)
    return pairs, exact_sums(precisions, place, 1)[0]
