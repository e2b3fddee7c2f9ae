"""Count what the data is like: gaps, repetitions, contradictions, small crowds, drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.assess.columns import REGRESSION, said_of
from faifo.ai.assess.described import columns_told, crowds_told, repetitions_told
from faifo.ai.assess.labels import Labels
from faifo.ai.assess.request import Request
from faifo.ai.metrics import cells

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

DRIFT_BINS: Final = 10
MAX_CROWDS: Final = 2_000_000
_LABEL: Final = "\0label"


@dataclass
class Seen:
    """What columns are like, added up over the parts of a table."""

    rows: int
    missing: Counter[str]
    classes: Counter[str]
    # Quasi-identifiers, and how many rows share them; nothing if there are too many to be held.
    crowds: pl.DataFrame | None

    @classmethod
    def of(cls, part: pl.DataFrame, request: Request, labels: Labels) -> Seen:
        """Count some rows."""
        import polars as pl

        answers = (request.prediction, request.score, request.original, request.weight)
        missing = Counter({name: _gaps(part[name]) for name in part.columns if name not in answers})
        classes: Counter[str] = Counter()
        if request.label and labels.task != REGRESSION:
            found = said_of(part[request.label]).alias("class").value_counts(name="rows")
            classes.update(dict(found.rows()))
        quasi = list(request.quasi or request.groups)
        crowds = None
        if quasi:
            told = pl.DataFrame(_numbered(said_of(part[name]) for name in quasi))
            crowds = told.group_by(told.columns).len()
        return cls(part.height, missing, classes, crowds)

    def add(self, other: Seen) -> None:
        """Add what another part has."""
        import polars as pl

        self.rows += other.rows
        self.missing.update(other.missing)
        self.classes.update(other.classes)
        if self.crowds is not None and other.crowds is not None:
            both = pl.concat([self.crowds, other.crowds])
            names = [name for name in both.columns if name != "len"]
            self.crowds = both.group_by(names).agg(pl.col("len").sum())
            if self.crowds.height > MAX_CROWDS:
                self.crowds = None

    def counts(self, minimum: int) -> tuple[dict[str, Any], list[str]]:
        """Return the counts of data quality and what was left out."""
        return columns_told(self.rows, self.missing, self.classes, minimum)

    def anonymity(self, minimum: int) -> dict[str, Any] | None:
        """Return what may be told of the crowds, where they were counted."""
        if self.crowds is None:
            return None
        sizes = self.crowds["len"].to_list()
        return crowds_told(self.rows, min(sizes), sizes.count(1), minimum)


def repetitions(
    inputs: pl.DataFrame, label: pl.Series, minimum: int, *, classes: bool
) -> dict[str, Any]:
    """Return repeated rows, columns with one value, and inputs that have several labels."""
    import polars as pl

    inputs = pl.DataFrame(_numbered(inputs))
    frame = inputs.with_columns(label.alias(_LABEL))
    conflicts = None
    if inputs.width and classes:
        per_input = frame.group_by(inputs.columns).agg(
            pl.col(_LABEL).n_unique().alias("\0labels"), pl.len().alias("\0rows")
        )
        conflicts = int(per_input.filter(pl.col("\0labels") > 1)["\0rows"].sum() or 0)
    constant = sum(frame[name].n_unique() == 1 for name in frame.columns)
    duplicates = frame.height - frame.n_unique()
    return repetitions_told(frame.height, duplicates, constant, conflicts, minimum)


def _numbered(columns: Iterable[pl.Series]) -> list[pl.Series]:
    """Return columns without their names, which may be any, also what Polars reads as a pattern."""
    return [column.alias(str(at)) for at, column in enumerate(columns)]


def _gaps(series: pl.Series) -> int:
    nan = int(series.alias("").is_nan().sum() or 0) if series.dtype.is_float() else 0
    return series.null_count() + nan


def drift_counts(
    first: pl.DataFrame, second: pl.DataFrame, minimum: int
) -> tuple[dict[str, Any], list[str]]:
    """Return per column how the two splits fall into the same bins; small bins are joined."""
    found, left_out = [], []
    for name in first.columns:
        bins = _joined(_bins(first[name].alias(""), second[name].alias("")), minimum)
        if bins:
            entries = [{"first": a, "second": b} for a, b in bins]
            found.append({"column": name, "bins": entries})
        else:
            left_out.append(name)
    notes = [f"a split has bins under the minimum: {', '.join(left_out)}"] if left_out else []
    return {"columns": found}, notes


def _bins(first: pl.Series, second: pl.Series) -> list[tuple[int, int]]:
    if first.dtype.is_numeric() and first.n_unique() > DRIFT_BINS:
        a, b = (_known(series) for series in (first, second))
        if not len(a) or not len(b):
            return []
        edges = np.unique(np.quantile(a, np.arange(1, DRIFT_BINS) / DRIFT_BINS))
        sides = [
            np.bincount(np.searchsorted(edges, side, side="right"), minlength=len(edges) + 1)
            for side in (a, b)
        ]
        return [(int(x), int(y)) for x, y in zip(*sides, strict=True)]
    counted = [dict(series.value_counts().rows()) for series in (first, second)]
    values = sorted(set(counted[0]) | set(counted[1]), key=str)
    return [(counted[0].get(value, 0), counted[1].get(value, 0)) for value in values]


def _known(series: pl.Series) -> NDArray[np.float64]:
    values: NDArray[np.float64] = series.drop_nulls().to_numpy().astype(np.float64)
    return np.asarray(values[np.isfinite(values)])


def _joined(bins: list[tuple[int, int]], minimum: int) -> list[tuple[int, int]]:
    """Return the bins with small ones joined to the next; nothing if the whole is small."""
    found: list[tuple[int, int]] = []
    open_bin = (0, 0)
    for first, second in bins:
        open_bin = (open_bin[0] + first, open_bin[1] + second)
        if not cells.has_small(open_bin, minimum):
            found.append(open_bin)
            open_bin = (0, 0)
    if any(open_bin):
        if not found:
            return []
        last = found.pop()
        found.append((last[0] + open_bin[0], last[1] + open_bin[1]))
    return found
