"""Databases that appear under their name only when they are whole, and are their owner's alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from faifo.errors import StorageError
from faifo.phrases import Phrase

BUSY_SECONDS = 60.0


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give an empty file beside `path`; it becomes `path`, durably, if all goes well."""
    fresh = path.with_name(f".{path.name}.new")
    # In place of what an earlier attempt left.
    for name in (fresh.name, f"{fresh.name}-journal", f"{fresh.name}-wal", f"{fresh.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    yield fresh
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def copy(source: Path, target: Path) -> None:
    """Copy a database as it is between two transactions, to one checked file.

    Raises:
        sqlite3.Error: the source cannot be read, or the target not be written.
        StorageError: the copy is damaged, as the source is.
    """
    with (
        written_whole(target) as fresh,
        closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as old,
        closing(sqlite3.connect(fresh)) as new,
    ):
        old.backup(new)
        # One file: the copy has no log of its own beside it.
        new.execute("PRAGMA journal_mode = DELETE")
        found = new.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise StorageError(
                what=Phrase("errors.told.store.damaged", path=source, found=found),
                advice=Phrase("errors.told.store.keep"),
            )
