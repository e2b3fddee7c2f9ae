"""A node that was restored from a copy: its log ends, and a successor begins.

What the old log had signed after the copy was made is with others and cannot be had back, so it
signs no more than the copy holds. The successor has another name and key; its first leaf says which
log it continues, and leaves that were made since, and never signed, stand in it instead.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from faifo import clock, ids
from faifo.errors import ConflictError, NotFoundError, StorageError
from faifo.ledger.growth import Growth
from faifo.ledger.leaf import SALT_BYTES
from faifo.node.custody.backups import KEYS
from faifo.node.custody.books import FileBooks, books_of
from faifo.node.custody.directory import Directory, write_secret
from faifo.node.custody.keyring import make_key
from faifo.node.custody.making import take_away
from faifo.node.custody.month_keys import open_private
from faifo.node.custody.participants import participants_of
from faifo.node.receipts.leaves import SUCCEEDED, leaf_of
from faifo.node.receipts.log import HEAD_FILE, HeadFile, origin_of
from faifo.node.settings.hosted import FOLDER
from faifo.node.settings.model import read_settings
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import JournalEntry
from faifo.store.sqlite.faults import damaged
from faifo.trust.keys import KeyPurpose


class Succeeded(msgspec.Struct, frozen=True):
    """The log that ended, with how many leaves, and the one that continues it; "" if none was."""

    former: str
    size: int
    origin: str


def put_back(backup: Path, target: Path, keys: Path | None = None) -> list[str]:
    """Copy a backup to where its node is to be, and open what is sealed in it.

    Returns the months whose keys are gone from `keys`, which are beside the backup by default.

    Raises:
        NotFoundError: the backup is none.
        ConflictError: there is something at `target`.
        SettingsError, StorageError: a key cannot be read, the backup is damaged, or there is no
            room; nothing is left at `target`.
    """
    if not (backup / Directory(backup).database.name).is_file():
        raise NotFoundError(what=Phrase("errors.noun.backup"), name=str(backup))
    if target.exists() and any(target.iterdir()):
        raise ConflictError(
            what=Phrase("errors.told.file.there", target=target),
            advice=Phrase("errors.told.backup.new"),
        )
    keys = keys or backup.parent / KEYS
    made = not target.exists()
    try:
        shutil.copytree(backup, target, dirs_exist_ok=True)
        target.chmod(0o700)
        lost = set(open_private(Directory(target).database, keys))
        for one in participants_of(target):
            lost.update(open_private(one.database, keys / FOLDER / one.path.name))
    except BaseException as error:  # whoever interrupts it, too: half a node could be served
        take_away(target, all_of_it=made)
        if isinstance(error, sqlite3.Error):
            raise damaged(backup, error) from None
        if not isinstance(error, OSError):
            raise
        why = error.strerror or str(error)
        raise StorageError(
            what=Phrase("errors.told.file.unwritable", path=target, why=why),
            advice=Phrase("errors.told.backup.room"),
        ) from None
    return sorted(lost)


async def succeed(directory: Directory) -> Succeeded:
    """End the log of a stopped node where its copy ends, and begin the successor.

    Raises:
        ConflictError: the node runs.
        SettingsError, StorageError: what is in the way.
    """
    settings = read_settings(directory.settings)
    directory.hold()
    try:
        # What was put back is a file, wherever the node's books were.
        there = directory.database.exists()
        books = FileBooks(directory.database) if there else books_of(directory, settings)
        store = await books.open()
        try:
            return await _succeed(directory, settings.node.public_url, settings.did, store.run)
        finally:
            await store.close()
    finally:
        directory.release()


async def _succeed(directory: Directory, root: str, did: str, run: Any) -> Succeeded:
    now = clock.now()

    async def work(tx: Transaction) -> tuple[Succeeded, HeadFile | None]:
        old = await tx.ledger.head()
        if old is None:
            return Succeeded("", 0, ""), None
        number, size = old.number + 1, old.size if old.halted is None else old.halted
        origin = origin_of(root, number)
        await tx.ledger.halt(old.number, size, str(Phrase("reason.log.succeeded", origin=origin)))
        await tx.ledger.begin(number, origin)
        detail = {"former": old.origin, "size": size}
        entry = JournalEntry(event=SUCCEEDED, at=now, detail=detail)
        await tx.journal.append(entry)
        salt = ids.new_bytes(SALT_BYTES)
        first = await leaf_of(tx, entry, did, salt, _no_agreement, (number, 0), hands=False)
        assert first is not None  # noqa: S101 - the event is one that leaves a leaf
        growth = Growth()
        await tx.ledger.move(old.number, size, first, growth, b"")
        head = HeadFile(number, growth.size, growth.root)
        return Succeeded(old.origin, size, origin), head

    found: Succeeded
    found, made = await run(work)
    if made:
        while not (directory.keys / f"log-{made.log}.json").exists():
            make_key(directory.keys, KeyPurpose.LOG, now=now)
        write_secret(directory.path / HEAD_FILE, msgspec.json.encode(made))
    return found


def _no_agreement(_salt: bytes, _record: bytes) -> bytes:
    raise AssertionError("a new log begins with no agreement")
