"""What was fetched, for a while: one fetch for many askers, bounded, with a visible lifetime.

That it could not be had is remembered as well, for a shorter while: who asks again and again must
not make this node fetch again and again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from faifo import clock
from faifo.bounded import Bounded
from faifo.errors import BusyError, FaifoError

T = TypeVar("T")

LIMIT = 1000


class Failures:
    """Why a name could not be had, for `memory`; that this node was too busy does not count."""

    def __init__(self, memory: timedelta) -> None:
        self._memory = memory
        self._kept = Bounded[str, tuple[datetime, FaifoError]](LIMIT)

    def recall(self, name: str) -> None:
        """Raise what was kept about `name`, if it is young enough."""
        found = self._kept.get(name)
        if found and clock.recent(found[0], self._memory):
            raise replace(found[1])

    def keep(self, name: str, error: FaifoError) -> None:
        if not self._memory or isinstance(error, BusyError):
            return
        # Its facts only: a raised error holds the frames it went through, and so what was read.
        self._kept[name] = (clock.now(), replace(error))


class Remembered(Generic[T]):
    """Values by name, each fetched again when it is older than `memory`.

    One that says by `until` when it ends is fetched again then, but not sooner for having come
    ended. A failure is raised again for `pause`, without fetching.
    """

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[T]],
        *,
        memory: timedelta,
        pause: timedelta = timedelta(),
        until: Callable[[T], datetime | None] = lambda _: None,
    ) -> None:
        self._fetch = fetch
        self._memory = memory
        self._until = until
        self._failures = Failures(pause)
        self._known = Bounded[str, tuple[datetime, T]](LIMIT)
        self._asking: dict[str, asyncio.Task[T]] = {}

    def known(
        self, name: str, *, within: timedelta | None = None, since: datetime | None = None
    ) -> T | None:
        """Return the value if it is young enough, without fetching.

        `within` is instead of the memory; `since` wants it asked for after that moment.
        """
        asked, value = self._known.get(name) or (None, None)
        if asked is None or value is None or (since is not None and asked <= since):
            return None
        end = self._until(value)
        over = end is not None and asked < end <= clock.now()
        memory = self._memory if within is None else within
        return value if clock.recent(asked, memory) and not over else None

    def fetches(self, name: str) -> bool:
        """Tell whether the value is being fetched."""
        return name in self._asking

    async def get(self, name: str, *, fresh: bool = False) -> T:
        """Return the value; raises what fetching raises, or raised a moment ago.

        With `fresh` it is fetched now, though it is young; what was known stays if that fails.
        """
        found = None if fresh else self.known(name)
        if found is not None:
            return found
        task = self._asking.get(name)
        if fresh and task is not None:
            # That fetch may have been answered before whatever made us ask.
            await asyncio.wait([task])
        return await self.fetched(name)

    async def fetched(self, name: str) -> T:
        """Return what comes of the fetch that is under way, or of a new one; raises as `get`."""
        task = self._asking.get(name)
        if task is None:
            self._failures.recall(name)
            task = asyncio.create_task(self._refresh(name))
            self._asking[name] = task
            task.add_done_callback(lambda _: self._asking.pop(name, None))
        try:
            return await asyncio.shield(task)
        finally:
            del task  # its error holds this frame, and so what was answered: no circle

    def forget(self, name: str) -> None:
        """Fetch the value anew when it is asked for next; failures are not forgotten."""
        self._known.pop(name, None)

    async def _refresh(self, name: str) -> T:
        # What is true is that it was so when we asked, not when the answer came.
        asked = clock.now()
        try:
            value = await self._fetch(name)
        except FaifoError as error:
            self._failures.keep(name, error)
            raise
        self._known[name] = (asked, value)
        return value
