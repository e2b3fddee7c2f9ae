"""What partners push to this node as consumer: one file for each transfer, bounded and resumable.

A transfer's own token opens its place, for as long as the transfer runs. What has arrived stays
until it is whole; then it has the transfer's name, and nothing is written there any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from faifo.errors import ConflictError, MalformedMessageError, NotFoundError, TooLargeError
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.messages.dsp_2025_1.data_address import read_endpoint
from faifo.node.custody.directory import sync, unwritable
from faifo.node.custody.room import Room
from faifo.node.exchange.transferring import PUSH
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import Transfer

BUFFER = 1024 * 1024
INBOX = "inbox"
CLOSED = frozenset({State.SUSPENDED, State.COMPLETED, State.TERMINATED})


class Received(NamedTuple):
    """A file that is here whole."""

    size: int
    sha256: str


class Inbox:
    """The files in `folder`, each of at most `limit` bytes."""

    def __init__(self, folder: Path, *, limit: int, room: Room | None = None) -> None:
        self._folder = folder
        self._limit = limit
        self._room = room
        self._busy: set[str] = set()

    async def admitted(self, tx: Transaction, pid: str, authorization: str) -> Transfer | None:
        """Return the transfer that `authorization` may push to, or None."""
        record = await tx.transfers.get(pid)
        if record is None or record.role is not Role.CONSUMER or record.format != PUSH:
            return None
        endpoint = read_endpoint(record.data_address or {})
        if endpoint is None or record.state in CLOSED:
            return None
        same = hmac.compare_digest(endpoint.authorization.encode(), authorization.encode())
        return record if same else None

    def state(self, pid: str) -> tuple[int, bool]:
        """Return how many bytes are here, and whether that is all."""
        for path, whole in ((self._path(pid), True), (self._part(pid), False)):
            with contextlib.suppress(OSError):
                return path.stat().st_size, whole
        return 0, False

    def path(self, pid: str) -> Path:
        """Return the file of a transfer that has arrived.

        Raises:
            NotFoundError: it is not here, or not whole.
        """
        path = self._path(pid)
        if not path.is_file():
            raise NotFoundError(what=Phrase("errors.told.push.arrived"), name=pid)
        return path

    async def receive(
        self, pid: str, parts: AsyncIterator[bytes], *, offset: int, digest: str | None
    ) -> Received:
        """Write what comes, from `offset` on, and return the whole file; `digest` is of it, hex.

        Raises:
            ConflictError: somebody writes there, all is there, or it is not as much as `offset`.
            TooLargeError: over the limit, and nothing of it is kept; or there is no room.
            MalformedMessageError: its SHA-256 is another one; nothing of it is kept.
        """
        size, whole = self.state(pid)
        if whole and offset == 0 and pid not in self._busy:
            # Eclipse EDC now and then pushes the same a second time.
            return await self._again(pid, parts)
        if pid in self._busy or whole or offset not in {0, size}:
            raise ConflictError(
                what=Phrase("errors.told.push.place", size=size),
                advice=Phrase("errors.told.push.head"),
            )
        self._busy.add(pid)
        try:
            await self._write(pid, parts, offset)
            return await asyncio.to_thread(self._finished, pid, digest)
        except OSError as error:
            raise unwritable(self._part(pid), error) from None
        finally:
            self._busy.discard(pid)

    async def _again(self, pid: str, parts: AsyncIterator[bytes]) -> Received:
        """Take what is here already once more; anything else is a conflict."""
        known, came, size = (
            await asyncio.to_thread(self._hashed, self._path(pid)),
            hashlib.sha256(),
            0,
        )
        async for part in parts:
            came.update(part)
            size += len(part)
            if size > known.size:
                break
        if came.hexdigest() != known.sha256:
            raise ConflictError(
                what=Phrase("errors.told.push.place", size=known.size),
                advice=Phrase("errors.told.push.head"),
            )
        return known

    async def _write(self, pid: str, parts: AsyncIterator[bytes], offset: int) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        part, size = self._part(pid), offset
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(part, flags | (os.O_APPEND if offset else os.O_TRUNC), 0o600)
        with os.fdopen(descriptor, "ab" if offset else "wb", buffering=0) as file:
            held = bytearray()
            try:
                async for chunk in parts:
                    size += len(chunk)
                    if size > self._limit:
                        part.unlink()
                        held.clear()
                        raise TooLargeError(what=Phrase("errors.told.body.the"), limit=self._limit)
                    if self._room:
                        self._room.take(len(chunk))
                    held += chunk
                    if len(held) >= BUFFER:
                        full, held = held, bytearray()
                        await asyncio.to_thread(_written, file.fileno(), full)
            finally:
                # What came before a break is what a sender may go on from.
                _written(file.fileno(), held)
            await asyncio.to_thread(os.fsync, file.fileno())

    def _finished(self, pid: str, digest: str | None) -> Received:
        part, path = self._part(pid), self._path(pid)
        got = self._hashed(part)
        if digest not in {None, got.sha256}:
            part.unlink()
            raise MalformedMessageError(
                what=Phrase("errors.told.push.digest", sha256=got.sha256), expected=str(digest)
            )
        part.replace(path)
        sync(self._folder)
        return got

    @staticmethod
    def _hashed(path: Path) -> Received:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return Received(file.tell(), sha256)

    def tidy(self, before: datetime) -> None:
        """Remove what was last written before that moment."""
        with contextlib.suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime < before.timestamp():
                        path.unlink()

    def _path(self, pid: str) -> Path:
        return self._folder / hashlib.sha256(pid.encode()).hexdigest()[:32]

    def _part(self, pid: str) -> Path:
        return self._path(pid).with_suffix(".part")


def _written(descriptor: int, content: bytearray) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


async def note_received(tx: Transaction, record: Transfer, got: Received, now: datetime) -> None:
    """Book what was pushed to this node."""
    detail = {"bytes": got.size, "sha256": got.sha256}
    await happened(tx, "push-received", now, record, detail)


def kept_until(now: datetime, days: int) -> datetime:
    """Return before which moment what has arrived is removed."""
    return now - timedelta(days=days)
