"""An answer of the data plane to this node itself: through the same gate, limits and journal.

Nothing goes over a socket. What is not read is not produced, and who leaves early is a caller who
left.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from faifo.dataplane.exchange import LEFT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    App = Callable[[Any, Any, Any], Awaitable[None]]

AHEAD = 2


class BrokenAnswerError(Exception):
    """The answer did not come to its proper end; the journal has the reason."""


class OwnAnswer:
    """Status and header fields (names in lower case); `chunks` gives the body, once."""

    def __init__(self, status: int, headers: Mapping[str, str], parts: _Parts) -> None:
        self.status = status
        self.headers = headers
        self._parts = parts

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body.

        Raises:
            BrokenAnswerError: it broke off.
        """
        more = True
        while more:
            message = await self._parts.next()
            more = message.get("more_body", False)
            if body := message.get("body", b""):
                yield body

    async def read(self, limit: int) -> bytes:
        """Return the body, or its first `limit` bytes; raises as `chunks`."""
        content = b""
        async for chunk in self.chunks():
            content += chunk
            if len(content) >= limit:
                break
        return content[:limit]


class _Parts:
    """What the application sends, a little ahead of who reads it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue(AHEAD)
        self._left = asyncio.Event()
        self._told: Callable[[], None] | None = None

    async def next(self) -> Any:
        message = await self._queue.get()
        if message is None:
            raise BrokenAnswerError
        return message

    async def send(self, message: Any) -> None:
        if not self._left.is_set():
            await self._queue.put(message)

    async def receive(self) -> Any:
        await self._left.wait()
        return {"type": "http.disconnect"}

    def on_leave(self, told: Callable[[], None]) -> None:
        self._told = told

    def leave(self) -> None:
        self._left.set()
        told, self._told = self._told, None
        if told is not None:
            told()
        while not self._queue.empty():
            self._queue.get_nowait()

    async def run(self, app: App, scope: Any) -> None:
        try:
            await app(scope, self.receive, self.send)
        finally:
            # Behind a proper end nobody reads it.
            if not self._left.is_set():
                await self._queue.put(None)


@contextlib.asynccontextmanager
async def own_answer(app: App, path: str, headers: Mapping[str, str]) -> AsyncIterator[OwnAnswer]:
    """Give the application's answer to a GET of `path`, which is percent-encoded.

    Raises:
        BrokenAnswerError: there was none.
    """
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    parts = _Parts()
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode("ascii"),
        "query_string": b"",
        "headers": fields,
        "extensions": {LEFT: parts.on_leave},
    }
    task = asyncio.create_task(parts.run(app, scope))
    try:
        start = await parts.next()
        got = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
        yield OwnAnswer(start["status"], got, parts)
    finally:
        parts.leave()
        if not task.done():
            await asyncio.wait([task], timeout=5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
