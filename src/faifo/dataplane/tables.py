"""The rows of a query, read from a database as they are asked for: CSV, Parquet or Arrow.

The query is the publisher's own and takes nothing from who asks. Only types that keep their value
on the way are let through: what a driver or a writer would change in silence is found out here.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("faifo.dataplane")

CSV: Final = "text/csv"
PARQUET: Final = "application/vnd.apache.parquet"
ARROW: Final = "application/vnd.apache.arrow.stream"
FORMS: Final = (CSV, PARQUET, ARROW)
LONGEST_S: Final = 3600
_BATCH_BYTES: Final = 1024 * 1024
# PostgreSQL's types that its driver hands out as they are; of `money`, say, it gives the cents.
_FAITHFUL: Final = frozenset(
    {"int2", "int4", "int8", "float4", "float8", "numeric", "bool", "uuid", "json", "jsonb"}
    | {"text", "varchar", "bpchar", "name", "char", "date", "timestamp", "timestamptz", "time"}
)
_A_SECOND: Final = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}
_A_DAY: Final = 86_400
_FIRST, _LAST = -62135596800, 253402300799  # the years 1 to 9999, in seconds since 1970


class TableError(Exception):
    """A database did not hand out its rows; its own words stay here."""


class ColumnError(TableError):
    """A column whose values would not arrive as they are."""

    def __init__(self, column: str, kind: str) -> None:
        super().__init__(column, kind)
        self.column = column
        self.kind = kind


def _connected(options: Mapping[str, str]) -> Any:
    """Return a connection to the database of `uri`: `postgresql://…` or `sqlite:FILE`.

    Raises:
        SettingsError: no such kind of database, or its driver is not installed.
    """
    uri = options.get("uri", "")
    scheme, _, rest = uri.partition(":")
    try:
        if scheme in {"postgresql", "postgres"}:
            from adbc_driver_postgresql import dbapi as postgresql

            return postgresql.connect(uri)
        if scheme == "sqlite" and Path(rest).is_absolute():
            from adbc_driver_sqlite import dbapi as sqlite

            return sqlite.connect(f"file:{rest}?mode=ro")
    except ImportError:
        raise _missing() from None
    raise SettingsError(
        what=Phrase("errors.told.table.no-uri"), expected=Phrase("errors.told.table.uri")
    )


def _missing() -> SettingsError:
    return SettingsError(
        what=Phrase("errors.told.table.missing"), expected=Phrase("errors.told.table.install")
    )


@contextmanager
def _batches(sql: str, options: Mapping[str, str]) -> Iterator[tuple[pa.Schema, Any]]:
    """Run the query; yield the schema of what goes out, and the batches as they come."""
    try:
        import pyarrow as pa
        from adbc_driver_manager import Error
    except ImportError:
        raise _missing() from None
    try:
        with closing(_connected(options)) as connection, closing(connection.cursor()) as cursor:
            if options["uri"].startswith("postgres"):
                hint = {"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)}
                cursor.adbc_statement.set_options(**hint)
                cursor.execute(f"SET statement_timeout = {LONGEST_S * 1000}")
                cursor.execute("SET transaction_read_only = on")
            cursor.execute(sql)
            reader = cursor.fetch_record_batch()
            yield _outward(reader.schema), reader
    except (Error, pa.ArrowException, OSError) as error:
        log.warning("a query could not be answered: %s", type(error).__name__)
        raise TableError(type(error).__name__) from None


def _outward(schema: pa.Schema) -> pa.Schema:
    """Return the schema as it goes out: extensions as what they are made of.

    Raises:
        ColumnError: a column has a type that would not arrive as it is.
    """
    import pyarrow as pa

    fields = []
    for field in schema:
        kind, told = field.type, dict(field.metadata or {})
        origin = told.get(b"POSTGRESQL:type", b"").decode().strip("'")
        if isinstance(kind, pa.BaseExtensionType):
            kind = pa.string() if kind.extension_name == "arrow.uuid" else kind.storage_type
        plain = (
            pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_boolean(kind)
            or pa.types.is_string(kind)
            or pa.types.is_large_string(kind)
            or pa.types.is_decimal(kind)
            or pa.types.is_date(kind)
            or pa.types.is_timestamp(kind)
            or pa.types.is_time(kind)
        )
        if not plain or (origin and origin not in _FAITHFUL):
            raise ColumnError(field.name, origin or str(kind))
        fields.append(pa.field(field.name, kind, nullable=True))
    return pa.schema(fields)


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch in the schema; a moment that no calendar has is refused, not reworded."""
    import pyarrow as pa

    columns = []
    for column, field in zip(batch.columns, schema, strict=True):
        values = column
        if isinstance(column.type, pa.BaseExtensionType):
            uuid = column.type.extension_name == "arrow.uuid"
            values = pa.array([str(v) for v in column.to_pylist()]) if uuid else column.storage
        if pa.types.is_temporal(field.type) and not _written(values, field.type):
            raise ColumnError(field.name, str(field.type))
        columns.append(values)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _written(values: pa.Array, kind: pa.DataType) -> bool:
    """Tell whether each moment can be written: no `infinity`, no year 10000, no `24:00`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first, last = (0, _A_DAY - 1) if pa.types.is_time(kind) else (_FIRST, _LAST)
    unit = _A_SECOND[getattr(kind, "unit", "ms")]  # a date64 has milliseconds
    if pa.types.is_date32(kind):
        first, last, unit = first // _A_DAY, last // _A_DAY, 1
    whole = values.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    span = pc.min_max(whole).as_py()
    return span["min"] is None or first * unit <= span["min"] <= span["max"] < (last + 1) * unit


def check(sql: str, options: Mapping[str, str]) -> None:
    """Begin to run the query; raises as `rows` does."""
    with _batches(sql, options) as (schema, batches):
        for batch in batches:
            _cast(batch, schema)
            break


class _Pipe:
    """A file for writers; what was written is taken out again."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _writer(media_type: str, pipe: _Pipe, schema: pa.Schema) -> Any:
    import pyarrow as pa

    if media_type == PARQUET:
        from pyarrow import parquet

        return parquet.ParquetWriter(pa.PythonFile(pipe, "w"), schema)
    if media_type == ARROW:
        return pa.ipc.new_stream(pa.PythonFile(pipe, "w"), schema)
    from pyarrow import csv

    return csv.CSVWriter(pa.PythonFile(pipe, "w"), schema)


def rows(sql: str, options: Mapping[str, str], media_type: str) -> Generator[bytes]:
    """Yield the answer of the query, part by part; it blocks, and needs about two parts of memory.

    Raises:
        SettingsError: there is no such database here.
        ColumnError: a value would not arrive as it is.
        TableError: the database does not answer.
    """
    pipe = _Pipe()
    with _batches(sql, options) as (schema, batches):
        writer = _writer(media_type, pipe, schema)
        for batch in batches:
            writer.write(_cast(batch, schema))
            if part := pipe.taken():
                yield part
        writer.close()
    yield pipe.taken()
