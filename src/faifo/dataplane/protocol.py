"""uvicorn's HTTP/1.1 protocol with bounds: headers, slow bodies, stalled readers, connections.

Times are checked by `sweep`, once a second for all connections, so a request pays nothing for
them but a few assignments.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from faifo.dataplane.exchange import PAST
from faifo.dataplane.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from faifo.dataplane.addresses import Network


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one server allows. `header_bytes` counts the request line and all fields.

    A body comes at `body_rate` bytes a second at least, measured from `body_grace` on, and within
    `body_time`; who was answered before has `linger` to stop sending. One address holds at most
    `per_address` of the `connections`, unless it is one of a proxy in `proxies` (CIDR).
    """

    header_bytes: int = 32 * 1024
    header_fields: int = 100
    header_time: timedelta = timedelta(seconds=10)
    body_idle: timedelta = timedelta(seconds=30)
    body_time: timedelta = timedelta(minutes=15)
    body_grace: timedelta = timedelta(seconds=10)
    body_rate: int = 1024
    linger: timedelta = timedelta(seconds=5)
    write_idle: timedelta = timedelta(seconds=60)
    keep_alive: timedelta = timedelta(seconds=75)
    connections: int = 1000
    per_address: int = 250
    proxies: tuple[str, ...] = ()
    discarded_bytes: int = 8 * 1024 * 1024
    shutdown_grace: timedelta = timedelta(seconds=5)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class _TooManyHeaderBytesError(Exception):
    """Ends the parsing of a request whose header section is over its limit."""


_IDLE, _HEADERS, _BODY, _ANSWER = range(4)


