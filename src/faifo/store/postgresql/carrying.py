"""A node's books carried from a file to a database, or back: every row, compared afterwards.

What is written is one transaction, or a file that appears when it is whole; what is read is one
snapshot. Columns are made anew from their record, as each database has them its own way; so is the
catalog's index.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from faifo.errors import ConflictError, StorageError
from faifo.phrases import Phrase
from faifo.store import schema
from faifo.store.postgresql.connection import PostgresConnection
from faifo.store.postgresql.migrate import prepare as prepare_schema
from faifo.store.postgresql.migrate import version_of
from faifo.store.postgresql.place import Place, hold
from faifo.store.postgresql.speech import DIALECT as POSTGRES
from faifo.store.records import Dataset
from faifo.store.schema import TableShape
from faifo.store.sql.catalog import tokens_of
from faifo.store.sql.packs import SqlPacks
from faifo.store.sqlite.copying import written_whole
from faifo.store.sqlite.migrate import VERSION_TABLE, known
from faifo.store.sqlite.migrate import prepare as prepare_file
from faifo.store.sqlite.speech import DIALECT as SQLITE
from faifo.store.sqlite.speech import SqliteConnection, full

AT_ONCE: Final = 1000
PACKS: Final = "pack"
_SHAPES: Final = {one.name: one for one in vars(schema).values() if isinstance(one, TableShape)}
# Tables whose rows get numbers that no later row may get again, and the column.
_COUNTED: Final = {"catalog_terms": "number", "catalog_entry": "place", "access_reader": "id"}
_LOGS: Final = ("history", "journal")
# Beside records: ids that stand in a file as bytes.
_SHORT: Final = frozenset({"agreement", "process", "dataset", "peer", "purpose"})
_USED: Final = "SELECT one FROM writer WHERE history + journal + fence > 0"
_ORDER: Final = {"access_reader": 0, "catalog_terms": 0}  # others refer to these


Plain = Callable[[str | bytes], bytes]


class Carried(msgspec.Struct, frozen=True):
    """How many tables and rows were carried and compared."""

    tables: int
    rows: int


class _Table(NamedTuple):
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def to_database(path: Path, place: Place) -> Carried:
    """Carry the books in the file at `path`, which nobody writes, to `place`.

    Raises:
        ConflictError: there are books at `place`.
        StorageError: what arrived is not what was there; nothing was kept of it.
        sqlite3.Error, DatabaseError: one of them cannot be read or written.
    """
    prepare_file(path)
    with closing(_patient(place, alone=True)) as target, closing(_opened(path)) as source:
        version = version_of(target)
        if version is not None:
            if version != known()[-1] or target.execute(_USED).fetchone():
                raise ConflictError(
                    what=Phrase("errors.told.store.there", name=place.shown),
                    advice=Phrase("errors.told.store.other-schema"),
                )
            _drop(place)  # nothing came into it: what was carried there broke off
        prepare_schema(place)
        try:
            source.execute("BEGIN")
            target.execute("BEGIN")
            tables = _tables(source)
            rows = sum(_carry(one, source, target, POSTGRES) for one in tables)
            _number_database(source, target)
            _index(target, POSTGRES)
            _compare(tables, source, target, place.shown)
            target.execute("COMMIT")
            target.script("ANALYZE")
        except BaseException:
            target.close()
            _drop(place)
            raise
    return Carried(len(tables), rows)


def to_file(place: Place, path: Path, *, alone: bool) -> Carried:
    """Carry the books at `place` to a new file: `alone`, or as they are at one moment.

    Raises:
        ConflictError: there is something at `path`.
        StorageError: as `to_database`, or there are no books at `place`.
    """
    if path.exists():
        raise ConflictError(
            what=Phrase("errors.told.file.there", target=path),
            advice=Phrase("errors.told.store.away-first"),
        )
    with closing(_patient(place, alone=alone)) as source, written_whole(path) as fresh:
        newest, version = known()[-1], version_of(source)
        if version is None:
            raise StorageError(what=Phrase("errors.told.store.no-schema", path=place.shown))
        if version != newest:
            raise StorageError(
                what=Phrase(
                    "errors.told.store.schema", path=place.shown, version=version, newest=newest
                ),
                advice=Phrase("errors.told.store.start"),
            )
        fresh.unlink()
        prepare_file(fresh)
        fresh.chmod(0o600)
        with closing(_opened(fresh)) as target:
            source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            target.execute("BEGIN")
            tables = _tables(target)
            rows = sum(_carry(one, source, target, SQLITE) for one in tables)
            _number_file(source, target)
            _index(target, SQLITE)
            _compare(tables, source, target, str(path))
            target.execute("COMMIT")
    return Carried(len(tables), rows)


def set_aside(place: Place, name: str) -> None:
    """Give the schema another name, so that no node takes it for its books."""
    with closing(place.connect()) as connection:
        connection.script(f'ALTER SCHEMA "{place.schema}" RENAME TO "{name}"')


def _drop(place: Place) -> None:
    with closing(place.connect()) as connection:
        connection.script(f'DROP SCHEMA "{place.schema}" CASCADE')


def _patient(place: Place, *, alone: bool) -> PostgresConnection:
    """Connect, `alone` as the only one who writes; what is counted meanwhile may take long."""
    connection = place.connect()
    try:
        if alone:
            hold(connection, place, alone=True)
    except BaseException:
        connection.close()
        raise
    connection.script("SET statement_timeout TO 0; SET idle_in_transaction_session_timeout TO 0")
    return connection


def _opened(path: Path) -> SqliteConnection:
    connection = sqlite3.connect(path, isolation_level=None, factory=SqliteConnection)
    connection.create_function("as_text", 1, full, deterministic=True)
    return connection


def _tables(connection: SqliteConnection) -> list[_Table]:
    """Return the tables of the newest schema, as SQLite has them; packed records go plain."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE 'catalog_token%' AND name NOT IN (?, ?)",
        (VERSION_TABLE, PACKS),
    ).fetchall()
    found = []
    for (name,) in sorted(names, key=lambda one: _ORDER.get(one[0], 1)):
        info = connection.execute(f"PRAGMA table_info({name})").fetchall()
        columns = tuple(row[1] for row in info)
        key = tuple(row[1] for row in sorted(info, key=lambda row: row[5]) if row[5])
        found.append(_Table(name, columns, key or columns[:3]))
    return found


