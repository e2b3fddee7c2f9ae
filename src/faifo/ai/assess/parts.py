"""Read some columns of a table part by part: memory holds one part, whatever the file's size.

Parts of a CSV file get the types that the whole file would get if it were read at once, so that
counting in parts gives the same digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from faifo.ai.assess.libraries import library
from faifo.ai.assess.tables import (
    CSV,
    check_columns,
    is_parquet,
    plain,
    size_of,
    unreadable,
)

if TYPE_CHECKING:
    import polars as pl

ROWS: Final = 250_000
BLOCK: Final = 16 * 2**20
MAX_RECORD: Final = 8 * 2**20


@dataclass
class Parts:
    """The parts of one table; asking again reads again.

    Attributes:
        rows: of Parquet, at most so many rows are in a part.
        block: of CSV, about so many bytes are in a part.
        columns: that will be asked for; the types of all are then learnt at once.
    """

    path: Path
    columns: Sequence[str] = ()
    rows: int = ROWS
    block: int = BLOCK
    _types: dict[str, Any] = field(default_factory=dict)

    def of(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Yield the columns part by part; a table without rows has no parts.

        Raises:
            NotFoundError, SettingsError: no such file or column, or a part cannot be read.
        """
        wanted = list(dict.fromkeys(columns))
        size_of(self.path)
        source = self._parquet if is_parquet(self.path) else self._csv
        for part in source(wanted):
            yield plain(part, self.path.name)

    def _parquet(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        polars = library("polars")
        try:
            scan = polars.scan_parquet(self.path)
            present = scan.collect_schema().names()
            total = scan.select(polars.len()).collect().item()
            check_columns(present, columns, self.path.name)
            for start in range(0, total, self.rows):
                yield scan.select(columns).slice(start, self.rows).collect()
        except polars.exceptions.PolarsError as error:
            raise unreadable(self.path, str(error)) from None

    def _csv(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        polars = library("polars")
        try:
            if not set(columns) <= self._types.keys():
                for part in self._read(list({*columns, *self.columns}), {}):
                    _widen(self._types, part)
            types = {name: self._types.get(name, polars.String) for name in columns}
            yield from self._read(columns, types)
        except polars.exceptions.PolarsError as error:
            raise unreadable(self.path, str(error)) from None

    def _read(self, columns: list[str], types: dict[str, Any]) -> Iterator[pl.DataFrame]:
        polars = library("polars")
        for body in _blocks(self.path, self.block):
            if not types:
                check_columns(polars.read_csv(BytesIO(body), n_rows=0).columns, columns,
                              self.path.name)  # fmt: skip
            part = polars.read_csv(BytesIO(body), columns=columns, schema_overrides=types, **CSV)
            if part.height:
                yield part.select(columns)


def _widen(types: dict[str, Any], part: pl.DataFrame) -> None:
    """Make each type wide enough for this part too; a part without a value says nothing."""
    polars = library("polars")
    for name, series in part.to_dict().items():
        if series.null_count() == len(series):
            continue
        known, found = types.get(name, series.dtype), series.dtype
        if known != found:
            numbers = known.is_numeric() and found.is_numeric()
            types[name] = polars.Float64 if numbers else polars.String
        else:
            types[name] = found


def _blocks(path: Path, size: int) -> Iterator[bytes]:
    """Yield whole records of a CSV file, each time with the header before them."""
    head = rest = b""
    with path.open("rb") as file:
        while chunk := file.read(size):
            if b"\0" in chunk:
                raise unreadable(path, "its bytes are neither text nor Parquet")
            body = rest + chunk
            end = _end_of_record(body)
            if not head and end:
                first = _end_of_record(body, first=True)
                head, body, end = body[:first], body[first:], end - first
            if end:
                yield head + body[:end]
            rest = body[end:]
            if len(rest) > max(size, MAX_RECORD):
                raise unreadable(path, f"a line of it is over {MAX_RECORD} bytes, or quotes differ")
    if rest:
        yield head + rest


def _end_of_record(body: bytes, *, first: bool = False) -> int:
    """Return where the last (or first) record of `body` ends, 0 if none does.

    A line end within quotes ends no record; `body` starts where a record starts.
    """
    if first:
        at = body.find(b"\n")
        while at >= 0 and body.count(b'"', 0, at) % 2:
            at = body.find(b"\n", at + 1)
        return at + 1
    at = body.rfind(b"\n")
    quotes = body.count(b'"', 0, max(at, 0))
    while at >= 0 and quotes % 2:
        before = body.rfind(b"\n", 0, at)
        quotes -= body.count(b'"', max(before, 0), at)
        at = before
    return at + 1
