"""Make labels, decisions, scores and groups of a table's columns, or say what is wrong with them.

Every refusal names the column and how many rows are concerned, never a value of a row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from faifo.ai.assess.saying import said
from faifo.ai.assess.tables import check_columns
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

BINARY: Final = "binary"
MULTICLASS: Final = "multiclass"
REGRESSION: Final = "regression"
MISSING: Final = "(missing)"
MAX_GROUPS: Final = 500
MAX_CLASSES: Final = 100
# The fourth power of a larger error would be no number any more.
MAX_VALUE: Final = 1e75
# So far outside of 0 to 1 scores are by rounding alone (ONNX forests: 1e-6).
ROUNDING: Final = 1e-5
_YES_NO: Final = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
_TIME: Final = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?$"
_CLOCK: Final = r"^\d\d:\d\d:\d\d\.\d+$"
NUMBER: Final = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$"


def role(what: str) -> Phrase:
    """Return what the values of a column are: label, prediction, score, weight or original."""
    return Phrase(f"errors.told.ai.role.{what}")


def no_gaps(series: pl.Series, what: str) -> pl.Series:
    """Return the column, with no value missing and none NaN.

    Raises:
        SettingsError: a row has none.
    """
    missing = series.null_count()
    if series.dtype.is_float():
        missing += int(series.alias("").is_nan().sum())
    if missing:
        raise SettingsError(
            what=Phrase(
                "errors.told.ai.column.missing",
                missing=missing,
                rows=len(series),
                what=role(what),
                column=series.name,
            ),
            expected=Phrase("errors.told.ai.column.in-every-row", what=role(what)),
            advice=Phrase("errors.told.ai.column.leave-out"),
        )
    return series


class Coded(NamedTuple):
    """A column of texts: the different ones, sorted, and the place of each row's among them."""

    names: tuple[str, ...]
    places: NDArray[np.int64]


def coded(texts: pl.Series) -> Coded:
    """Return texts, none missing, by their places."""
    import polars as pl

    names = texts.unique().sort()
    places = texts.cast(pl.Enum(names)).to_physical()
    return Coded(tuple(names.to_list()), places.to_numpy().astype(np.int64))


def said_of(series: pl.Series) -> pl.Series:
    """Return values as texts as they are written, the same for each way to write one value.

    Whole numbers kept as floats (1.0) are whole (1), yes and no are `true` and `false`, a time is
    in UTC without trailing zeros, at midnight without a zone it is a day. Codes keep their zeros.
    Each value is named by itself, so that a part of a table has the names of the whole.
    """
    import polars as pl

    # The column's own name may be any, also one that Polars reads as a pattern: `^…$`.
    series = series.alias("")
    if series.dtype.base_type() in (pl.Datetime, pl.Time):
        series = _moments(series)
    if series.dtype.is_float():
        series = series.fill_nan(None)
        small = series.abs() < 2.0**63
        whole = (series == series.round()) & small
        plain = series.cast(pl.Int64, strict=False).cast(pl.String)
        series = plain.zip_with(whole.fill_null(value=False), series.cast(pl.String))
    series = series.cast(pl.String)
    written = series.unique().alias("written")
    name = pl.col("written")
    frame = written.to_frame().with_columns(
        pl.when(name.str.contains(r"^-0+\.0+$")).then(pl.lit("0"))
        .when(name.str.contains(r"^-?\d+\.0+$")).then(name.str.replace(r"\.0+$", ""))
        .when(name.str.contains(_CLOCK)).then(name.str.replace(r"\.?0+$", ""))
        .when(name != "").then(name.replace(_YES_NO)).alias("plain"))  # fmt: skip
    times = written.filter(written.str.contains(_TIME).fill_null(value=False)).to_list()
    if times:
        moments = {text: _moment(text) for text in times}
        frame = frame.with_columns(pl.when(name.is_in(times)).then(name.replace(moments))
                                   .otherwise(pl.col("plain")).alias("plain"))  # fmt: skip
    changed = frame.filter(name.ne_missing(pl.col("plain")))
    if not changed.height:
        return series
    return series.replace(changed["written"], changed["plain"])


def _moments(series: pl.Series) -> pl.Series:
    import polars as pl

    zone = getattr(series.dtype, "time_zone", None)
    if zone:
        series = series.dt.convert_time_zone("UTC")
    form = "%H:%M:%S%.f" if series.dtype == pl.Time else "%Y-%m-%dT%H:%M:%S%.f"
    texts = series.dt.to_string(form).str.replace(r"(\.\d*?)0+$", "${1}").str.strip_chars_end(".")
    return texts + "Z" if zone else texts.str.replace("T00:00:00$", "")


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = found.tzinfo
    found = found.astimezone(UTC).replace(tzinfo=None) if zone else found
    plain = found.isoformat()
    plain = plain.rstrip("0") if "." in plain else plain
    return plain + "Z" if zone else plain.removesuffix("T00:00:00")


