"""What was fetched, for a while: one fetch for many askers, bounded, with a visible lifetime."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from faifo import clock

T = TypeVar("T")

LIMIT = 1000


class Remembered(Generic[T]):
    """Values by name, each fetched again when it is older than `memory`; failures are not kept."""

    def __init__(self, fetch: Callable[[str], Awaitable[T]], *, memory: timedelta) -> None:
        self._fetch = fetch
        self._memory = memory
        self._known: dict[str, tuple[datetime, T]] = {}
        self._asking: dict[str, asyncio.Task[T]] = {}

    def known(self, name: str) -> T | None:
        """Return the value if it is young enough, without fetching."""
        found = self._known.get(name)
        return found[1] if found and clock.now() - found[0] < self._memory else None

    async def get(self, name: str) -> T:
        """Return the value; raises what fetching raises."""
        found = self.known(name)
        if found is not None:
            return found
        task = self._asking.get(name)
        if task is None:
            task = asyncio.create_task(self._refresh(name))
            self._asking[name] = task
            task.add_done_callback(lambda _: self._asking.pop(name, None))
        return await asyncio.shield(task)

    def forget(self, name: str) -> None:
        self._known.pop(name, None)

    async def _refresh(self, name: str) -> T:
        # What is true is that it was so when we asked, not when the answer came.
        asked = clock.now()
        value = await self._fetch(name)
        if len(self._known) >= LIMIT:
            self._known.pop(next(iter(self._known)))
        self._known[name] = (asked, value)
        return value
