"""What the journal gets, as it becomes durable: for the event stream and the metrics.

The feed keeps nothing: who follows it reads the journal itself, from the number it has seen, so a
slow follower costs no memory and one that was away misses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from faifo.node.delivery.changes import JOURNAL
from faifo.store.contract import Sequencer, Transaction
from faifo.store.records import JournalEntry

Rows = Sequence[tuple[int, JournalEntry]]


class Feed:
    """Tells of new journal rows once they are durable; ends when the node stops."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Rows], None]] = []
        self._waiting: set[asyncio.Future[None]] = set()
        self.stopped = False
        self.followers = 0

    def sequencer(self, first: Sequencer | None) -> Sequencer:
        """Return a sequencer that does what `first` does, and tells this feed after COMMIT."""

        async def tell(tx: Transaction, rows: Rows) -> None:
            if first is not None:
                await first(tx, rows)
            tx.after_commit(lambda: self._added(rows))
            tx.rings(JOURNAL)

        return tell

    def listen(self, listener: Callable[[Rows], None]) -> None:
        """Call `listener` with all rows from now on, in the event loop."""
        self._listeners.append(listener)

    def bell(self) -> asyncio.Future[None]:
        """Return what is done at the next row, or when the node stops. Take it before looking."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.stopped:
            future.set_result(None)
            return future
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    def stop(self) -> None:
        """Let everybody who follows come to an end."""
        self.stopped = True
        self.ring()

    def _added(self, rows: Rows) -> None:
        for listener in self._listeners:
            listener(rows)
        self.ring()

    def ring(self) -> None:
        """Have everybody who follows look at the journal."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)
