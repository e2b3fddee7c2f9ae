"""One durable mechanism for everything that must happen at a time (design §6).

Timers are rows, set and cancelled within units of work; a timer that is due when the node starts
fires then. A handler runs in a unit of work in which its timer is already gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from faifo import clock
from faifo.errors import FaifoError, StorageError
from faifo.node.delivery.changes import TIMERS
from faifo.store.contract import Store, Transaction
from faifo.store.records import Timer

log = logging.getLogger("faifo.timers")

LONGEST_SLEEP = timedelta(seconds=60)  # a jump of the clock is seen within it
JUMP_SECONDS = 5.0
AFTER_FAILURE = timedelta(seconds=5)
BETWEEN_PARTS = timedelta(milliseconds=50)
AT_ONCE = 100
_LAST = datetime.max.replace(tzinfo=UTC)

Handler = Callable[[Transaction, str, datetime], Awaitable[None]]
"""Takes the unit of work, the timer's subject, and now."""


class Timers:
    """Sets timers and fires them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._handlers: dict[str, Handler] = {}
        self._next: datetime | None = None
        self._nudge = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ahead = _ahead()
        self._fires = True

    def handle(self, kind: str, handler: Handler) -> None:
        self._handlers[kind] = handler

    async def set(self, tx: Transaction, kind: str, subject: str, due: datetime) -> None:
        """Let the handler of `kind` run at `due`, and not at an earlier setting."""
        await self._follow_clock(tx)
        await tx.timers.lay(Timer(kind=kind, subject=subject, due=due))
        if self._fires:
            tx.after_commit(lambda: self._earlier(due))
        else:
            tx.rings(TIMERS)

    async def go_on(self, tx: Transaction, kind: str, subject: str, now: datetime) -> None:
        """Let the next part of a long round come soon; what else is to be done goes between."""
        await self.set(tx, kind, subject, now + BETWEEN_PARTS)

    async def cancel(self, tx: Transaction, kind: str, subject: str) -> None:
        await tx.timers.delete(kind, subject)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="faifo-timers")

    @property
    def running(self) -> bool:
        """Whether timers fire."""
        return self._task is not None and not self._task.done()

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def leave_to_others(self) -> None:
        """Only set timers; those of other processes over this store fire them."""
        self._fires = False

    def look(self) -> None:
        """Look at the store again: what another process had may be due."""
        self._nudge.set()

    def _earlier(self, due: datetime) -> None:
        if self._next is None or due < self._next:
            self._nudge.set()

    async def _run(self) -> None:
        while True:
            self._nudge.clear()
            self._next = None  # until it is known, every new timer is a reason to look again
            try:
                if abs(_ahead() - self._ahead) > JUMP_SECONDS:
                    await self._store.run(self._follow_clock)
                now = clock.now()
                for timer in await self._due(now):
                    await self._fire(timer, now)
                first = await self._store.read(_first)
            except FaifoError as error:
                log.error("timers wait: %s", error)
                await asyncio.sleep(AFTER_FAILURE.total_seconds())
                continue
            self._next = first.due if first else None
            pause = LONGEST_SLEEP
            if self._next:
                pause = min(pause, max(self._next - clock.now(), timedelta()))
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await self._nudge.wait()
            except TimeoutError:
                pass

    async def _follow_clock(self, tx: Transaction) -> None:
        """Move all timers by what the wall clock has jumped: they measure spans of time.

        What begins or ends at a moment is asked again when its timer fires, so an early or a late
        one does no harm. A jump while no process runs is not seen. Where processes share
        the timers, the clock of one of them moves nothing.
        """
        if self._store.shared:
            return
        ahead = _ahead()
        if abs(ahead - self._ahead) <= JUMP_SECONDS:
            return
        jump = timedelta(seconds=ahead - self._ahead)
        self._ahead = ahead
        log.warning("the clock has jumped by %+.0f s; the timers follow it", jump.total_seconds())
        for timer in await tx.timers.find():
            await tx.timers.put(timer, due=timer.due + min(jump, _LAST - timer.due))
        tx.after_commit(self._nudge.set)  # what it waits for stands in the clock of before

    async def _due(self, now: datetime) -> list[Timer]:
        return await self._store.read(
            lambda tx: tx.timers.find(before=clock.text(now), limit=AT_ONCE)
        )

    async def _fire(self, timer: Timer, now: datetime) -> None:
        """Run one timer in a unit of its own: what one handler refuses takes no other with it."""
        handler = self._handlers.get(timer.kind)

        async def work(tx: Transaction) -> None:
            if await _still(tx, timer):
                await tx.timers.delete(timer.kind, timer.subject)
                if handler:
                    await handler(tx, timer.subject, now)

        async def drop(tx: Transaction) -> None:
            if await _still(tx, timer):
                await tx.timers.delete(timer.kind, timer.subject)

        if handler is None:
            log.error("no handler for a timer of kind %s", timer.kind)
        try:
            await self._store.run(work)
        except StorageError:
            raise
        except Exception:
            log.exception("the timer %s of %s failed and is dropped", timer.kind, timer.subject)
            await self._store.run(drop)


def _ahead() -> float:
    """Return how many seconds the wall clock is ahead of the one that never jumps."""
    # A machine that slept has not jumped: what fell due meanwhile is due.
    return clock.now().timestamp() - clock.since_boot()


async def _still(tx: Transaction, timer: Timer) -> bool:
    """Tell whether `timer` has neither been moved nor cancelled since it was read."""
    return await tx.timers.get(timer.kind, timer.subject) == timer


async def _first(tx: Transaction) -> Timer | None:
    timers = await tx.timers.find(limit=1)
    return timers[0] if timers else None
