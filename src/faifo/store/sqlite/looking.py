"""A look at a database without its node: for the doctor, and for who reads books of one's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from faifo.store.contract import Work
from faifo.store.sql.condition import Condition
from faifo.store.sql.grouped import drive
from faifo.store.sql.transaction import SqlTransaction
from faifo.store.sqlite.migrate import known, version_of
from faifo.store.sqlite.speech import DIALECT, SqliteConnection

T = TypeVar("T")


def examine(path: Path) -> Condition:
    """Look whether a database is one of this Faifo, and whole.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    with _opened(path) as connection:
        version = version_of(connection)
        condition = Condition(version, known()[-1], version in known())
        if not condition.known:
            return condition
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        return msgspec.structs.replace(
            condition, damage="" if found == "ok" else " ".join(found.split())
        )


def look(path: Path, work: Work[T]) -> T:
    """Run `work` on the database at `path`; it must only read."""
    with _opened(path) as connection:
        connection.execute("PRAGMA query_only = ON")
        return drive(work(SqlTransaction(connection, DIALECT)))


@contextmanager
def _opened(path: Path) -> Iterator[SqliteConnection]:
    # Not read-only: a process that died may have left a journal that must be rolled back.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=10, factory=SqliteConnection)
    with closing(connection):
        yield connection
