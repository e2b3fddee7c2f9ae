"""Count rows into tallies, by numpy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.columns import Coded
from faifo.ai.assess.exact import exact_sums, squares
from faifo.ai.assess.ranks import histogram
from faifo.ai.assess.tally import (
    BINS,
    EPS,
    BinaryCell,
    BinaryTally,
    ClassTally,
    Key,
    RegressionTally,
    SumsCell,
)
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from faifo.ai.assess.scoring import Answers

MAX_COMBINATIONS: Final = 20_000
Groups = Mapping[str, "NDArray[Any] | Coded"]


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
            tally.histogram = histogram(scores, labels)
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
