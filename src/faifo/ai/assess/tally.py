"""Tallies: counts of rows that add up. Count parts anywhere, merge, and the digits are the same.

A tally is keyed by the whole combination of group values, so that every margin and crossing is a
sum. Any engine that maps a function over partitions and adds the results can count (Dask:
`frame.map_partitions(tally)`, then `functools.reduce(merged, parts)`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from faifo.ai.assess.columns import Coded
from faifo.ai.assess.exact import exact_sums, squares
from faifo.ai.assess.ranks import histogram, joined
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from faifo.ai.assess.scoring import Answers

BINS: Final = 15
MAX_COMBINATIONS: Final = 20_000
EPS: Final = float(np.finfo(np.float64).eps)
Key = tuple[str, ...]
C = TypeVar("C")
Groups = Mapping[str, "NDArray[Any] | Coded"]


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

    `cells` by group values; `scores` maps each score to its positive and negative rows.
    """

    attributes: tuple[str, ...]
    scored: bool
    cells: dict[Key, BinaryCell] = field(default_factory=dict)
    scores: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    of_score: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
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


def scored(tally: Tally) -> bool:
    """Tell whether scores of classes were counted."""
    if isinstance(tally, ClassTally):
        return tally.top is not None
    return isinstance(tally, BinaryTally) and tally.scored


def tally_binary(
    labels: NDArray[np.int64],
    decisions: NDArray[np.int64],
    scores: NDArray[np.float64] | None,
    groups: Groups,
    *,
    ranked: bool = True,
    weights: NDArray[np.float64] | None = None,
) -> BinaryTally:
    """Count rows with labels and decisions 0 or 1 and scores from 0 to 1.

    Not `ranked`, the tally has no histogram of the scores, and is small however many there are.
    """
    keys, cell = combinations(groups, len(labels))
    tally = BinaryTally(tuple(groups), scores is not None)
    kind = 2 * (1 - decisions) + (1 - labels)  # tp fp fn tn
    tables = np.bincount(cell * 4 + kind, minlength=4 * len(keys)).reshape(-1, 4).tolist()
    found = [BinaryCell(table=table) for table in tables]
    if weights is not None:
        by_kind = exact_sums(weights, cell * 4 + kind, 4 * len(keys))
        for i, square in enumerate(exact_sums(weights**2, cell, len(keys))):
            found[i].weights = [*by_kind[i * 4 : i * 4 + 4], square]
    if scores is not None:
        _count_scores(found, labels, scores, cell)
        if ranked:
            tally.scores, tally.of_score = histogram(scores, labels)
    tally.cells = dict(zip(keys, found, strict=True))
    return tally


def _count_scores(
    found: list[BinaryCell],
    labels: NDArray[np.int64],
    scores: NDArray[np.float64],
    cell: NDArray[np.int64],
) -> None:
    count = len(found)
    bin_of = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    place = cell * BINS + bin_of
    by_label = np.bincount(place * 2 + (1 - labels), minlength=2 * BINS * count)
    square = (scores - labels) ** 2
    clipped = np.clip(scores, EPS, 1 - EPS)
    loss = -np.log(np.where(labels == 1, clipped, 1 - clipped))
    sums = [exact_sums(scores, place, BINS * count)]
    sums += [exact_sums(values, cell, count) for values in (square, square**2, loss, loss**2)]
    bins = by_label.reshape(count, BINS, 2).tolist()
    for i, entry in enumerate(found):
        entry.bins = bins[i]
        entry.sums = sums[0][i * BINS : (i + 1) * BINS] + [part[i] for part in sums[1:]]


def tally_regression(
    truth: NDArray[np.float64],
    predicted: NDArray[np.float64],
    groups: Groups,
) -> RegressionTally:
    """Count n and the exact sums of |e|, e², e, e⁴, truth and truth², e = predicted - truth."""
    keys, cell = combinations(groups, len(truth))
    error = predicted - truth
    columns = (np.abs(error), error**2, error, error**4, truth)
    sums = [exact_sums(column, cell, len(keys)) for column in columns]
    # The spread of the truth is a small difference of large sums: no square may be rounded.
    square, rest = (exact_sums(part, cell, len(keys)) for part in squares(truth))
    sums.append([a + b for a, b in zip(square, rest, strict=True)])
    rows = np.bincount(cell, minlength=len(keys)).tolist()
    cells = {
        key: SumsCell(n=rows[i], sums=[part[i] for part in sums]) for i, key in enumerate(keys)
    }
    return RegressionTally(tuple(groups), cells)


