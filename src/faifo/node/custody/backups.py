"""A consistent copy of a node's directory.

The database is copied by SQLite's own backup in one step, so it is the state between two
transactions, and the copy is checked before it counts; books in PostgreSQL are carried to a file.
The target appears under its name only when it is whole; nobody but its owner can read it. What
leaves of the log stand for is sealed under a key per month, in a folder beside the copies
(`month_keys`).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from faifo import clock
from faifo.errors import ConflictError, StorageError
from faifo.node.custody.books import DatabaseBooks, books_of
from faifo.node.custody.directory import Directory, sync
from faifo.node.custody.month_keys import key_of, seal_private
from faifo.node.custody.participants import participants_of
from faifo.node.settings.hosted import FOLDER
from faifo.node.settings.model import read_settings
from faifo.phrases import Phrase
from faifo.store.sqlite.copying import copy
from faifo.store.sqlite.faults import damaged

# Where a node notes which copies of it were made: what is erased later is still in those.
COPIES = "copies.jsonl"
# Where a copy's keys are, unless that is told.
KEYS = "faifo-backup-keys"
CHUNK = 1024 * 1024
# What belongs to a running process, and what is copied in another way.
# Without `log.head` a copy that is put back by hand is known to be one.
_LEFT_OUT = frozenset({"lock", "running.json", "log.head", COPIES, FOLDER})


_LOG = re.compile(r".*\.log(\.[0-9]+)?")


class _GoneError(Exception):
    """A file is not there any more: it was removed, or has another name since it was listed."""


class Copied(msgspec.Struct, frozen=True):
    """How much was copied."""

    files: int
    bytes: int


def copy_node(
    directory: Directory, target: Path, keys: Path | None = None, *, noted: Path | None = None
) -> Copied:
    """Copy the node to `target`, which must not be there yet; `keys` are beside it by default.

    An installation's participants are copied into it, each as it is at a moment of its own.
    `noted` is where the copy will be, if not at `target`.

    Raises:
        ConflictError: `target` is there, or is inside the node's directory.
        StorageError: the database is damaged, or the disk is full; nothing is left behind.
    """
    if target.exists():
        raise ConflictError(
            what=Phrase("errors.told.file.there", target=target),
            advice=Phrase("errors.told.backup.new"),
        )
    if target.resolve().is_relative_to(directory.path.resolve()):
        raise ConflictError(
            what=Phrase("errors.told.backup.inside", target=target),
            advice=Phrase("errors.told.backup.outside"),
        )
    keys = keys or target.parent / KEYS
    inside = (target.resolve(), directory.path.resolve())
    if any(keys.resolve().is_relative_to(one) for one in inside):
        raise ConflictError(
            what=Phrase("errors.told.backup.keys", keys=keys),
            advice=Phrase("errors.told.backup.outside"),
        )
    fresh = target.with_name(f".{target.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        # First: what the books speak of is there by then, and what goes meanwhile they know not of.
        copied = [_copy_books(directory, fresh / directory.database.name)]
        seal_private(fresh / directory.database.name, keys)
        for place, source in _files(directory):
            with contextlib.suppress(_GoneError):
                copied.append(_copy(source, fresh / place))
        for one in participants_of(directory.path):
            name = f"{FOLDER}/{one.path.name}"
            (fresh / FOLDER).mkdir(mode=0o700, exist_ok=True)
            apart = copy_node(one, fresh / name, keys / name, noted=target / name)
            copied += [0] * (apart.files - 1) + [apart.bytes]
        _note(directory, noted or target, keys)
        fresh.replace(target)
        sync(target.parent)
    except BaseException as error:  # whoever interrupts it, too: private keys are in it
        shutil.rmtree(fresh, ignore_errors=True)
        if not isinstance(error, OSError | sqlite3.Error):
            raise
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise StorageError(
            what=Phrase("errors.told.backup.unwritable", target=target, why=why),
            advice=Phrase("errors.told.backup.room"),
        ) from None
    return Copied(len(copied), sum(copied))


def _note(directory: Directory, target: Path, keys: Path) -> None:
    at = clock.text(clock.now())
    line = msgspec.json.encode({"at": at, "target": str(target), "keys": str(keys)})
    descriptor = os.open(
        directory.path / COPIES, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
    )
    with os.fdopen(descriptor, "ab") as file:
        file.write(line + b"\n")


def backups_of(directory: Directory) -> list[dict[str, str]]:
    """Return the copies that were made, oldest first: `at`, `target`, and the folder of `keys`."""
    try:
        lines = (directory.path / COPIES).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [msgspec.json.decode(line) for line in lines]


def copies_of(directory: Directory, times: Iterable[str]) -> list[str]:
    """Return the copies of the node that still open what was written down at `times`.

    Those are the ones made since, unless the keys of those months are gone from their folder, and
    the database's of older schemas.
    """
    times = sorted(times)
    months = {one[:7] for one in times}
    found = backups_of(directory)
    older = sorted(directory.path.glob(f"{directory.database.name}.before-*"))
    held = [one["target"] for one in found if one["at"] >= times[0] and _opens(one, months)]
    return held + [str(one) for one in older]


def _opens(copied: dict[str, str], months: set[str]) -> bool:
    keys = Path(copied.get("keys", "/-"))
    return not keys.is_dir() or any(key_of(keys, one).exists() for one in months)


def _files(directory: Directory) -> Iterator[tuple[Path, Path]]:
    """Yield every file but the database, logs, copies of old schemas and what is unfinished."""
    for first in sorted(directory.path.iterdir()):
        beside = first.name.startswith((directory.database.name, ".")) or _LOG.fullmatch(first.name)
        if not beside and first.name not in _LEFT_OUT:
            for source in _below(first):
                yield source.relative_to(directory.path), source


def _below(path: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield the files at `path`, also where a link leads to them, but for what it is in itself."""
    if path.is_file():
        yield path
    elif path.is_dir() and (real := path.resolve()) not in above:
        with contextlib.suppress(FileNotFoundError):
            for one in sorted(path.iterdir()):
                yield from _below(one, (*above, real))


def _copy(source: Path, target: Path) -> int:
    try:
        old = source.open("rb")
    except FileNotFoundError:
        raise _GoneError from None
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with old, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(old, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _copy_books(directory: Directory, target: Path) -> int:
    """Copy the books; those in a database become a file too, as they are at one moment."""
    books = books_of(directory, read_settings(directory.settings))
    if isinstance(books, DatabaseBooks):
        from faifo.store.postgresql.carrying import to_file
        from faifo.store.postgresql.place import failed

        try:
            to_file(books.place, target, alone=False)
        except books.error as error:
            raise failed(books.place, error) from None
        return target.stat().st_size
    source = directory.database
    if not source.exists():
        raise StorageError(
            what=Phrase("errors.told.backup.no-database", source=source),
            advice=Phrase("errors.told.backup.start"),
        )
    try:
        copy(source, target)
    except sqlite3.Error as error:
        raise damaged(source, error) from None
    return target.stat().st_size
