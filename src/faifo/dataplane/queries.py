"""Answers from queries: each is run anew, hashed on its way, and recorded before its end."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from faifo.dataplane.exchange import StoppedError
from faifo.dataplane.files import all_but_the_last, only_read
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
        only_read(exchange)
        headers = [(b"content-type", source.media_type.encode())]
        if exchange.method == "HEAD":
            await exchange.answer(200, headers, b"")
            return
        exchange.caller.watch(exchange.task)
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
        held, seen, digest = await all_but_the_last(
            exchange, _parts(source), 200, headers, most=source.max_response_bytes
        )
        exchange.caller.unwatch()
        if not exchange.started:
            headers.append((b"content-length", b"%d" % len(held)))
            await exchange.answer(200, headers, held, digest=digest)
            return
        await exchange.record("served", status=200, bytes_sent=seen, digest=digest)
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
