"""Files that were uploaded to be published: each whole or not at all.

An upload has a folder of its own below the node's directory, so that its file keeps its name. What
breaks off is removed at once, or, if the node ended meanwhile, at its next start; what nobody has
published goes within a day.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from faifo import clock, ids
from faifo.api.datasets import Upload
from faifo.errors import MalformedMessageError, NotFoundError, TooLargeError
from faifo.node.custody.directory import unwritable
from faifo.node.custody.room import Room
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import Dataset, SourceKind

UPLOADS: Final = "uploads"
PART: Final = ".part"
LONGEST_NAME_BYTES: Final = 200
MOST_DEEP: Final = 16
UNPUBLISHED: Final = timedelta(days=1)


class Uploads:
    """The use cases; `limit` is in bytes."""

    def __init__(self, folder: Path, *, limit: int, room: Room | None = None) -> None:
        self.folder = folder / UPLOADS
        self._limit = limit
        self._room = room

    async def take(
        self, name: str, parts: AsyncIterator[bytes], *, beside: Upload | None = None
    ) -> Upload:
        """Keep what comes under its name, and return where it is.

        `beside` is another that has come with it, such as from one folder: they are together, and
        go together.

        Raises:
            MalformedMessageError: the name is none for a file, or what comes breaks off.
            TooLargeError: over the limit, together, or there is no room; nothing is kept.
        """
        place = self.folder / (beside.id if beside else ids.new_secret())
        try:
            path = place.joinpath(*map(_plain, _parts(name)))
        except MalformedMessageError:
            _remove(place)
            raise
        part, digest, size, taken = place / PART, hashlib.sha256(), 0, 0
        others = sum(one.stat().st_size for _, one in _files(place)) if beside else 0
        try:
            await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
            with part.open("xb") as file:
                async for chunk in parts:
                    size += len(chunk)
                    self._bound(size + others)
                    if self._room:
                        self._room.take(len(chunk))
                        taken = size
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(os.fsync, file.fileno())
            part.rename(path)
        except BaseException as error:
            _remove(place)
            if self._room:
                self._room.give_back(others + taken)
            if isinstance(error, OSError):
                raise unwritable(place, error) from None
            raise
        return Upload(id=place.name, name=path.name, size=size, sha256=digest.hexdigest(),
                      location=str(path))  # fmt: skip

    def _bound(self, size: int) -> None:
        if size > self._limit:
            raise TooLargeError(what=Phrase("errors.told.upload.file"), limit=self._limit)

    def find(self, upload: str) -> Path:
        """Return the file of an upload, the first of several.

        Raises:
            NotFoundError: there is none, or no longer.
        """
        return self.files(upload)[0][1]

    def files(self, upload: str) -> list[tuple[str, Path]]:
        """Return the files that came together, by the names that they have in their folder.

        Raises:
            NotFoundError: there is none, or no longer.
        """
        place = self.folder / upload
        if upload.replace("-", "").replace("_", "").isalnum() and (found := _files(place)):
            return found
        raise NotFoundError(what=Phrase("errors.told.upload.noun"), name=upload[:100])

    async def sweep(self, tx: Transaction, *, started: bool = False, shared: bool = False) -> None:
        """Remove what nobody has published for a day, and, when started, what broke off before.

        When started, what was uploaded before the node's directory had its present place is found
        here again. `shared`: other processes take in uploads, too, and theirs have not broken off.
        """
        before = (clock.now() - UNPUBLISHED).timestamp()
        places = list(self.folder.iterdir()) if self.folder.is_dir() else []
        late = [
            one
            for one in places
            if one.stat().st_mtime < before or (started and not shared and (one / PART).exists())
        ]
        # Every dataset is read, so only where it can matter.
        if not late and not (started and places):
            return
        used: set[Path] = set()
        for one in await tx.datasets.find(withdrawn=None):
            location = await self._follow(tx, one) if started else Path(one.source.location)
            used.update(location.parents)
        for place in late:
            if place in used:
                os.utime(place)  # looked at again in a day
            else:
                _remove(place)

    async def _follow(self, tx: Transaction, one: Dataset) -> Path:
        """Return where a dataset's file is; what was uploaded lies below this folder."""
        above, found, within = one.source.location.rpartition(f"/{UPLOADS}/")
        path = self.folder / within
        moved = found and above != str(self.folder.parent)
        if not (moved and one.source.kind is SourceKind.FILE and path.is_file()):
            return Path(one.source.location)
        source = msgspec.structs.replace(one.source, location=str(path))
        await tx.datasets.put(one, source=source)
        return path


def _files(place: Path) -> list[tuple[str, Path]]:
    """Return what came, and nothing of what was made of it: that is hidden."""
    found = sorted(one for one in place.rglob("[!.]*") if one.is_file())
    return [(one.relative_to(place).as_posix(), one) for one in found]


def _parts(name: str) -> list[str]:
    """Return the parts of a path within a folder; of one from a disk's root only the last."""
    parts = name.replace("\\", "/").split("/")
    return parts if parts[0] and ":" not in parts[0] and len(parts) <= MOST_DEEP else parts[-1:]


def _plain(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    odd = not name or name.startswith(".") or any(not one.isprintable() for one in name)
    if odd or len(name.encode("utf-8", "replace")) > LONGEST_NAME_BYTES:
        raise MalformedMessageError(
            what=Phrase("errors.told.upload.name", name=name[:100]),
            expected=Phrase("errors.told.upload.names"),
        )
    return name


def _remove(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
