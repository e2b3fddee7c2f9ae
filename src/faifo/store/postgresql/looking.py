"""A look at a schema without its node; see `store.sqlite.looking`."""

from __future__ import annotations

from contextlib import closing
from typing import TypeVar

from faifo.store.contract import Work
from faifo.store.postgresql.migrate import version_of
from faifo.store.postgresql.place import Place
from faifo.store.postgresql.speech import DIALECT
from faifo.store.sql.condition import Condition
from faifo.store.sql.grouped import drive
from faifo.store.sql.transaction import SqlTransaction
from faifo.store.sqlite.migrate import known

T = TypeVar("T")


def examine(place: Place) -> Condition:
    """Look whether a schema is one of this Faifo; damage is the server's to find.

    Raises:
        DatabaseError: it cannot be read.
        SettingsError, StorageError: it cannot be used at all.
    """
    with closing(place.connect()) as connection:
        version = version_of(connection)
    return Condition(version, known()[-1], version in known())


def look(place: Place, work: Work[T]) -> T:
    """Run `work` on the schema at `place`; it must only read."""
    with closing(place.connect()) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return drive(work(SqlTransaction(connection, DIALECT)))
