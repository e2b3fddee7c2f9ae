"""One exchange, driven through the consumer's own management API; both kinds are polled alike."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import aiohttp
import msgspec

from bench.figures import BenchError

POLL_S = 0.005
PATIENCE_S = 60.0
KIB = 1024


class Exchange(msgspec.Struct, frozen=True):
    """Milliseconds by phase: catalog, request to FINALIZED, transfer to token, and the bytes."""

    catalog: float
    negotiation: float
    token: float
    data: float

    @property
    def whole(self) -> float:
        return self.catalog + self.negotiation + self.token + self.data


class Driver(Protocol):
    """What a user's program does at the consumer, step by step."""

    async def offer(self) -> Any: ...

    async def agreed(self, offer: Any) -> str: ...

    async def token(self, agreement: str) -> tuple[str, str]: ...


async def one(driver: Driver, session: aiohttp.ClientSession) -> Exchange:
    """Run one exchange, from the catalog to all bytes."""
    marks = [time.perf_counter()]

    def mark() -> None:
        marks.append(time.perf_counter())

    offer = await driver.offer()
    mark()
    agreement = await driver.agreed(offer)
    mark()
    endpoint, authorization = await driver.token(agreement)
    mark()
    async with session.get(endpoint, headers={"Authorization": authorization}) as answer:
        body = await answer.read()
    if answer.status != 200 or len(body) != KIB:
        raise BenchError(f"the data came as {answer.status} with {len(body)} bytes")
    mark()
    return Exchange(*((end - begin) * 1e3 for begin, end in itertools.pairwise(marks)))


class Api:
    """A management API over one session."""

    def __init__(
        self, session: aiohttp.ClientSession, base: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self._session = session
        self._base = base
        self._headers = dict(headers or {})

    async def raw(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        async with self._session.request(
            method, self._base + path, json=body, headers=self._headers
        ) as answer:
            return answer.status, await answer.read()

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        status, content = await self.raw(method, path, body)
        if status >= 300:
            raise BenchError(f"{method} {path} was answered {status}: {content[:300]!r}")
        return msgspec.json.decode(content) if content else None


async def polled(look: Callable[[], Awaitable[Any]]) -> Any:
    """Return what `look` gives once it is something, looking every `POLL_S` seconds."""
    end = time.perf_counter() + PATIENCE_S
    while True:
        found = await look()
        if found is not None:
            return found
        if time.perf_counter() > end:
            raise BenchError("nothing came of it")
        await asyncio.sleep(POLL_S)


def state(record: Mapping[str, Any], wanted: str) -> Mapping[str, Any] | None:
    """Return the record once it is as wanted, and None on the way there."""
    if record["state"] == "TERMINATED":
        raise BenchError(f"it ended: {record.get('reason') or record.get('errorDetail')}")
    return record if record["state"] == wanted else None