def plain_name(value: str) -> str:
    """Return a value that a person or a model names as `said_of` writes it."""
    import polars as pl

    return str(said_of(pl.Series([value]))[0] or "")


def in_order(found: set[str], *, by_value: bool) -> tuple[str, ...]:
    """Return the classes, sorted; numbers by their value."""
    if len(found) > MAX_CLASSES:
        raise SettingsError(
            what=Phrase("errors.told.ai.label.many-classes", classes=MAX_CLASSES),
            expected=Phrase("errors.told.ai.label.at-most", classes=MAX_CLASSES),
            advice=Phrase("errors.told.ai.label.regression"),
        )
    return tuple(sorted(found, key=_order if by_value else None))


def _order(text: str) -> tuple[int, float, str]:
    try:
        value = float(text)
    except ValueError:
        return 1, 0.0, text
    # "nan" is a name here: nothing can be sorted by a number that is none.
    return (0, value, text) if math.isfinite(value) else (1, 0.0, text)


def numbers(series: pl.Series, what: str) -> NDArray[np.float64]:
    """Return a column of finite numbers; those of 32 bits as they are written.

    Raises:
        SettingsError: a row has none, or something else.
    """
    import polars as pl

    no_gaps(series, what)
    if series.dtype == pl.Float32:
        series = series.cast(pl.String)
    if not series.dtype.is_numeric():
        kind = series.dtype if series.dtype == pl.String else pl.Null
        read = series.cast(pl.Float64, strict=False) if kind == pl.String else series.clear(1)
        if read.null_count():
            raise SettingsError(
                what=Phrase("errors.told.ai.column.no-numbers", name=series.name),
                expected=Phrase("errors.told.ai.column.role", what=role(what)),
            )
        series = read
    values = finite(series.cast(pl.Float64).to_numpy(), what)
    most = f"{MAX_VALUE:g}"
    wanted = Phrase("errors.told.ai.column.range", most=most)
    _none(np.abs(values) > MAX_VALUE, "errors.told.ai.column.beyond", wanted, what, most=most)
    return values


def amounts(series: pl.Series, what: str) -> NDArray[np.float64]:
    """Return numbers of which none is negative.

    Raises:
        SettingsError: one is, or is no number.
    """
    values = numbers(series, what)
    wanted = Phrase("errors.told.ai.column.zero")
    _none(values < 0, "errors.told.ai.column.negative", wanted, what)
    return values


def is_fractional(series: pl.Series) -> bool:
    """Tell amounts and probabilities from classes: numbers of which some have a fraction."""
    texts = said_of(series)
    return bool(texts.str.contains(NUMBER).all()) and bool(texts.str.contains(r"[.eE]").any())


def finite(values: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    wanted = Phrase("errors.told.ai.column.finite")
    _none(~np.isfinite(values), "errors.told.ai.column.not-finite", wanted, what)
    return values


def shares(values: NDArray[np.float64], what: str) -> tuple[NDArray[np.float64], frozenset[str]]:
    """Return scores from 0 to 1, and what is to be said of them.

    Raises:
        SettingsError: a score is outside by more than rounding.
    """
    finite(values, what)
    if len(values) and values.min() >= 0 and values.max() <= 1:
        return values, frozenset()
    outside = (values < -ROUNDING) | (values > 1 + ROUNDING)
    wanted = Phrase("errors.told.ai.column.probability")
    _none(outside, "errors.told.ai.column.outside", wanted, what)
    return np.clip(values, 0, 1), frozenset([said("clipped")])


def _none(wrong: NDArray[Any], key: str, wanted: Phrase, what: str, **facts: str) -> None:
    """Raise SettingsError, with how many they are, if any row is wrong."""
    count = int((wrong.any(axis=1) if wrong.ndim == 2 else wrong).sum())
    if count:
        told = Phrase(key, wrong=count, rows=len(wrong), what=role(what), **facts)
        raise SettingsError(what=told, expected=wanted)


def groups_of(frame: pl.DataFrame, columns: Sequence[str]) -> dict[str, Coded]:
    """Return each group column; a missing value is the group `(missing)`."""
    check_columns(frame.columns, columns, "given")
    found = {}
    for column in columns:
        values = coded(said_of(frame[column]).fill_null(MISSING))
        if len(values.names) > MAX_GROUPS:
            raise too_many_groups(column)
        found[column] = values
    return found


def too_many_groups(column: str) -> SettingsError:
    return SettingsError(
        what=Phrase("errors.told.ai.column.many-groups", column=column, groups=MAX_GROUPS),
        expected=Phrase("errors.told.ai.column.groups"),
        advice=Phrase("errors.told.ai.column.no-group"),
    )
