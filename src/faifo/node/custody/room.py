"""How much a participant keeps, and how much it may: its books, and what came in beside them."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Final

from faifo.errors import TooLargeError
from faifo.phrases import Phrase
from faifo.store.contract import Store

_BOOKS: Final = "faifo.db"


class Room:
    """The room of one node; `limit` is in bytes, None for as much as the disk has.

    What comes in is counted as it comes; what the books have grown by, and what has gone, by
    `measure`.
    """

    def __init__(self, folder: Path, store: Store, *, limit: int | None) -> None:
        self._folder = folder
        self._store = store
        self.limit = limit
        self.used = 0

    @property
    def full(self) -> bool:
        """Tell whether there is no room left."""
        return self.limit is not None and self.used >= self.limit

    def take(self, size: int) -> None:
        """Count `size` bytes that are to be kept.

        Raises:
            TooLargeError: there is no room for them.
        """
        if self.limit is not None and self.used + size > self.limit:
            raise TooLargeError(what=Phrase("errors.told.bounds.storage"), limit=self.limit)
        self.used += size

    def give_back(self, size: int) -> None:
        """Count no longer what was taken and is not kept after all."""
        self.used -= size

    async def measure(self) -> None:
        """Look how much there is."""
        if self.limit is not None:
            books = await self._store.size()
            self.used = books + await asyncio.to_thread(bytes_beside, self._folder)


def bytes_beside(folder: Path) -> int:
    """Return the bytes of all files but the books'."""
    total = 0
    for above, _, names in os.walk(folder):
        for name in names:
            if above != str(folder) or not name.startswith(_BOOKS):
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(above, name)).st_size  # noqa: PTH118 - many
    return total
