"""Bring a database to today's schema, or say why that cannot be.

A new database appears under its name only when it is complete, and a migration is one transaction:
a process that dies on the way leaves the old state. A database of a newer program is refused. An
older one is copied first, then migrated. A file that holds no schema of Faifo is refused too: it
is never taken for a new database, since it may be what is left of an old one. Alembic and
SQLAlchemy are loaded only when there is something to do: a node that starts on a database of today
does not pay for them.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from faifo.errors import StorageError

HEAD = "0004"
KNOWN = ("0001", "0002", "0003", "0004")

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def prepare(path: Path) -> None:
    """Create the database at `path` or migrate it to HEAD.

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
        raise _unprepared(path, error.strerror or type(error).__name__) from error


def damaged(path: Path, error: sqlite3.Error) -> StorageError:
    """Return the error for a database that SQLite cannot open."""
    # The lower byte is the primary code; see https://sqlite.org/rescode.html.
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
        return StorageError(
            what=f"the database {path} cannot be read: {error}",
            advice="restore it from a backup; the damaged file is left as it is",
        )
    return _unprepared(path, str(error))


def _unprepared(path: Path, why: str) -> StorageError:
    return StorageError(
        what=f"the database {path} cannot be prepared: {why}",
        advice="check the directory's permissions and free space",
    )


def _create(path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        raise StorageError(
            what=f"the database {path} is gone, but its log {log.name} is there",
            advice="restore both from a backup; to begin anew, move the log away first",
        )
    fresh = path.with_name(f".{path.name}.new")
    _empty(fresh)
    _upgrade(fresh)
    _rename(fresh, path)


def _migrate(path: Path) -> None:
    version = _version(path)
    if version == HEAD:
        return
    if version is None:
        raise StorageError(
            what=f"the database {path} holds no schema of Faifo",
            advice="restore it from a backup; to begin anew, move the file away first",
        )
    if version not in KNOWN:
        raise StorageError(
            what=f"the database {path} has schema {version}, this Faifo knows up to {HEAD}",
            advice="start it with the newer Faifo that wrote it, or restore an older backup",
        )
    _copy(path, path.with_name(f"{path.name}.before-{HEAD}"))
    _upgrade(path)


def _version(path: Path) -> str | None:
    # Not `mode=ro`: a process that died may have left a journal that must be rolled back first.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
        ).fetchone()[0]
        if not tables:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _copy(source: Path, target: Path) -> None:
    """Copy a database; what stands under the target's name is always a whole copy."""
    fresh = target.with_name(f".{target.name}.new")
    _empty(fresh)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
    _rename(fresh, target)


def _empty(path: Path) -> None:
    """Make an empty file for the owner alone, in place of what an earlier attempt left."""
    for name in (path.name, f"{path.name}-journal", f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def _rename(fresh: Path, path: Path) -> None:
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _upgrade(path: Path) -> None:
    import alembic.command
    import alembic.config
    import sqlalchemy

    config = alembic.config.Config()
    config.set_main_option("script_location", "faifo.store:migrations")
    # The module's own BEGINs leave DDL outside of the transaction; so they are off.
    engine = sqlalchemy.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, isolation_level=None),
        poolclass=sqlalchemy.pool.NullPool,
    )
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, HEAD)
            connection.exec_driver_sql("COMMIT")
    except sqlalchemy.exc.DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise error.orig from error
        raise
    finally:
        engine.dispose()
