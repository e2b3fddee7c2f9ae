"""Read tables of other people: CSV and Parquet, within a limit, by content and not by name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from faifo.ai.assess.libraries import library
from faifo.errors import NotFoundError, SettingsError, TooLargeError

if TYPE_CHECKING:
    import polars as pl

MAX_BYTES: Final = 2 * 2**30
# Larger tables of predictions are counted in parts.
WHOLE_ROWS: Final = 500_000
CSV_WHOLE: Final = 256 * 2**20
CSV: Final[dict[str, Any]] = {"infer_schema_length": None, "null_values": ["", "NA"]}
_PARQUET: Final = b"PAR1"
_CHUNK: Final = 2**20
_KINDS: Final = "texts, numbers up to 64 bits, yes or no, dates, times or categories"


def sha256_of(path: Path) -> str:
    """Return the digest of a file in hex."""
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()


def read_table(path: Path, *, max_bytes: int = MAX_BYTES) -> pl.DataFrame:
    """Return the whole table.

    Raises:
        NotFoundError: no such file.
        TooLargeError: the file is over `max_bytes`; nothing of it was read.
        SettingsError: neither CSV nor Parquet, or broken, or without rows.
    """
    polars = library("polars")
    size = size_of(path)
    if size > max_bytes:
        raise TooLargeError(what=f"the table {path.name}", limit=max_bytes)
    try:
        if is_parquet(path):
            frame: pl.DataFrame = polars.read_parquet(path)
        else:
            frame = polars.read_csv(path, **CSV)
    except polars.exceptions.PolarsError as error:
        raise unreadable(path, str(error)) from None
    if not frame.height:
        raise SettingsError(what=f"the table {path.name} has no rows", expected="rows")
    return plain(frame, path.name)


def plain(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the table with decimal numbers as floats.

    Raises:
        SettingsError: a column holds lists, bytes or other things that are no single value.
    """
    polars = library("polars")
    usable = {polars.String, polars.Boolean, polars.Categorical, polars.Enum, polars.Null}
    usable |= {polars.Date, polars.Datetime, polars.Time}
    decimals = []
    for column, dtype in frame.schema.items():
        if dtype == polars.Decimal:
            decimals.append(polars.col(column).cast(polars.Float64))
        elif dtype in (polars.Int128, polars.UInt128) or not (
            dtype.is_numeric() or dtype.base_type() in usable
        ):
            raise SettingsError(
                what=f"the column {column!r} of the table {name} holds {dtype}",
                expected=_KINDS,
                advice="leave the column out of the file, or turn it into one of these",
            )
    return frame.with_columns(decimals) if decimals else frame


def is_parquet(path: Path) -> bool:
    """Tell by its first bytes whether a file is Parquet; refuse what is no text either."""
    with path.open("rb") as file:
        head = file.read(65536)
    if head.startswith(_PARQUET):
        return True
    if b"\0" in head:
        raise unreadable(path, "its bytes are neither text nor Parquet")
    return False


def check_columns(present: Sequence[str], wanted: Sequence[str], name: str) -> None:
    missing = [column for column in wanted if column not in present]
    if missing:
        raise SettingsError(
            what=f"the table {name} has no column {', '.join(map(repr, missing))}",
            expected="one of " + ", ".join(map(repr, present[:40])),
        )


def size_of(path: Path) -> int:
    try:
        found = path.stat()
    except OSError:
        raise NotFoundError(what="table", name=str(path)) from None
    if not path.is_file():
        raise SettingsError(what=f"{path} is not a file", expected="a CSV or Parquet file")
    return found.st_size


def unreadable(path: Path, reason: str) -> SettingsError:
    first: Any = next(iter(reason.strip().splitlines()), "")
    return SettingsError(
        what=f"the table {path.name} cannot be read ({str(first)[:120]})",
        expected="CSV with a header line, or Parquet",
    )
