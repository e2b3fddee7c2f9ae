"""Tallies: counts of rows that add up. Count parts anywhere, merge, and the digits are the same.

A tally is keyed by the whole combination of group values, so that every margin and crossing is a
sum. Any engine that maps a function over partitions and adds the results can count (Dask:
`frame.map_partitions(tally)`, then `functools.reduce(merged, parts)`). Whoever counts, `counted`
makes the same evidence of it; no package is needed here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS: Final = 15
EPS: Final = sys.float_info.epsilon
Key = tuple[str, ...]
Histogram = tuple["NDArray[np.float64]", "NDArray[np.int64]"]
C = TypeVar("C")


@dataclass
class BinaryCell:
    """The rows of one combination of groups."""

    table: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    bins: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(BINS)])
    sums: list[int] = field(default_factory=lambda: [0] * (BINS + 4))
    # Exact sums of the rows' weights per cell of the table, and of their squares.
    weights: list[int] = field(default_factory=lambda: [0] * 5)


@dataclass
class BinaryTally:
    """Decisions and scores of a classifier with two classes.

    `cells` by group values; `histogram`, where it was kept, holds the different scores, ascending,
    and the positive and negative rows of each.
    """

    attributes: tuple[str, ...]
    scored: bool
    cells: dict[Key, BinaryCell] = field(default_factory=dict)
    histogram: Histogram | None = None
    # Rows whose decision is not that of their score.
    against: int = 0
    notes: frozenset[str] = frozenset()

    def margin(self, places: Sequence[int]) -> dict[Key, BinaryCell]:
        """Return the cells added up over all attributes but those at `places`."""
        return _margin(self.cells, places, BinaryCell, _add_binary)


@dataclass
class SumsCell:
    """Exact sums over rows; what they are is the tally's `names`."""

    n: int = 0
    sums: list[int] = field(default_factory=list)


@dataclass
class RegressionTally:
    attributes: tuple[str, ...]
    cells: dict[Key, SumsCell] = field(default_factory=dict)
    notes: frozenset[str] = frozenset()

    def margin(self, places: Sequence[int]) -> dict[Key, SumsCell]:
        return _margin(self.cells, places, SumsCell, _add_sums)


@dataclass
class ClassTally:
    """Several classes: per combination the square table truth × decision.

    With scores, `top` holds whether the decided class was right by how sure the model was; with
    all probabilities, `each` holds class after class against all others, and `brier` the exact
    sums of the rows' Brier scores and of their squares.
    """

    attributes: tuple[str, ...]
    classes: tuple[str, ...]
    cells: dict[Key, NDArray[np.int64]] = field(default_factory=dict)
    top: BinaryTally | None = None
    each: tuple[BinaryTally, ...] = ()
    brier: tuple[int, int] = (0, 0)
    notes: frozenset[str] = frozenset()

    def margin(self, places: Sequence[int]) -> dict[Key, NDArray[np.int64]]:
        found: dict[Key, NDArray[np.int64]] = {}
        for key, square in self.cells.items():
            name = tuple(key[place] for place in places)
            found[name] = found[name] + square if name in found else square.copy()
        return found


Tally = BinaryTally | RegressionTally | ClassTally


@dataclass(frozen=True)
class Ranks:
    """Twice the pairs in the right order (ties once), and the sum of precisions at positives."""

    positives: int
    negatives: int
    twice_u: int
    precision_sum: float


def ranks_of(of_score: Sequence[Sequence[int]]) -> Ranks:
    """Return the ranks of positive and negative rows per different score, scores ascending."""
    positives, negatives = (sum(entry[side] for entry in of_score) for side in (0, 1))
    hits, below, pairs, precisions = positives, 0, 0, []
    for positive, negative in of_score:
        pairs += positive * (2 * below + negative)
        precisions.append(positive * (hits / (hits + negatives - below)))
        hits, below = hits - positive, below + negative
    return Ranks(positives, negatives, pairs, math.fsum(precisions))


def scored(tally: Tally) -> bool:
    """Tell whether scores of classes were counted."""
    if isinstance(tally, ClassTally):
        return tally.top is not None
    return isinstance(tally, BinaryTally) and tally.scored


def merged(first: Tally, second: Tally) -> Tally:
    """Return the tally of both parts together; neither is changed."""
    if isinstance(first, BinaryTally) and isinstance(second, BinaryTally):
        histogram = None
        if first.histogram is not None and second.histogram is not None:
            from faifo.ai.assess.ranks import joined

            histogram = joined(first.histogram, second.histogram)
        cells = _margin(
            _chain(first.cells, second.cells), range(len(first.attributes)), BinaryCell, _add_binary
        )
        against, notes = first.against + second.against, first.notes | second.notes
        return BinaryTally(first.attributes, first.scored, cells, histogram, against, notes)
    if isinstance(first, RegressionTally) and isinstance(second, RegressionTally):
        sums = _margin(
            _chain(first.cells, second.cells), range(len(first.attributes)), SumsCell, _add_sums
        )
        return RegressionTally(first.attributes, sums, first.notes | second.notes)
    if isinstance(first, ClassTally) and isinstance(second, ClassTally):
        squares = dict(first.cells)
        for key, square in second.cells.items():
            squares[key] = squares[key] + square if key in squares else square
        whole = ClassTally(first.attributes, first.classes, squares)
        whole.notes = first.notes | second.notes
        if first.top is not None and second.top is not None:
            whole.top = _both(first.top, second.top)
        pairs = zip(first.each, second.each, strict=True)
        whole.each = tuple(_both(a, b) for a, b in pairs)
        whole.brier = (first.brier[0] + second.brier[0], first.brier[1] + second.brier[1])
        return whole
    raise TypeError("tallies of two kinds cannot be merged")


def _both(first: BinaryTally, second: BinaryTally) -> BinaryTally:
    both = merged(first, second)
    assert isinstance(both, BinaryTally)  # noqa: S101 - of two binary tallies
    return both


def _chain(*parts: dict[Key, C]) -> list[tuple[Key, C]]:
    return [entry for part in parts for entry in part.items()]


def _margin(
    cells: dict[Key, C] | Iterable[tuple[Key, C]],
    places: Iterable[int],
    make: Callable[[], C],
    add: Callable[[C, C], None],
) -> dict[Key, C]:
    kept = list(places)
    entries = cells.items() if isinstance(cells, dict) else cells
    found: dict[Key, C] = {}
    for key, cell in sorted(entries, key=lambda entry: entry[0]):
        name = tuple(key[place] for place in kept)
        add(found.setdefault(name, make()), cell)
    return found


def _add_binary(to: BinaryCell, cell: BinaryCell) -> None:
    to.table = [a + b for a, b in zip(to.table, cell.table, strict=True)]
    to.bins = [[a[0] + b[0], a[1] + b[1]] for a, b in zip(to.bins, cell.bins, strict=True)]
    to.sums = [a + b for a, b in zip(to.sums, cell.sums, strict=True)]
    to.weights = [a + b for a, b in zip(to.weights, cell.weights, strict=True)]


def _add_sums(to: SumsCell, cell: SumsCell) -> None:
    to.n += cell.n
    to.sums = [a + b for a, b in zip(to.sums or [0] * len(cell.sums), cell.sums, strict=True)]
