"""The database, and the files that were published, as they are now."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from faifo.cli.doctor.findings import Finding, fault, good, warning

if TYPE_CHECKING:
    from faifo.node.custody.directory import Directory
    from faifo.store.records import Dataset


def books(directory: Directory) -> Iterator[Finding]:
    """Look whether the database can be read by this Faifo, and whether it is whole."""
    path = directory.database
    if not path.exists():
        yield fault("database-missing", path=path)
        return
    try:
        # Not read-only: a process that died may have left a journal that must be rolled back.
        uri = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            yield from _database(connection, path)
    except sqlite3.Error as error:
        yield fault("database-damaged", path=path, error=error)


def _database(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    from faifo.store.migrate import HEAD, KNOWN

    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    version = str(row[0]) if row else "none"
    if version not in KNOWN:
        yield fault("database-newer", path=path, version=version, known=HEAD)
        return
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        yield fault("database-damaged", path=path, error=" ".join(str(found).split()))
        return
    if version != HEAD:
        yield warning("database-older", path=path, version=version, known=HEAD)
    else:
        yield good("database")
    yield from _published(connection)


def _published(connection: sqlite3.Connection) -> Iterator[Finding]:
    from faifo.store.records import Dataset, SourceKind

    rows = connection.execute("SELECT record FROM dataset WHERE withdrawn IS NULL ORDER BY id")
    count = wrong = 0
    for (record,) in rows:
        dataset = msgspec.json.decode(record, type=Dataset)
        if dataset.source.kind is not SourceKind.FILE:
            continue
        count += 1
        trouble = _trouble(dataset)
        if trouble:
            wrong += 1
            facts = {"dataset": dataset.id, "path": dataset.source.location}
            yield fault(trouble, **facts)
    if count and not wrong:
        yield good("published", count=count)


def _trouble(dataset: Dataset) -> str | None:
    source = dataset.source
    try:
        now = Path(source.location).stat()
    except OSError:
        return "file-missing"
    if now.st_size != source.size:
        return "file-changed"
    seen = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
    if source.signature is not None and tuple(source.signature) == seen:
        return None
    # It was touched or moved; whether it is another one, only its content can tell.
    try:
        with Path(source.location).open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == source.digest
    except OSError:
        return "file-missing"
    return None if same else "file-changed"