def _rows(table: _Table, connection: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table in the order of its key, not all at once."""
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    if not isinstance(connection, PostgresConnection) and table.name in _SHAPES:
        key = ", ".join(f"as_text({name})" for name in table.key)  # in the order that both have
    return _read(f"SELECT {columns} FROM {table.name} ORDER BY {key}", connection)  # noqa: S608


def _read(statement: str, connection: Any) -> Iterator[tuple[Any, ...]]:
    if not isinstance(connection, PostgresConnection):
        yield from connection.execute(statement)
        return
    connection.execute(f"DECLARE carried CURSOR FOR {statement}")
    while part := connection.execute(f"FETCH {AT_ONCE} FROM carried"):
        yield from part
    connection.execute("CLOSE carried")


def _carry(table: _Table, source: Any, target: Any, dialect: Any) -> int:
    places = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})"  # noqa: S608
    count, plain = 0, SqlPacks(source).reading()
    for row in _rows(table, source):
        target.later(statement, _fitting(table, row, dialect, plain))
        count += 1
    return count


def _fitting(table: _Table, row: tuple[Any, ...], dialect: Any, read: Plain) -> list[Any]:
    """Return a row as this database has it."""
    given = dict(zip(table.columns, row, strict=True))
    if given.get("record"):
        given["record"] = read(given["record"])
    shape = _SHAPES.get(table.name)
    if shape is not None:
        plain = given["record"]
        given["record"] = plain.decode()
        record = msgspec.json.decode(plain, type=shape.record)
        given |= {name: dialect.column(getattr(record, name)) for name in shape.columns}
    else:
        given |= {
            name: dialect.short(full(value)) if isinstance(value, str | bytes) else value
            for name, value in given.items()
            if name in _SHORT
        }
    if table.name == "catalog_entry":
        size = given["byteSize_key"]
        given["byteSize_key"] = dialect.no_size if size in {"", None} else size
    return list(given.values())


def _index(target: Any, dialect: Any) -> None:
    entries = "SELECT place, terms, record FROM catalog_entry JOIN dataset ON id = dataset"
    for place, terms, record in _read(f"{entries} ORDER BY place", target):
        tokens = tokens_of(terms, msgspec.json.decode(record, type=Dataset))
        dialect.index(target, place, tokens)


def _number_database(source: Any, target: Any) -> None:
    last = dict(source.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    target.execute(
        "UPDATE writer SET history = ?, journal = ?", [last.get(name, 0) for name in _LOGS]
    )
    for table, column in _COUNTED.items():
        newest = source.execute(f"SELECT max({column}) FROM {table}").fetchone()[0]  # noqa: S608
        number = max(last.get(table, 0), newest or 0)
        target.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), ?, ?)",
            (max(number, 1), number > 0),
        )


def _number_file(source: Any, target: Any) -> None:
    last = dict(zip(_LOGS, source.execute("SELECT history, journal FROM writer")[0], strict=True))
    for table, column in _COUNTED.items():
        name = source.execute(f"SELECT pg_get_serial_sequence('{table}', '{column}')")[0][0]
        number, called = source.execute(f"SELECT last_value, is_called FROM {name}")[0]  # noqa: S608
        if table != "access_reader":  # it takes any number that is free
            last[table] = number if called else 0
    target.execute("DELETE FROM sqlite_sequence")
    target.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", last.items())


def _alike(table: _Table, row: tuple[Any, ...], read: Plain) -> list[Any]:
    """Return a row as it is the same from both."""
    return [
        read(value or b"")
        if name == "record"
        else POSTGRES.column(None if value == "" and sized else full(value))
        for name, value in zip(table.columns, row, strict=True)
        for sized in (name == "byteSize_key",)
    ]


def _compare(tables: list[_Table], source: Any, target: Any, name: str) -> None:
    for table in tables:
        if _digest(table, source) != _digest(table, target):
            raise StorageError(
                what=Phrase("errors.told.store.differs", table=table.name, name=name)
            )


def _digest(table: _Table, connection: Any) -> tuple[int, bytes]:
    """Return how many rows a table has, and a digest that does not depend on the database."""
    count, digest, plain = 0, hashlib.sha256(), SqlPacks(connection).reading()
    for row in _rows(table, connection):
        digest.update(repr(_alike(table, row, plain)).encode())
        count += 1
    return count, digest.digest()
