"""The stores that the suite runs on: name, and how one is opened in a folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import postgresql_server
from faifo.store.contract import Sequencer, Store, Work
from faifo.store.sqlite.migrate import prepare
from faifo.store.sqlite.store import SqliteStore, open_store

T = TypeVar("T")
Opener = Callable[[Path, Sequencer | None], Awaitable[Store]]


class OfFew(SqliteStore):
    """Takes every unit for one of a few rows, which is run in the loop's own thread."""

    async def run(self, work: Work[T], *, few: bool = True) -> T:
        return await super().run(work, few=few)

    def queue(self, work: Work[T], *, soon: bool = True, few: bool = True) -> asyncio.Future[T]:
        return super().queue(work, soon=soon, few=few)


async def of_few(folder: Path, sequencer: Sequencer | None) -> Store:
    prepare(folder / "faifo.db")
    return OfFew(folder / "faifo.db", sequencer=sequencer)


async def sqlite(folder: Path, sequencer: Sequencer | None) -> Store:
    return await open_store(folder / "faifo.db", sequencer=sequencer)


async def postgresql(folder: Path, sequencer: Sequencer | None) -> Store:
    """Open the store whose schema is called as the folder is."""
    from faifo.store.postgresql.store import open_store

    return await open_store(postgresql_server.place(folder), sequencer=sequencer)


STORES: dict[str, Opener] = {"sqlite": sqlite, "few": of_few, "postgresql": postgresql}


@asynccontextmanager
async def opened(opener: Opener, folder: Path) -> AsyncIterator[Callable[..., Awaitable[Store]]]:
    """Yield a function that opens the store in `folder`; close whatever it opened."""
    stores: list[Store] = []

    async def open_again(sequencer: Sequencer | None = None) -> Store:
        store = await opener(folder, sequencer)
        stores.append(store)
        return store

    try:
        yield open_again
    finally:
        for store in stores:
            await store.close()
