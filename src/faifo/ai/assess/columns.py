"""Make labels, decisions, scores and groups of a table's columns, or say what is wrong with them.

Every refusal names the column and how many rows are concerned, never a value of a row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from faifo.ai.assess.tables import check_columns
from faifo.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

BINARY: Final = "binary"
MULTICLASS: Final = "multiclass"
REGRESSION: Final = "regression"
TASKS: Final = (BINARY, MULTICLASS, REGRESSION)
MISSING: Final = "(missing)"
MAX_GROUPS: Final = 500
MAX_CLASSES: Final = 100
MAX_WHOLE: Final = 2**53
# The fourth power of a larger error would be no number any more.
MAX_VALUE: Final = 1e75


def no_gaps(frame: pl.DataFrame, column: str, what: str) -> pl.Series:
    """Return the column, with no value missing and none NaN.

    Raises:
        SettingsError: there is no such column, or a row has none.
    """
    check_columns(frame.columns, [column], "given")
    series = frame[column]
    missing = series.null_count()
    if series.dtype.is_float():
        missing += int(series.is_nan().sum())
    if missing:
        raise SettingsError(
            what=f"{missing} of {frame.height} rows have no {what} in the column {column!r}",
            expected=f"a {what} in every row",
            advice="leave those rows out, and say so in the passport's notes",
        )
    return series


class Coded(NamedTuple):
    """A column of texts: the different ones, sorted, and the place of each row's among them."""

    names: tuple[str, ...]
    places: NDArray[np.int64]


def coded(said: pl.Series) -> Coded:
    """Return texts, none missing, by their places."""
    import polars as pl

    names = said.unique().sort()
    places = said.cast(pl.Enum(names)).to_physical()
    return Coded(tuple(names.to_list()), places.to_numpy().astype(np.int64))


def texts(series: pl.Series) -> NDArray[Any]:
    """Return what `said_of` says as an array."""
    return said_of(series).to_numpy().astype(str)


def said_of(series: pl.Series) -> pl.Series:
    """Return values as texts, the same for 1, 1.0, true and "1".

    Each value is named by itself, so that a part of a table has the names of the whole.
    """
    import polars as pl

    if series.dtype == pl.Boolean:
        series = series.cast(pl.Int8)
    said = series.cast(pl.String)
    if series.dtype.is_float():
        whole = (series == series.round()) & (series.abs() < MAX_WHOLE)
        plain = series.cast(pl.Int64, strict=False).cast(pl.String)
        said = said.zip_with(~whole.fill_null(value=False), plain)
    return said.str.strip_chars()


def classes_of(*columns: NDArray[Any]) -> tuple[str, ...]:
    """Return the classes, sorted; numbers by their value."""
    found = sorted(set().union(*(np.unique(column).tolist() for column in columns)), key=_order)
    if len(found) > MAX_CLASSES:
        raise SettingsError(
            what=f"the label has {len(found)} different values",
            expected=f"at most {MAX_CLASSES} classes",
            advice="for numbers choose --task regression",
        )
    return tuple(found)


def binary_labels(
    values: NDArray[Any], favourable: str | None, what: str = "label"
) -> NDArray[np.int64]:
    """Return 1 where the value is the favourable one.

    Raises:
        SettingsError: one class only, or it is not said which is favourable.
    """
    found = set(np.unique(values).tolist())
    if favourable is None:
        if not found <= {"0", "1"}:
            raise SettingsError(
                what=f"the {what} has the values {_some(found)}",
                expected="0 and 1, or --favourable with the favourable one",
            )
        favourable = "1"
    labels: NDArray[np.int64] = (values == favourable).astype(np.int64)
    if what == "label":
        if favourable not in found:
            raise SettingsError(
                what=f"no row has the {what} {favourable!r}", expected=f"one of {_some(found)}"
            )
        if len(found) < 2:
            raise SettingsError(
                what=f"all rows have one and the same {what}",
                expected="two classes",
                advice="with one class there is nothing to compare",
            )
    return labels


def numbers(frame: pl.DataFrame, column: str, what: str) -> NDArray[np.float64]:
    """Return a column of finite numbers.

    Raises:
        SettingsError: a row has none, or something else.
    """
    series = no_gaps(frame, column, what)
    if not series.dtype.is_numeric():
        raise SettingsError(what=f"the column {column!r} holds no numbers", expected=f"a {what}")
    values = finite(series.to_numpy().astype(np.float64), what)
    wrong = int((np.abs(values) > MAX_VALUE).sum())
    if wrong:
        raise SettingsError(
            what=f"{wrong} of {len(values)} rows have a {what} beyond {MAX_VALUE:g}",
            expected=f"numbers from -{MAX_VALUE:g} to {MAX_VALUE:g}",
        )
    return values


def finite(values: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    wrong = int((~np.isfinite(values)).sum())
    if wrong:
        raise SettingsError(
            what=f"{wrong} of {len(values)} rows have a {what} that is not a finite number",
            expected="finite numbers",
        )
    return values


def shares(values: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    """Return scores from 0 to 1."""
    finite(values, what)
    wrong = int(((values < 0) | (values > 1)).sum())
    if wrong:
        raise SettingsError(
            what=f"{wrong} of {len(values)} rows have a {what} outside 0 to 1",
            expected="the probability of the favourable outcome",
        )
    return values


def groups_of(frame: pl.DataFrame, columns: Sequence[str]) -> dict[str, Coded]:
    """Return each group column; a missing value is the group `(missing)`."""
    check_columns(frame.columns, columns, "given")
    found = {}
    for column in columns:
        series = frame[column]
        if series.dtype.is_float():
            series = series.fill_nan(None)
        values = coded(said_of(series).fill_null(MISSING))
        if len(values.names) > MAX_GROUPS:
            raise too_many_groups(column)
        found[column] = values
    return found


def too_many_groups(column: str) -> SettingsError:
    return SettingsError(
        what=f"the column {column!r} has more than {MAX_GROUPS} different values",
        expected="groups of people",
        advice="a name or a number of a person is no group",
    )


def _order(text: str) -> tuple[int, float, str]:
    try:
        value = float(text)
    except ValueError:
        return 1, 0.0, text
    # "nan" is a name here: nothing can be sorted by a number that is none.
    return (0, value, text) if math.isfinite(value) else (1, 0.0, text)


def _some(found: set[str]) -> str:
    shown = sorted(found, key=_order)
    return ", ".join(map(repr, shown[:5])) + (", …" if len(shown) > 5 else "")
