"""Read tables of other people: CSV and Parquet, by content and not by name, part by part.

Only the columns that are asked for are read. Those of CSV are texts as they are written; nothing
is taken for a number, a code or a gap but what the caller says. No message shows a value of a row.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from faifo.ai.assess.libraries import library
from faifo.ai.assess.saying import said
from faifo.errors import NotFoundError, SettingsError, TooLargeError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import polars as pl

MAX_BYTES: Final = 2 * 2**30
ROWS: Final = 100_000
BLOCK: Final = 2 * 2**20
MAX_RECORD: Final = 8 * 2**20
_PARQUET: Final = b"PAR1"
_CHUNK: Final = 2**20
_KINDS: Final = Phrase("errors.told.ai.table.kinds")
_SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS: Final = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16",
                 codecs.BOM_UTF16_BE: "utf-16"}  # fmt: skip
_BLANK_LINES: Final = re.compile(rb"\n(?: *\r?\n)+")
_DECIMAL_COMMA: Final = r"^-?\d+,\d+$"


class Form(NamedTuple):
    """How a CSV file is written."""

    encoding: str
    separator: str
    names: list[str]


@dataclass
class Table:
    """One table; asking again reads again.

    Attributes:
        columns: that will be asked for; by them the separator of a CSV file is found.
        encoding: of a CSV file; nothing: UTF-8, or UTF-16 with its mark.
        missing: texts that stand for a missing value besides the empty cell.
        rows: of Parquet, at most so many rows are in a part.
        block: of CSV, about so many bytes are in a part.
    """

    path: Path
    columns: Sequence[str] = ()
    encoding: str | None = None
    missing: tuple[str, ...] = ()
    rows: int = ROWS
    block: int = BLOCK
    remarks: dict[str, None] = field(default_factory=dict)

    def of(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Yield the columns part by part; a table without rows has no parts.

        Raises:
            NotFoundError, SettingsError: no such file or column, or a part cannot be read.
        """
        wanted = list(dict.fromkeys(columns))
        check_columns(self.names, wanted, self.path.name)
        for part in self._parquet(wanted) if self.is_parquet else self._csv(wanted):
            if part.height:
                yield self._usable(part[wanted])

    def all_of(self, columns: Sequence[str]) -> pl.DataFrame:
        """Return the columns of all rows.

        Raises:
            SettingsError: as above, or there are no rows.
        """
        parts = list(self.of(columns))
        if not parts:
            raise self.no_rows()
        whole: pl.DataFrame = library("polars").concat(parts)
        return whole

    def inputs(self, without: Sequence[str], max_bytes: int) -> pl.DataFrame:
        """Return all other columns of all rows as a model gets them: of CSV, with numbers read.

        Raises:
            TooLargeError: the file is over `max_bytes`; nothing of it was read.
            SettingsError: as above.
        """
        if size_of(self.path) > max_bytes:
            raise TooLargeError(
                what=Phrase("errors.told.ai.table.the", name=self.path.name), limit=max_bytes
            )
        wanted = [name for name in self.names if name not in without]
        frame = self.all_of(wanted) if wanted else library("polars").DataFrame()
        return frame if self.is_parquet else _numbers_read(frame)

    def no_rows(self) -> SettingsError:
        return SettingsError(
            what=Phrase("errors.told.ai.table.no-rows", name=self.path.name),
            expected=Phrase("errors.told.ai.table.rows"),
        )

    @cached_property
    def is_parquet(self) -> bool:
        size_of(self.path)
        with self.path.open("rb") as file:
            return file.read(4) == _PARQUET

    @cached_property
    def names(self) -> list[str]:
        """The names of the columns."""
        if not self.is_parquet:
            return self.form.names
        polars = library("polars")
        try:
            return list(polars.scan_parquet(self.path).collect_schema().names())
        except polars.exceptions.PolarsError:
            raise unreadable(self.path, "parquet") from None

    @cached_property
    def form(self) -> Form:
        """How the file is written: the separator is the one that gives the wanted columns."""
        encoding = self._encoding()
        head = next(_blocks(self.path, 2**16, encoding, first=True), b"").decode()
        if not head.strip():
            raise unreadable(self.path, "no-header")
        try:
            found = {mark: next(csv.reader([head], delimiter=mark), []) for mark in _SEPARATORS}
        except csv.Error:
            raise unreadable(self.path, "ends") from None
        fitting = [mark for mark, names in found.items() if set(self.columns) <= set(names)]
        best = max(found, key=lambda mark: len(found[mark]))
        separator = best if best in fitting or not fitting else fitting[0]
        twice = [name for name in self.columns if found[separator].count(name) > 1]
        if twice:
            raise SettingsError(
                what=Phrase("errors.told.ai.table.twice", name=self.path.name, column=twice[0]),
                expected=Phrase("errors.told.ai.table.once"),
            )
        if separator != ",":
            name = _SEPARATORS[separator]
            self.remarks[said("separator", separator=name)] = None
        if encoding != "utf-8":
            self.remarks[said("encoding", encoding=encoding)] = None
        return Form(encoding, separator, found[separator])

    def _encoding(self) -> str:
        if self.encoding:
            try:
                b"".decode(self.encoding)
            except LookupError:
                raise SettingsError(
                    what=Phrase("errors.told.ai.table.encoding", encoding=self.encoding),
                    expected=Phrase("errors.told.ai.table.such"),
                ) from None
            return self.encoding
        with self.path.open("rb") as file:
            head = file.read(65536)
        marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")
        if marked == "utf-8" and b"\0" in head:
            raise unreadable(self.path, "bytes")
        return marked

    def _parquet(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        polars = library("polars")
        try:
            scan = polars.scan_parquet(self.path)
            total = scan.select(polars.len()).collect().item()
            scan = scan.select(polars.selectors.by_name(*columns))
            check_kinds(scan.collect_schema(), self.path.name)
            for start in range(0, total, self.rows):
                yield scan.slice(start, self.rows).collect()
        except polars.exceptions.PolarsError:
            raise unreadable(self.path, "parquet") from None

    def _csv(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        polars = library("polars")
        form = self.form
        # By place: polars leaves doubled quotes in names as they stand.
        wanted = [polars.nth(form.names.index(name)).alias(name) for name in columns]
        try:
            for body in _blocks(self.path, self.block, form.encoding):
                body, marks = _without_blank_lines(body, form)  # noqa: PLW2901
                # All columns: asked for some, polars takes a line with a field too many, shifted.
                part = polars.read_csv(BytesIO(body), infer_schema=False, separator=form.separator)
                # One with a field too few it fills up at its end, where it may not be missing.
                if marks < (len(form.names) - 1) * (part.height + 1):
                    raise unreadable(self.path, "line")
                yield part.select(wanted)
        except polars.exceptions.PolarsError as error:
            if "utf-8" in str(error).lower():
                raise unreadable(self.path, "encoded", encoding=form.encoding) from None
            raise unreadable(self.path, "line") from None

    def _usable(self, part: pl.DataFrame) -> pl.DataFrame:
        """Return the part with missing values as such and decimal commas as points."""
        polars = library("polars")
        part = usable(part, self.missing, self.path.name)
        if not self.is_parquet and self.form.separator != ",":
            text = polars.col(polars.String)
            written = text.str.contains(_DECIMAL_COMMA)
            if part.select(written.any()).row(0).count(True):
                self.remarks[said("decimal-comma")] = None
                part = part.with_columns(
                    polars.when(written).then(text.str.replace(",", ".", literal=True))
                    .otherwise(text))  # fmt: skip
        return part


def sha256_of(path: Path) -> str:
    """Return the digest of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_kinds(schema: Any, name: str) -> None:
    """Return if each column holds single values.

    Raises:
        SettingsError: one holds lists, bytes or other things.
    """
    polars = library("polars")
    usable = {polars.String, polars.Boolean, polars.Categorical, polars.Enum, polars.Null}
    usable |= {polars.Date, polars.Datetime, polars.Time}
    for column, dtype in schema.items():
        if dtype in (polars.Int128, polars.UInt128) or not (
            dtype.is_numeric() or dtype.base_type() in usable
        ):
            raise SettingsError(
                what=Phrase("errors.told.ai.table.holds", column=column, name=name, dtype=dtype),
                expected=_KINDS,
                advice=Phrase("errors.told.ai.table.leave"),
            )


def usable(part: pl.DataFrame, missing: Sequence[str], name: str) -> pl.DataFrame:
    """Return the part with texts without spaces around, and missing values as such.

    Raises:
        SettingsError: a value sits at the limit of its type.
    """
    polars = library("polars")
    text = polars.col(polars.String)
    if polars.String in part.schema.values():
        part = part.with_columns(text.str.strip_chars())
        part = part.with_columns(polars.when(~text.is_in(["", *missing])).then(text))
    _check_limits(part, name)
    return part


def _check_limits(part: pl.DataFrame, name: str) -> None:
    """Refuse what sits at the limit of its type: other programs write there what does not fit."""
    polars = library("polars")
    for column, kind in part.schema.items():
        if kind in (polars.Int64, polars.UInt64) or kind.base_type() == polars.Datetime:
            limits = [2**64 - 1] if kind == polars.UInt64 else [2**63 - 1, -(2**63)]
            at = int(part[column].alias("").to_physical().is_in(limits).sum())
            if at:
                raise SettingsError(
                    what=Phrase(
                        "errors.told.ai.table.limit", at=at, name=name, column=column, kind=kind
                    ),
                    expected=Phrase("errors.told.ai.table.room"),
                    advice=Phrase("errors.told.ai.table.unfit"),
                )


def _numbers_read(frame: pl.DataFrame) -> pl.DataFrame:
    """Return columns of which every text is a number, or true or false, as such."""
    polars = library("polars")
    read = []
    for name in frame.columns:
        series = frame[name].alias("")
        told = series.drop_nulls()
        for kind in (polars.Int64, polars.Float64):
            cast = told.cast(kind, strict=False)
            if len(told) and not cast.null_count():
                read.append(series.cast(kind).alias(name))
                break
        else:
            lower = told.str.to_lowercase()
            if len(told) and lower.is_in(["true", "false"]).all():
                read.append((series.str.to_lowercase() == "true").alias(name))
    return frame.with_columns(read)


def check_columns(present: Sequence[str], wanted: Sequence[str], name: str) -> None:
    missing = [column for column in wanted if column not in present]
    if missing:
        # What looks like a number may be a value, of a file without a header.
        shown = [column for column in present if not column.replace(".", "").isdigit()]
        raise SettingsError(
            what=Phrase(
                "errors.told.ai.table.no-column", name=name, columns=", ".join(map(repr, missing))
            ),
            expected=Phrase("errors.told.ai.one-of", known=", ".join(map(repr, shown[:40])))
            if shown
            else Phrase("errors.told.ai.table.header"),
        )


def size_of(path: Path) -> int:
    try:
        found = path.stat()
    except OSError:
        raise NotFoundError(what=Phrase("errors.told.ai.table.thing"), name=str(path)) from None
    if not path.is_file():
        raise SettingsError(
            what=Phrase("errors.told.ai.table.not-file", path=path),
            expected=Phrase("errors.told.ai.table.wanted"),
        )
    return found.st_size


def unreadable(path: Path, code: str, **facts: object) -> SettingsError:
    why = Phrase(f"errors.told.ai.table.why.{code}", **facts)
    return SettingsError(
        what=Phrase("errors.told.ai.table.unreadable", name=path.name, why=why),
        expected=Phrase("errors.told.ai.table.form"),
    )


def _without_blank_lines(body: bytes, form: Form) -> tuple[bytes, int]:
    """Return records without the lines between them that have none, and how many separators.

    What is within quotes counts for neither. In one column an empty line is a missing value.
    """
    parts = body.split(b'"')
    if len(form.names) > 1:
        parts[::2] = [_BLANK_LINES.sub(b"\n", part) for part in parts[::2]]
    mark = form.separator.encode()
    return b'"'.join(parts), sum(part.count(mark) for part in parts[::2])


def _blocks(path: Path, size: int, encoding: str, *, first: bool = False) -> Iterator[bytes]:
    """Yield whole records of a CSV file in UTF-8, each time with the header before them.

    `first`: yield the header alone.
    """
    head = rest = b""
    for chunk in _chunks(path, size, encoding):
        body = rest + chunk
        end = _end_of_record(body)
        if not head and end:
            start = _end_of_record(body, first=True)
            head, body, end = body[:start], body[start:], end - start
            if first:
                break
        if end > 0:
            yield head + body[:end]
        rest = body[end:]
        if len(rest) > max(size, MAX_RECORD):
            raise unreadable(path, "long-line", most=MAX_RECORD)
    if first:
        yield head or rest
    elif rest:
        yield head + rest


def _chunks(path: Path, size: int, encoding: str) -> Iterator[bytes]:
    plain = codecs.lookup(encoding).name == "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        if file.read(3) != codecs.BOM_UTF8 or not plain:
            file.seek(0)
        while chunk := file.read(size):
            if plain and b"\0" in chunk:
                raise unreadable(path, "bytes")
            try:
                yield chunk if plain else decoder.decode(chunk).encode()
            except UnicodeError:
                raise unreadable(path, "encoded", encoding=encoding) from None


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
