"""Count tables of labels, answers and groups that are too large to be held.

Three steps, of which a cluster's engine can do the middle one on any partition and in any order:
say what the label means (`known_labels`), count a part (`count_part`), add up (`add_up`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.columns import (
    BINARY,
    MAX_GROUPS,
    MULTICLASS,
    REGRESSION,
    groups_of,
    no_gaps,
    too_many_groups,
)
from faifo.ai.assess.parts import Parts
from faifo.ai.assess.ranks import Ranks, Scored, ranks_in_parts
from faifo.ai.assess.request import Request
from faifo.ai.assess.scoring import Answers
from faifo.ai.assess.subject import Labels, given_answers, read_labels
from faifo.ai.assess.tally import (
    BinaryTally,
    Tally,
    merged,
    tally_binary,
    tally_classes,
    tally_regression,
)
from faifo.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl

# So many different labels are numbers or too many classes, whatever else comes.
_ENOUGH: Final = 1000


def tally_of(
    task: str,
    truth: Any,
    given: Answers,
    groups: dict[str, Any],
    classes: tuple[str, ...] = (),
    *,
    ranked: bool = True,
) -> Tally:
    """Return the tally of rows."""
    if task == REGRESSION:
        return tally_regression(truth, given.decisions, groups)
    if task == MULTICLASS:
        return tally_classes(truth, given, classes, groups)
    return tally_binary(truth, given.decisions, given.scores, groups, ranked=ranked)


def known_labels(parts: Parts, request: Request) -> Labels:
    """Say what the label means, from all parts.

    Raises:
        FaifoError: labels are missing, or of one class only, or the table has no rows.
    """
    import polars as pl

    kinds: pl.DataFrame | None = None
    for part in parts.of([request.label]):
        found = no_gaps(part, request.label, "label").unique(maintain_order=True).to_frame()
        kinds = found if kinds is None else pl.concat([kinds, found]).unique(maintain_order=True)
        if kinds.height > _ENOUGH:
            break
    if kinds is None:
        raise SettingsError(what=f"the table {request.data.name} has no rows", expected="rows")
    return read_labels(kinds, request, None)


def count_part(
    part: pl.DataFrame, request: Request, labels: Labels, *, ranked: bool = True
) -> Tally:
    """Return the tally of some rows, whichever classes and groups are among them."""
    truth = labels.places(part, request.label)
    given = given_answers(part, request, labels)
    groups = groups_of(part, request.groups)
    return tally_of(labels.task, truth, given, groups, labels.classes, ranked=ranked)


def add_up(tallies: Sequence[Tally]) -> Tally:
    """Return the tally of all parts, whoever counted them."""
    return reduce(merged, tallies)


def columns_of(request: Request) -> list[str]:
    """Return the columns that counting needs."""
    told = [column for column in (request.prediction, request.score) if column]
    return [request.label, *request.groups, *told]


def count(parts: Parts, request: Request, labels: Labels) -> Tally:
    """Return the tally of all parts, without a histogram of scores."""
    whole: Tally | None = None
    for part in parts.of(columns_of(request)):
        counted = count_part(part, request, labels, ranked=False)
        whole = counted if whole is None else merged(whole, counted)
        for place, name in enumerate(whole.attributes):
            if len({key[place] for key in whole.cells}) > MAX_GROUPS:
                raise too_many_groups(name)
    if whole is None:
        raise SettingsError(what=f"the table {request.data.name} has no rows", expected="rows")
    return whole


def rank(parts: Parts, request: Request, labels: Labels, tally: Tally) -> Ranks | None:
    """Return how well the scores rank all rows, where there are scores of two classes."""
    if labels.task != BINARY or not isinstance(tally, BinaryTally) or not tally.scored:
        return None
    table = tally.margin(())[()].table

    def read() -> Iterator[Scored]:
        for part in parts.of([request.label, str(request.score)]):
            truth = labels.places(part, request.label)
            yield part[str(request.score)].to_numpy().astype(np.float64), truth

    return ranks_in_parts(read, (table[0] + table[2], table[1] + table[3]))
