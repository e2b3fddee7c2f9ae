"""Files that were uploaded to be published: each whole or not at all.

An upload has a folder of its own below the node's directory, so that its file keeps its name. What
breaks off is removed at once, or, if the node ended meanwhile, at its next start; so is what nobody
has published within a day.
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

from faifo import clock, ids
from faifo.api.datasets import Upload
from faifo.errors import MalformedMessageError, NotFoundError, TooLargeError
from faifo.node.custody.directory import unwritable
from faifo.phrases import Phrase
from faifo.store.contract import Store

UPLOADS: Final = "uploads"
PART: Final = ".part"
LONGEST_NAME_BYTES: Final = 200
UNPUBLISHED: Final = timedelta(days=1)


class Uploads:
    """The use cases; `limit` is in bytes."""

    def __init__(self, folder: Path, store: Store, *, limit: int) -> None:
        self.folder = folder / UPLOADS
        self._store = store
        self._limit = limit

    async def take(self, name: str, parts: AsyncIterator[bytes]) -> Upload:
        """Keep what comes under its name, and return where it is.

        Raises:
            MalformedMessageError: the name is none for a file, or what comes breaks off.
            TooLargeError: over the limit; nothing is kept.
        """
        name = _plain(name)
        place = self.folder / ids.new_secret()
        part, digest, size = place / PART, hashlib.sha256(), 0
        try:
            await asyncio.to_thread(place.mkdir, mode=0o700, parents=True)
            with part.open("xb") as file:
                async for chunk in parts:
                    size += len(chunk)
                    self._bound(size)
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_settle, file.fileno())
            part.rename(place / name)
        except OSError as error:
            _remove(place)
            raise unwritable(place, error) from None
        except BaseException:
            _remove(place)
            raise
        return Upload(id=place.name, name=name, size=size, sha256=digest.hexdigest(),
                      location=str(place / name))  # fmt: skip

    def _bound(self, size: int) -> None:
        if size > self._limit:
            raise TooLargeError(what=Phrase("errors.told.upload.file"), limit=self._limit)

    def find(self, upload: str) -> Path:
        """Return the file of an upload.

        Raises:
            NotFoundError: there is none, or no longer.
        """
        place = self.folder / upload
        if upload.replace("-", "").replace("_", "").isalnum() and place.is_dir():
            for path in place.iterdir():
                if path.name != PART:
                    return path
        raise NotFoundError(what=Phrase("errors.told.upload.noun"), name=upload[:100])

    async def sweep(self) -> None:
        """Remove what broke off, and what has not been published for a day."""
        if not self.folder.is_dir():
            return
        rows = await self._store.read(lambda tx: tx.datasets.find(withdrawn=None))
        used = {str(Path(one.source.location).parent) for one in rows}
        before = (clock.now() - UNPUBLISHED).timestamp()
        for place in self.folder.iterdir():
            # What another process is taking in has a part, too.
            broken = (place / PART).exists() and not self._store.shared
            late = place.stat().st_mtime < before or broken
            if late and str(place) not in used:
                _remove(place)


def _plain(name: str) -> str:
    """Return the last part of a name; browsers of old send whole paths."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    odd = not name or name.startswith(".") or any(not one.isprintable() for one in name)
    if odd or len(name.encode("utf-8", "replace")) > LONGEST_NAME_BYTES:
        raise MalformedMessageError(
            what=Phrase("errors.told.upload.name", name=name[:100]),
            expected=Phrase("errors.told.upload.names"),
        )
    return name


def _settle(descriptor: int) -> None:
    os.fsync(descriptor)


def _remove(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
