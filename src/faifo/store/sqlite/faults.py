"""What SQLite says is wrong with a file → an error with advice."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from faifo.errors import StorageError
from faifo.phrases import Phrase

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def damaged(path: Path, error: sqlite3.Error) -> StorageError:
    """Return the error for a database that SQLite cannot open."""
    # The lower byte is the primary code; see https://sqlite.org/rescode.html.
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
        return StorageError(
            what=Phrase("errors.told.store.unreadable", path=path, error=error),
            advice=Phrase("errors.told.store.restore"),
        )
    return unprepared(path, str(error))


def unprepared(path: Path, why: str) -> StorageError:
    return StorageError(
        what=Phrase("errors.told.store.unprepared", path=path, why=why),
        advice=Phrase("errors.told.store.check"),
    )
