"""What the node asks of a store: a unit of work, tables in it, and hooks around COMMIT.

A unit of work is an async function of a `Transaction`. Everything it wrote is durable when `run`
returns, or nothing of it is. It may await nothing but its transaction: a store may run it in a
thread, in a group with others, and a second time after a conflict between workers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeAlias, TypeVar

from faifo.store import records
from faifo.store.sql.tables import SqlTable
from faifo.store.sql.transaction import SqlTransaction

T = TypeVar("T")

Transaction: TypeAlias = SqlTransaction
"""The tables, inside one unit of work."""
Table: TypeAlias = SqlTable

Work = Callable[[Transaction], Awaitable[T]]
"""A unit of work: it changes nothing but the transaction, and tells the rest in what it returns.

It is called again, from its start, where what it did was undone because another unit failed.
"""

Bell = Callable[[str, bool], None]
"""Takes what was rung, and whether another process did it; `EVERYTHING`: anything may have been."""

EVERYTHING: Final = "*"

Sequencer = Callable[[Transaction, Sequence[tuple[int, records.JournalEntry]]], Awaitable[None]]
"""Called inside the writer just before COMMIT with the journal rows of the whole group.

The log makes its leaves here. If it raises, the whole group is rolled back.
"""


class Store(Protocol):
    """A durable store. All calls may be made from the node's event loop only."""

    async def run(self, work: Work[T], *, few: bool = False) -> T:
        """Run `work` and return its result once it is durable.

        `few`: it reads and writes some rows by their keys, as in `read`, so that it may be run
        before another thread would have been woken.

        Raises:
            StorageError: the disk or database failed; nothing of `work` was kept.
            Whatever `work` raises; nothing of it was kept then either.
        """

    def queue(self, work: Work[T], *, soon: bool = True, few: bool = False) -> asyncio.Future[T]:
        """Put `work` behind what is queued, and return what will be as `run` returns or raises.

        Without `soon` it may wait a moment for a unit that comes after it, to share its COMMIT;
        the order of the two stays.

        Raises:
            StorageError: the store is closed.
        """

    async def read(self, work: Work[T], *, few: bool = False) -> T:
        """Run `work` on a consistent snapshot; writing in it is an error.

        `few`: it reads some rows by their keys. Where the database is a file, that is done before
        another thread would have been woken.
        """

    name: str
    """What this process is called by what it holds; a start, and a return after it was given up
    for dead, have a name of their own."""

    @property
    def shared(self) -> bool:
        """Whether other processes may be at work over this store."""

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be durable, so that what is read now is all there is.

        Then `read` with `few` looks before anything else happens. Never where others are at work.
        """

    @property
    def hears(self) -> bool:
        """Whether what others change is heard of at once; else what is remembered may be old."""

    def listen(self, bell: Bell) -> None:
        """Call `bell` in the event loop with what is rung."""

    async def scrub(self) -> bool:
        """Leave no copy of what was deleted in any file; False where a reader was in the way."""

    async def size(self) -> int:
        """Return how many bytes the store takes."""

    async def close(self) -> None:
        """Finish what is queued and close."""
