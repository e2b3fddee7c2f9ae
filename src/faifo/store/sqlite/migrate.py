"""Bring a database to today's schema, or say why that cannot be.

A new database appears under its name only when it is complete, and a migration is one transaction:
a process that dies on the way leaves the old state. A database of a newer program is refused. An
older one is copied first, then migrated. A file that holds no schema of Faifo is refused too: it
is never taken for a new database, since it may be what is left of an old one. Each step is a
numbered file of SQL in `migrations/`, run once and in order (ADR 0014).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from faifo.errors import StorageError
from faifo.phrases import Phrase
from faifo.store.records import mark_of
from faifo.store.sql.catalog import rebuild
from faifo.store.sqlite.copying import copy, written_whole
from faifo.store.sqlite.faults import damaged, unprepared
from faifo.store.sqlite.speech import DIALECT, SqliteConnection, short

SCRIPTS = resources.files("faifo.store.sqlite") / "migrations"
# Version 0.1 named it so; the name stays, so that an older program sees that it is too old.
VERSION_TABLE = "alembic_version"
# The step with the catalog's index, which the program fills: SQL folds no text.
ROOM = "0027"
"""The step from which on pages are small, and free ones can be given back."""
PAGE_BYTES = 1024
"""A unit of work changes a few rows in many trees, and each page that it touches is written whole:
with pages of 4 KiB three times as much goes to the disk."""
CATALOG = next(one.name[:4] for one in SCRIPTS.iterdir() if one.name.endswith("-catalog.sql"))


def known() -> tuple[str, ...]:
    """Return the numbers of the schemas that this program knows, oldest first."""
    return tuple(scripts())


def scripts() -> dict[str, Traversable]:
    scripts = sorted(SCRIPTS.iterdir(), key=lambda script: script.name)
    return {script.name[:4]: script for script in scripts if script.name.endswith(".sql")}


def prepare(path: Path) -> None:
    """Create the database at `path` or migrate it to the newest schema.

    Raises:
        StorageError: the file is not a database, is damaged, or is of a newer Faifo; or there is
            no room, or no permission, to do what is needed.
    """
    try:
        if not path.exists():
            _create(path)
        else:
            _migrate(path)
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    except OSError as error:
        raise unprepared(path, error.strerror or type(error).__name__) from error


def _create(path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        raise StorageError(
            what=Phrase("errors.told.store.gone", path=path, name=log.name),
            advice=Phrase("errors.told.store.restore-both"),
        )
    with written_whole(path) as fresh:
        _fill(fresh, _empty(str(SCRIPTS)))


@cache
def _empty(_scripts: str) -> bytes:
    """Return a new database of the schema of these scripts, as it is in its file.

    Made in memory and once: all steps one after the other take 50 ms, to write what comes of them
    one, and an installation of many participants makes one for each.
    """
    with closing(_opened(":memory:")) as connection:
        _upgrade(connection)
        return connection.serialize()


def _fill(fresh: Path, content: bytes) -> None:
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _migrate(path: Path) -> None:
    # Not `mode=ro`: a process that died may have left a journal that must be rolled back first.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        version = version_of(connection)
    numbers = known()
    newest = numbers[-1]
    if version == newest:
        return
    if version is None:
        raise StorageError(
            what=Phrase("errors.told.store.no-schema", path=path),
            advice=Phrase("errors.told.store.restore-file"),
        )
    if version not in numbers:
        raise StorageError(
            what=Phrase("errors.told.store.schema", path=path, version=version, newest=newest),
            advice=Phrase("errors.told.store.newer"),
        )
    copy(path, path.with_name(f"{path.name}.before-{newest}"))
    with closing(_opened(path)) as connection:
        _upgrade(connection, version)
    if version < ROOM:
        _rewrite(path)


def _rewrite(path: Path) -> None:
    """Write a database anew in pages of today's size; at every moment it is there whole."""
    with written_whole(path) as fresh, closing(sqlite3.connect(path)) as old:
        _set_pages(old)
        old.execute("VACUUM INTO ?", (str(fresh),))


def _set_pages(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")


def version_of(connection: sqlite3.Connection) -> str | None:
    """Return the number of the schema in a database, or None if it holds none of Faifo."""
    tables = connection.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = ?", (VERSION_TABLE,)
    ).fetchone()[0]
    row = tables and connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608
    return str(row[0]) if row else None


def _opened(path: Path | str) -> SqliteConnection:
    return sqlite3.connect(path, isolation_level=None, factory=SqliteConnection)


def _upgrade(connection: SqliteConnection, version: str = "") -> None:
    """Run what comes after `version`, all in one transaction."""
    steps = {number: script for number, script in scripts().items() if number > version}
    parts = [
        "BEGIN IMMEDIATE;",
        f"CREATE TABLE IF NOT EXISTS {VERSION_TABLE} (version_num VARCHAR(32) PRIMARY KEY);",
        *(script.read_text("utf-8") for script in steps.values()),
        f"DELETE FROM {VERSION_TABLE};",  # noqa: S608
        f"INSERT INTO {VERSION_TABLE} VALUES ('{max(steps)}');",  # noqa: S608
    ]
    connection.create_function("short", 1, lambda one: short(one) if type(one) is str else one)
    connection.create_function("mark_of", 1, mark_of)
    if not version:
        _set_pages(connection)
    connection.executescript("\n".join(parts))
    if version < CATALOG:
        rebuild(connection, DIALECT)
    connection.execute("COMMIT")