def tally_classes(
    labels: NDArray[np.int64], given: Answers, classes: tuple[str, ...], groups: Groups
) -> ClassTally:
    """Count truth × decision; labels and decisions are places in `classes`."""
    decisions = given.decisions
    keys, cell = combinations(groups, len(labels))
    k = len(classes)
    counts = np.bincount((cell * k + labels) * k + decisions, minlength=len(keys) * k * k)
    squares = counts.reshape(len(keys), k, k).astype(np.int64)
    tally = ClassTally(tuple(groups), classes, dict(zip(keys, squares, strict=True)))
    right = (labels == decisions).astype(np.int64)
    matrix, sure = given.probabilities, given.confidence
    if matrix is not None:
        sure = matrix[np.arange(len(labels)), decisions]
        _count_classes(tally, labels, decisions, matrix)
    if sure is not None:
        tally.top = tally_binary(right, np.ones_like(right), sure, groups, ranked=False)
    return tally


def _count_classes(
    tally: ClassTally,
    labels: NDArray[np.int64],
    decisions: NDArray[np.int64],
    matrix: NDArray[np.float64],
) -> None:
    tally.each = tuple(
        tally_binary(
            (labels == k).astype(np.int64),
            (decisions == k).astype(np.int64),
            matrix[:, k],
            {},
            ranked=False,
        )
        for k in range(len(tally.classes))
    )
    truth = np.eye(len(tally.classes))[labels]
    # Column by column: the same rows give the same digits in parts of any size.
    row = reduce(np.add, ((matrix - truth) ** 2).T)
    one = np.zeros(len(labels), dtype=np.int64)
    tally.brier = (exact_sums(row, one, 1)[0], exact_sums(row**2, one, 1)[0])


def combinations(groups: Groups, rows: int) -> tuple[list[Key], NDArray[np.int64]]:
    """Return the combinations of group values that occur, sorted, and each row's place there."""
    code = np.zeros(rows, dtype=np.int64)
    values: list[list[str]] = []
    for column in groups.values():
        known = column if isinstance(column, Coded) else _coded(column)
        code = code * len(known.names) + known.places
        values.append(list(known.names))
    found, cell = np.unique(code, return_inverse=True)
    keys: list[Key] = []
    for value in found.tolist():
        parts: list[str] = []
        rest = value
        for names_of in reversed(values):
            rest, place_of = divmod(rest, len(names_of))
            parts.append(names_of[place_of])
        keys.append(tuple(reversed(parts)))
    if len(keys) > MAX_COMBINATIONS:
        raise SettingsError(
            what=Phrase("errors.told.ai.group.combinations", combinations=len(keys)),
            expected=Phrase("errors.told.ai.group.at-most", combinations=MAX_COMBINATIONS),
            advice=Phrase("errors.told.ai.group.fewer"),
        )
    return keys, cell.astype(np.int64)


def _coded(column: NDArray[Any]) -> Coded:
    names, places = np.unique(column.astype(str), return_inverse=True)
    return Coded(tuple(names.tolist()), places)


def merged(first: Tally, second: Tally) -> Tally:
    """Return the tally of both parts together; neither is changed."""
    if isinstance(first, BinaryTally) and isinstance(second, BinaryTally):
        values, counts = joined((first.scores, first.of_score), (second.scores, second.of_score))
        cells = _margin(
            _chain(first.cells, second.cells), range(len(first.attributes)), BinaryCell, _add_binary
        )
        against, notes = first.against + second.against, first.notes | second.notes
        return BinaryTally(first.attributes, first.scored, cells, values, counts, against, notes)
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
