"""Count what the data is like: gaps, repetitions, contradictions, small crowds, drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from faifo.ai.metrics import cells

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

DRIFT_BINS: Final = 10


def quality_counts(
    frame: pl.DataFrame, label: str, minimum: int, *, classes: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the counts of a table and what was left out."""
    import polars as pl

    rows = frame.height
    inputs = [name for name in frame.columns if name != label]
    duplicates = rows - frame.n_unique()
    columns = []
    for name, series in ((name, frame[name]) for name in frame.columns):
        missing = series.null_count()
        if series.dtype.is_float():
            missing += int(series.is_nan().sum() or 0)
        columns.append({"column": name, **cells.bounded("missing", missing, rows, minimum)})
    counts: dict[str, Any] = {
        "rows": rows,
        **cells.bounded("duplicates", duplicates, rows, minimum),
        "constant_columns": sum(frame[name].n_unique() == 1 for name in frame.columns),
        "columns": columns,
    }
    suppressed: list[str] = []
    if inputs and classes:
        per_input = frame.group_by(inputs).agg(
            pl.col(label).n_unique().alias("labels"), pl.len().alias("rows")
        )
        conflicts = int(per_input.filter(pl.col("labels") > 1)["rows"].sum() or 0)
        counts |= cells.bounded("conflicts", conflicts, rows, minimum)
        found = frame[label].cast(pl.String).value_counts().sort(label).rows()
        shown, hidden = cells.without_small([(str(a), int(b)) for a, b in found], minimum)
        counts["classes"] = [{"class": name, "rows": count} for name, count in shown]
        if hidden:
            suppressed.append(f"classes under the minimum: {', '.join(hidden)}")
    return counts, suppressed


def anonymity_counts(frame: pl.DataFrame, columns: Sequence[str], minimum: int) -> dict[str, Any]:
    """Return the size of the smallest crowd that shares its quasi-identifiers, and who is alone."""
    sizes = frame.group_by(list(columns)).len()["len"]
    alone = int((sizes == 1).sum())
    smallest: Any = sizes.min()
    return {
        "rows": frame.height,
        "smallest": int(smallest),
        **cells.bounded("unique", alone, frame.height, minimum),
    }


def drift_counts(
    first: pl.DataFrame, second: pl.DataFrame, minimum: int
) -> tuple[dict[str, Any], list[str]]:
    """Return per column how the two splits fall into the same bins; small bins are joined."""
    found, left_out = [], []
    for name in first.columns:
        bins = _joined(_bins(first[name], second[name]), minimum)
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
