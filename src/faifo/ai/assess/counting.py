"""Count tables of labels, answers and groups that are too large to be held.

Three steps, of which a cluster's engine can do the middle one on any partition and in any order:
say what the label means (`labels.known_labels`), count a part (`count_part`), add up (`add_up`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.columns import (
    MAX_GROUPS,
    MULTICLASS,
    REGRESSION,
    amounts,
    groups_of,
    numbers,
    too_many_groups,
)
from faifo.ai.assess.labels import Labels
from faifo.ai.assess.quality import Seen
from faifo.ai.assess.ranks import Scored, ranks_in_parts, ranks_of_rows
from faifo.ai.assess.request import Request
from faifo.ai.assess.scoring import Answers, of_scores
from faifo.ai.assess.subject import given_answers
from faifo.ai.assess.tables import Table
from faifo.ai.assess.tally import BinaryCell, BinaryTally, Ranks, SumsCell, Tally, merged
from faifo.ai.assess.tallying import tally_binary, tally_classes, tally_regression

if TYPE_CHECKING:
    import polars as pl

# So many scores are kept, 9 bytes each; those of more rows are read again.
HELD: Final = 8_000_000


def tally_of(
    labels: Labels,
    truth: Any,
    given: Answers,
    groups: dict[str, Any],
    *,
    ranked: bool = True,
    weights: pl.Series | None = None,
) -> Tally:
    """Return the tally of rows, with what was taken for granted."""
    tally: Tally
    if labels.task == REGRESSION:
        tally = tally_regression(truth, given.decisions, groups)
    elif labels.task == MULTICLASS:
        tally = tally_classes(truth, given, labels.classes, groups)
    else:
        counted = None if weights is None else amounts(weights, "weight")
        tally = tally_binary(
            truth, given.decisions, given.scores, groups, ranked=ranked, weights=counted
        )
        tally.against = given.against
    tally.notes = labels.notes | given.notes
    return tally


def count_part(
    part: pl.DataFrame, request: Request, labels: Labels, *, ranked: bool = True
) -> Tally:
    """Return the tally of some rows, whichever classes and groups are among them."""
    given = given_answers(part, request, labels)
    # Without a label nothing is right or wrong: all rows are taken for negative ones.
    truth = labels.of(part[request.label]) if request.label else np.zeros_like(given.decisions)
    groups = groups_of(part, request.groups)
    weights = part[request.weight] if request.weight else None
    return tally_of(labels, truth, given, groups, ranked=ranked, weights=weights)


def add_up(tallies: Sequence[Tally]) -> Tally:
    """Return the tally of all parts, whoever counted them."""
    return reduce(merged, tallies)


@dataclass
class Counted:
    """What all parts together gave: the tally, what the columns are like, and the scores."""

    tally: Tally
    seen: Seen
    scores: list[Scored] | None
    # Where they are known already.
    ranks: Ranks | None = None


def count(table: Table, request: Request, labels: Labels) -> Counted:
    """Count all parts; the tally has no histogram of scores."""
    found: Counted | None = None
    for part in table.of(request.columns):
        tally = count_part(part, request, labels, ranked=False)
        seen = Seen.of(part, request, labels)
        if found is None:
            held: list[Scored] = []
            ranked = isinstance(tally, BinaryTally) and tally.scored and request.label is not None
            found = Counted(tally, seen, held if ranked else None)
        else:
            found.tally = merged(found.tally, tally)
            found.seen.add(seen)
        if found.scores is not None:
            found.scores.append(scored_rows(part, request, labels))
            if found.seen.rows > HELD:
                found.scores = None
        check_groups(found.tally)
    if found is None:
        raise table.no_rows()
    return found


def check_groups(tally: Tally) -> None:
    """Return if no column has too many groups.

    Raises:
        SettingsError: one has.
    """
    for place, name in enumerate(tally.attributes):
        if len({key[place] for key in tally.cells}) > MAX_GROUPS:
            raise too_many_groups(name)


def rows_in(tally: Tally) -> int:
    """Return how many rows were counted."""
    cell = tally.margin(())[()]
    if isinstance(cell, BinaryCell):
        return sum(cell.table)
    return cell.n if isinstance(cell, SumsCell) else int(cell.sum())


def rank(table: Table, request: Request, labels: Labels, counted: Counted) -> Ranks | None:
    """Return how well the scores rank all rows, where there are scores of two classes."""
    tally = counted.tally
    if not isinstance(tally, BinaryTally) or not tally.scored or request.label is None:
        return None
    if counted.scores is not None:
        return ranks_of_rows(counted.scores)
    cells = tally.margin(())[()].table

    def read() -> Iterator[Scored]:
        for part in table.of([request.label or "", request.score or ""]):
            yield scored_rows(part, request, labels)

    return ranks_in_parts(read, (cells[0] + cells[2], cells[1] + cells[3]))


def scored_rows(part: pl.DataFrame, request: Request, labels: Labels) -> Scored:
    """Return the scores of rows, and their labels as 0 or 1."""
    given = of_scores(numbers(part[request.score or ""], "score"), request.threshold, frozenset())
    assert given.scores is not None  # noqa: S101 - of scores
    return given.scores, labels.of(part[request.label or ""]).astype(np.int8)
