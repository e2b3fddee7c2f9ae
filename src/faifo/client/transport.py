"""The way to a node's management API: over HTTP, or in this process on its ASGI application.

A transport gives status, headers and a stream of bytes, and raises UnreachableError when there is
no answer. An answer that ends before it is whole raises BrokenOffError.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from faifo.api.problems import error_from
from faifo.dataplane.calling import CallError, Limits
from faifo.dataplane.egress import Egress, Session, open_session
from faifo.errors import Fact, FaifoError, UnreachableError
from faifo.phrases import Phrase, say

CONNECT_SECONDS = 10
PROBLEM_BYTES = 1024 * 1024

Scope = MutableMapping[str, Any]
AsgiApp = Callable[
    [Scope, Callable[[], Awaitable[Scope]], Callable[[Scope], Awaitable[None]]], Awaitable[None]
]
Body = bytes | AsyncIterator[bytes] | None


class Request(NamedTuple):
    """What is asked of `target`, a path with query, encoded.

    After `idle` seconds without a byte the answer counts as missing; None: never.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: Body
    idle: float | None


class BrokenOffError(UnreachableError):
    """An answer ended before it was whole; what came so far is good."""

    def sentence(self, lang: str = "en") -> str:
        return say("errors.broken-off", lang, who=self.who, reason=self.reason)


class Fields(Mapping[str, str]):
    """Header fields, found by a name in any case."""

    def __init__(self, lower: Mapping[str, str]) -> None:
        self._lower = lower

    def __getitem__(self, name: str) -> str:
        return self._lower[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lower)

    def __len__(self) -> int:
        return len(self._lower)


class Answer(msgspec.Struct, frozen=True):
    """An answer whose body is still to be read, once."""

    status: int
    headers: Fields
    chunks: Callable[[], AsyncIterator[bytes]]

    async def read(self, limit: int | None = None) -> bytes:
        """Return the body, or at most its first `limit` bytes."""
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if limit is not None and len(body) >= limit:
                return bytes(body[:limit])
        return bytes(body)

    @property
    def length(self) -> int | None:
        """Return the length of the whole body, where the answer says it."""
        text = self.headers.get("Content-Length", "")
        return int(text) if text.isdigit() else None

    async def problem(self, who: Fact) -> FaifoError:
        """Return the error that `who` answers with."""
        return error_from(self.status, await self.read(PROBLEM_BYTES), who=who)


class Transport(Protocol):
    """Carries requests to the management API."""

    who: Fact

    def request(self, asked: Request) -> AbstractAsyncContextManager[Answer]:
        """Send a request and give the answer."""

    async def close(self) -> None: ...


class HttpTransport:
    """A running node."""

    def __init__(self, url: str) -> None:
        self.who: Fact = Phrase("errors.told.node.at", url=url)
        self._url = url.rstrip("/")
        self._session: Session | None = None

    @asynccontextmanager
    async def request(self, asked: Request) -> AsyncIterator[Answer]:
        if self._session is None:
            # Whoever has the key says where the node is; no proxy, it is on this machine.
            self._session = open_session(Egress(anywhere=True))
        limits = Limits(connect=CONNECT_SECONDS, idle=asked.idle or None)
        try:
            url, fields = self._url + asked.target, asked.headers.items()
            answer = await self._session.call(
                asked.method, url, fields, asked.body or b"", limits=limits
            )
        except CallError as error:
            told = Phrase("errors.told.no-url") if error.kind == "address" else error.reason
            raise UnreachableError(who=self.who, reason=told) from None

        async def chunks() -> AsyncIterator[bytes]:
            try:
                while chunk := await answer.read():
                    yield chunk
            except CallError as error:
                silent = error.kind == "timeout"
                told = Phrase("errors.told.no-byte", idle=asked.idle) if silent else error.reason
                raise BrokenOffError(who=self.who, reason=told) from None

        try:
            yield Answer(answer.status, Fields(answer.fields()), chunks)
        finally:
            answer.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class AsgiTransport:
    """A node that is not running, opened in this process; answers are small and kept whole."""

    def __init__(self, app: AsgiApp) -> None:
        self.who: Fact = Phrase("errors.told.node.here")
        self._app = app

    @asynccontextmanager
    async def request(self, asked: Request) -> AsyncIterator[Answer]:
        body = asked.body
        sent = b"".join([part async for part in body]) if isinstance(body, AsyncIterator) else body
        status, fields, parts = 500, dict[str, str](), list[bytes]()

        async def send(message: Scope) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                for name, value in message.get("headers", ()):
                    fields[name.decode("latin-1")] = value.decode("latin-1")
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        requests: list[Scope] = [{"type": "http.request", "body": sent or b"", "more_body": False}]

        async def receive() -> Scope:
            # Who asks in this process stays until the answer is there; a wait is cancelled with it.
            return requests.pop() if requests else await asyncio.Future()

        try:
            async with asyncio.timeout(asked.idle):
                await self._app(_scope(asked, sent), receive, send)
        except TimeoutError:
            raise UnreachableError(who=self.who, reason=Phrase("errors.told.no-answer")) from None

        async def chunks() -> AsyncIterator[bytes]:
            for part in parts:
                yield part

        yield Answer(status, Fields(fields), chunks)

    async def close(self) -> None:
        """Nothing to close: the node belongs to whoever opened it."""


def _scope(asked: Request, body: bytes | None) -> Scope:
    url = urlsplit(asked.target)
    fields = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in asked.headers.items()
    ]
    if body is not None:
        fields.append((b"content-length", b"%d" % len(body)))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": unquote(url.path),
        "raw_path": url.path.encode("ascii"),
        "query_string": url.query.encode("ascii"),
        "root_path": "",
        "headers": fields,
        "client": None,
        "server": ("127.0.0.1", 0),
    }
