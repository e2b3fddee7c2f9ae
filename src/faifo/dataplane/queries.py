"""Answers from queries: each is run anew, hashed on its way, and recorded before its end."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from faifo.dataplane.exchange import StoppedError
from faifo.dataplane.files import ALLOWED
from faifo.dataplane.problems import Problem
from faifo.dataplane.tables import TableError, rows
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from faifo.dataplane.exchange import Exchange
    from faifo.dataplane.gate import Query

AT_ONCE: Final = 4


class Queries:
    """Runs published queries, so many at once; who comes later waits."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def serve(self, exchange: Exchange, source: Query) -> None:
        """Answer a request for the rows of `source`, which the gate has granted.

        Raises:
            Problem: nothing was sent; the problem is the answer.
            StoppedError: the answer broke off.
        """
        if exchange.method not in {"GET", "HEAD"}:
            detail = Phrase("errors.told.data.not-on-a-file", method=exchange.method)
            raise Problem(405, "method-not-allowed", detail, headers=[(b"allow", ALLOWED)])
        if exchange.path not in {"", "/"}:
            raise Problem(404, "not-found", Phrase("errors.told.data.no-paths"))
        headers = [(b"content-type", source.media_type.encode())]
        if exchange.method == "HEAD":
            await exchange.answer(200, headers, b"")
            return
        exchange.caller.watch(asyncio.current_task())
        try:
            async with self._room:
                await self._pass(exchange, source, headers)
        except (TableError, SettingsError):
            if exchange.started:
                raise StoppedError("backend-broken", failed=True) from None
            detail = Phrase("errors.told.data.backend-unusable")
            raise Problem(502, "backend-broken", detail, failed=True) from None

    @staticmethod
    async def _pass(exchange: Exchange, source: Query, headers: list[tuple[bytes, bytes]]) -> None:
        exchange.hash = hasher = hashlib.sha256()
        held, seen = b"", 0
        async for part in _parts(source):
            seen += len(part)
            if seen > source.max_response_bytes:
                raise StoppedError("response-too-large", failed=True)
            if held:
                if not exchange.started:
                    await exchange.start(200, headers)
                await exchange.part(held)
            held = part
        exchange.caller.unwatch()
        if not exchange.started:
            headers.append((b"content-length", b"%d" % len(held)))
            await exchange.answer(200, headers, held)
            return
        hasher.update(held)
        await exchange.record("served", status=200, bytes_sent=seen, digest=hasher.digest())
        await exchange.end(held)


async def _parts(source: Query) -> AsyncGenerator[bytes]:
    """Yield what the query gives; it runs in a thread of its own, which also closes it."""
    loop = asyncio.get_running_loop()
    coming = rows(source.sql, source.options, source.media_type)
    thread = ThreadPoolExecutor(1, thread_name_prefix="faifo-query")
    try:
        while (part := await loop.run_in_executor(thread, next, coming, None)) is not None:
            if part:
                yield part
    finally:
        thread.submit(coming.close)
        thread.shutdown(wait=False)
