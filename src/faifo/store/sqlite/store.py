"""SQLite as a store, in one file.

WAL with synchronous=FULL: COMMIT returns after the log has been flushed.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from faifo import clock
from faifo.errors import StorageError
from faifo.phrases import Phrase
from faifo.store.contract import Sequencer
from faifo.store.sql.grouped import GroupedStore
from faifo.store.sqlite.faults import damaged
from faifo.store.sqlite.migrate import PAGE_BYTES, prepare
from faifo.store.sqlite.speech import DIALECT, SqliteConnection

log = logging.getLogger("faifo.store")

LOG_BYTES = 64 * 1024 * 1024
LOG_PAGES = 4 * 1024 * 1024 // PAGE_BYTES
READER_KIB = 1000
BUSY_SECONDS, BUSY_PAUSE = 10.0, 0.005
"""How long another process may keep the file to itself, and how often it is looked whether so."""


class SqliteStore(GroupedStore):
    """A `contract.Store` in one file. Make it with `open_store`."""

    dialect = DIALECT
    at_hand = True

    def __init__(self, path: Path, *, sequencer: Sequencer | None) -> None:
        self._path = path
        super().__init__(sequencer=sequencer)

    def _connect(self, *, reading: bool = False) -> SqliteConnection:
        connection = _connect(self._path)
        if reading:
            connection.execute("PRAGMA query_only = ON")
            # The file system keeps pages, too; more of them here is memory and no time.
            connection.execute(f"PRAGMA cache_size = -{READER_KIB}")
        else:
            connection.execute("PRAGMA busy_timeout = 0")  # who waits is `_begin`
        return connection

    def _begin(self) -> None:
        until = clock.monotonic() + BUSY_SECONDS
        while not self._begin_at_once(raising=clock.monotonic() > until):
            time.sleep(BUSY_PAUSE)

    def _begin_at_once(self, *, raising: bool = False) -> bool:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if raising or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def _broken(self) -> bool:
        # SQLite rolled everything back (disk full).
        return not self._connection.in_transaction

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                log.error("rollback failed: %s", error)

    def _begin_read(self, connection: SqliteConnection) -> None:
        connection.execute("BEGIN")

    def _wrote_in_read(self, error: Exception) -> bool:
        return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY

    def _scrub(self) -> bool:
        # The log holds pages as they were before; a reader that is at work is waited for.
        try:
            with closing(_connect(self._path)) as connection:
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise self._failed(error) from error
        return not busy

    def _size(self) -> int:
        log = self._path.with_name(f"{self._path.name}-wal")
        return sum(path.stat().st_size for path in (self._path, log) if path.exists())

    def _failed(self, error: Exception) -> StorageError:
        advice = Phrase("errors.told.store.disk")
        text = str(error)
        if "decode" in text:  # it shows what it met, where a text should be: a page is overwritten
            text = "database disk image is malformed"
        if "full" in text:
            advice = Phrase("errors.told.store.full")
        elif "readonly" in text:
            advice = Phrase("errors.told.store.readonly")
        return StorageError(
            what=Phrase("errors.told.store.failed", name=self._path.name, why=text), advice=advice
        )


async def open_store(path: Path, *, sequencer: Sequencer | None = None) -> SqliteStore:
    """Open the database at `path`, creating or migrating it.

    Raises:
        StorageError: it cannot be opened, is damaged, or is of a newer Faifo.
    """
    await asyncio.to_thread(prepare, path)
    try:
        return SqliteStore(path, sequencer=sequencer)
    except sqlite3.Error as error:
        raise damaged(path, error) from error


def _connect(path: Path) -> SqliteConnection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=10, factory=SqliteConnection
    )
    execute = connection.execute
    execute("PRAGMA journal_mode = WAL")
    execute("PRAGMA synchronous = FULL")
    # Pages are small (see migrate.py); the log is carried over as seldom as with those of 4 KiB.
    execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    # A reader that stays long lets the log grow; afterwards it gives the room back.
    execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    execute("PRAGMA secure_delete = ON")
    # What a savepoint might have to restore is kept in memory: a file of it would be written for
    # nothing, at every unit of work, as much as the unit itself.
    execute("PRAGMA temp_store = MEMORY")
    if sys.platform == "darwin":
        execute("PRAGMA fullfsync = ON")
    return connection
