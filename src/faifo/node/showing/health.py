"""Whether a node lives, and whether it is ready: its store can write and its tasks are there."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from faifo import clock
from faifo.errors import FaifoError
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.timers import Timers
from faifo.store.contract import Store, Transaction
from faifo.store.records import Timer

MEMORY_SECONDS = 2.0
PATIENCE_SECONDS = 5.0
LEAST_FREE = 16 * 1024 * 1024
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Readiness(msgspec.Struct, frozen=True):
    """`ready`, and for each part None or why it is not."""

    ready: bool
    checks: dict[str, str | None]


class Health:
    """Answers at most one real check every `MEMORY_SECONDS`: anybody may ask."""

    def __init__(
        self, store: Store, acting: tuple[Outbox, Timers] | tuple[()], *, folder: Path
    ) -> None:
        self._store = store
        self._folder = folder
        self._acting = acting
        self._lock = asyncio.Lock()
        self._known: Readiness | None = None
        self._until = 0.0
        self.draining = False

    async def readiness(self) -> Readiness:
        async with self._lock:
            if self._known is None or clock.monotonic() >= self._until or self.draining:
                self._known = await self._check()
                self._until = clock.monotonic() + MEMORY_SECONDS
            return self._known

    async def _check(self) -> Readiness:
        checks: dict[str, str | None] = {
            "node": "it is stopping" if self.draining else None,
            "store": await self._unwritable(),
        }
        if self._acting:
            outbox, timers = self._acting
            checks["outbox"] = None if outbox.running else "it does not deliver"
            checks["timers"] = None if timers.running else "their task has ended"
        return Readiness(ready=not any(checks.values()), checks=checks)

    async def _unwritable(self) -> str | None:
        # A commit that only writes over free pages still works on a full disk; the next does not.
        free = shutil.disk_usage(self._folder).free
        if free < LEAST_FREE:
            return f"its disk has {free} bytes left; it needs {LEAST_FREE}"
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._store.run(_touch)
        except FaifoError as error:
            return str(error)
        except TimeoutError:
            return f"no answer in {PATIENCE_SECONDS:.0f} s"
        return None


async def _touch(tx: Transaction) -> None:
    """Write, and leave nothing behind: the pages reach the disk all the same."""
    await tx.timers.delete("health", "store")
    await tx.timers.put(Timer(kind="health", subject="store", due=_NEVER))
    await tx.timers.delete("health", "store")