class BoundedProtocol(HttpToolsProtocol):
    """One connection; `limits` is set on the subclass that `server.make_server` creates.

    So are `addresses`, which counts the connections of each address of that server.
    """

    limits: ServerLimits = ServerLimits()
    addresses: ClassVar[Counter[str]] = Counter()
    proxies: tuple[Network, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stage = _HEADERS
        self._since = self.loop.time()
        self._raw_bytes = 0
        self._counted = 0
        self._header_fields = 0
        self._silent_bytes = 0
        self._discarded_bytes = 0
        self._begun = False
        self._oversized = False
        self._unsent = 0
        self._unsent_since = 0.0
        self._body_bytes = 0
        self._body_began = 0.0
        self._answered: float | None = None
        self._address = ""
        self._room: asyncio.Future[None] | None = None
        self._past_left = 0
        self._answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = str((transport.get_extra_info("peername") or ("",))[0])
        self.addresses[self._address] += 1
        if len(self.connections) > self.limits.connections or self._too_many_of_one_address():
            self._end(503, "too-many-connections", "too many connections; try again later")

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._room is not None and not self._room.done():
            self._room.set_exception(ConnectionResetError())
        self.addresses[self._address] -= 1
        if self.addresses[self._address] <= 0:
            del self.addresses[self._address]

    def _too_many_of_one_address(self) -> bool:
        if self.addresses[self._address] <= self.limits.per_address:
            return False
        return not any(ip_address(self._address) in network for network in self.proxies)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._stage == _IDLE:
            # Also for stray line ends between requests, which begin no message.
            self._enter(_HEADERS)
        if self._stage == _HEADERS:
            self._begun = False
            super().data_received(data)
            # A field without an end reaches no callback, so raw bytes count as well; in the read
            # that begins a message it is not known how many of them belong to it.
            if not self._begun:
                self._raw_bytes += len(data)
            if self._stage == _HEADERS and self._raw_bytes > self.limits.header_bytes:
                self._too_large()
        else:
            self._silent_bytes += len(data)
            self._since = self.loop.time()
            super().data_received(data)
            # Chunk extensions and trailers reach no callback that could count them.
            if self._stage == _BODY and self._silent_bytes > self.limits.header_bytes:
                self._end(400, "bad-request", "too many bytes without any body")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.scheme == "http":
            self.scope["extensions"] = {PAST: self.past}  # type: ignore[dict-item]
        self._raw_bytes = 0
        self._counted = 0
        self._header_fields = 0
        self._silent_bytes = 0
        self._begun = True
        self._enter(_HEADERS)

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)
        self._header_fields += 1
        if self._header_fields > self.limits.header_fields:
            self._oversized = True
            raise _TooManyHeaderBytesError
        # Trailer fields are counted and dropped: nothing may be added to a request under way.
        if self._stage == _HEADERS:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._enter(_BODY)
        self._body_bytes, self._body_began, self._answered = 0, self._since, None
        super().on_headers_complete()
        if not self.pipeline:
            self._answering = self.cycle

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
        self._body_bytes += len(body)
        if self.cycle.response_complete:
            self._discarded_bytes += len(body)
            if self._discarded_bytes > self.limits.discarded_bytes:
                self.transport.abort()
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._enter(_IDLE if self.cycle.response_complete else _ANSWER)

    def on_response_complete(self) -> None:
        if self._stage == _ANSWER:
            self._enter(_IDLE)
        elif self._stage == _BODY:
            self._answered = self.loop.time()
        if self.pipeline:
            self._answering = self.pipeline[-1][0]
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        if self._oversized:
            self._too_large()
        else:
            self._end(400, "bad-request", msg)

    async def past(
        self, send: Callable[[int, int, int], Awaitable[int]], at: int, length: int
    ) -> AsyncIterator[int]:
        """Send part of a body past the transport, once that has nothing more to write.

        Raises:
            OSError: the connection has ended.
        """
        self.transport.set_write_buffer_limits(high=0)
        await self.flow.drain()
        self.transport.set_write_buffer_limits()
        cycle = self._answering
        if cycle is None or self.transport.is_closing():
            raise ConnectionResetError
        # The loop lets nobody watch the transport's own descriptor.
        to = os.dup(self.transport.get_extra_info("socket").fileno())
        self._past_left = length
        try:
            while True:
                sent = await send(to, at, self._past_left)
                self._past_left -= sent
                cycle.expected_content_length -= sent
                at += sent
                cycle.scope[PAST] = length - self._past_left  # type: ignore[literal-required]
                yield sent
                if not self._past_left:
                    return
                await self._writable(to)
        finally:
            self._past_left = 0

    async def _writable(self, descriptor: int) -> None:
        if self.transport.is_closing():
            raise ConnectionResetError
        self._room = room = self.loop.create_future()
        self.loop.add_writer(descriptor, _set, room)
        try:
            await room
        finally:
            self.loop.remove_writer(descriptor)
            self._room = None

    def sweep(self, now: float) -> None:
        """End this connection if it has kept the server waiting for too long."""
        if self.transport.is_closing():
            self._sweep_unsent(now)
            return
        waited = now - self._since
        if self._stage == _HEADERS and waited > self.limits.header_time.total_seconds():
            if self._begun or self._raw_bytes:
                self._end(408, "request-timeout", "the request did not arrive in time")
            else:
                self.transport.close()
        elif self._stage == _BODY and self._too_slow(now, waited):
            self.transport.abort()
        else:
            self._sweep_unsent(now)

    def _too_slow(self, now: float, waited: float) -> bool:
        """Tell whether a body takes longer than its sender may let us wait."""
        limits = self.limits
        if self._answered is not None:
            return now - self._answered > limits.linger.total_seconds()
        if self.flow.read_paused:  # it is we who do not read
            self._body_began += min(waited, now - self._body_began)
            self._since = now
            return False
        taken = now - self._body_began
        measured = taken - limits.body_grace.total_seconds()
        return (
            waited > limits.body_idle.total_seconds()
            or taken > limits.body_time.total_seconds()
            or (measured > 0 and self._body_bytes < measured * limits.body_rate)
        )

    def _sweep_unsent(self, now: float) -> None:
        """Abort a connection whose reader has taken nothing for `write_idle`."""
        unsent = self.transport.get_write_buffer_size() + self._past_left
        if unsent == 0 or unsent != self._unsent:
            self._unsent = unsent
            self._unsent_since = now
        elif now - self._unsent_since > self.limits.write_idle.total_seconds():
            self.transport.abort()

    def _enter(self, stage: int) -> None:
        self._stage = stage
        self._since = self.loop.time()

    def _count(self, size: int) -> None:
        self._counted += size
        if self._counted > self.limits.header_bytes:
            self._oversized = True
            raise _TooManyHeaderBytesError

    def _too_large(self) -> None:
        limit = self.limits.header_bytes
        self._end(431, "headers-too-large", f"the header section is over {limit} bytes")

    def _end(self, status: int, code: str, detail: str) -> None:
        """Answer and close, unless an answer is under way; then only close."""
        if self.transport.is_closing():
            return
        # uvicorn declares the cycle as never None, and begins with None.
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            body = Problem(status, code, detail).body()
            self.transport.write(
                STATUS_LINE[status]
                + b"content-type: %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
                % (MEDIA_TYPE, len(body))
                + body
            )
            self.transport.close()
        else:
            self.transport.abort()
