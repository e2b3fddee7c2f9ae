"""One connection of the node's HTTP/1.1 server (RFC 9112), bounded in every direction.

An application is called as ASGI 3 has it, and sees nothing else of HTTP. Times are checked by
`sweep`, once a second for all connections, so a request pays nothing for them but a few
assignments.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

import httptools
import msgspec

from faifo.dataplane.exchange import LEFT, PAST
from faifo.dataplane.forwarded import forwarded, is_proxy
from faifo.dataplane.problems import MEDIA_TYPE, Problem
from faifo.dataplane.turn import STATUS, Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from faifo.dataplane.server import Server


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one server allows. `header_bytes` counts the request line and all fields.

    A body comes at `body_rate` bytes a second at least, measured from `body_grace` on, and within
    `body_time`; who was answered before has `linger` to stop sending. One address holds at most
    `per_address` of the `connections`, unless it is one of a proxy in `proxies` (CIDR), which is
    also believed about for whom it asks. `pipelined` requests may wait behind one another.
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
    pipelined: int = 64
    discarded_bytes: int = 8 * 1024 * 1024
    shutdown_grace: timedelta = timedelta(seconds=5)


# What is read of a body before somebody asks for it.
_AHEAD: Final = 64 * 1024
_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}
_IDLE, _HEADERS, _BODY, _ANSWER = range(4)
# What is sent goes out with what follows it.
_MORE: Final[int] = getattr(socket, "MSG_MORE", 0)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class _RefusedError(Exception):
    """Ends the parsing of a request that is over a limit."""


class Connection(asyncio.Protocol):
    """One connection of `server`, whose limits hold."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.limits = server.limits
        self.loop = server.loop
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self.full: asyncio.Event | None = None
        self.leaving = False
        self._parser = httptools.HttpRequestParser(self)
        # What stands behind a request that closes is not looked at: it is no error.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._address = ""
        self._proxy = False
        self._client: tuple[str, int] | None = None
        self._own: tuple[str, int | None] | None = None
        self._scheme = "http"
        self._extensions: dict[str, Any] = {}
        # The request that is being read, that which is answered, and those between.
        self._reading: Turn | None = None
        self._answering: Turn | None = None
        self._waiting: deque[Turn] = deque()
        self._last = False
        self._url = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._expects = False
        self._paused = False
        self._stage = _HEADERS
        self._since = self.loop.time()
        self._raw_bytes = 0
        self._counted = 0
        self._silent_bytes = 0
        self._discarded_bytes = 0
        self._begun = False
        self._oversized = False
        self._unsent = 0
        self._unsent_since = 0.0
        self._body_bytes = 0
        self._body_began = 0.0
        self._answered: float | None = None
        self._room: asyncio.Future[None] | None = None
        self._past_left = 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        server, told = self.server, transport.get_extra_info
        server.connections.add(self)
        peer, own = told("peername"), told("sockname")
        self._client = (str(peer[0]), int(peer[1])) if peer else None
        self._own = (str(own[0]), int(own[1])) if own else None
        self._address = self._client[0] if self._client else ""
        self._proxy = is_proxy(self._address, server.proxies)
        self._extensions = {LEFT: self.on_leave}
        if told("sslcontext") is None:
            self._extensions[PAST] = self.past
        else:
            self._scheme = "https"
        server.addresses[self._address] += 1
        if len(server.connections) > self.limits.connections or self._too_many_of_one_address():
            self.refuse(503, "too-many-connections", "too many connections; try again later")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        server = self.server
        if self._room is not None and not self._room.done():
            self._room.set_exception(ConnectionResetError())
        self.resume_writing()
        if self._answering is not None and not self._answering.complete:
            self._answering.leave()
        self._waiting.clear()
        server.addresses[self._address] -= 1
        if server.addresses[self._address] <= 0:
            del server.addresses[self._address]
        server.lost(self)
        # Circles would wait for the collector.
        del self._parser
        self._reading, self._extensions = None, {}

    def _too_many_of_one_address(self) -> bool:
        return not self._proxy and self.server.addresses[self._address] > self.limits.per_address

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._stage == _IDLE:
            # Also for stray line ends between requests, which begin no message.
            self._enter(_HEADERS)
        if self._stage == _HEADERS:
            self._begun = False
            self._feed(data)
            # A field without an end reaches no callback, so raw bytes count as well; in the read
            # that begins a message it is not known how many of them belong to it.
            if not self._begun:
                self._raw_bytes += len(data)
            if self._stage == _HEADERS and self._raw_bytes > self.limits.header_bytes:
                self._too_large()
        else:
            self._silent_bytes += len(data)
            self._since = self.loop.time()
            self._feed(data)
            # Chunk extensions and trailers reach no callback that could count them.
            if self._stage == _BODY and self._silent_bytes > self.limits.header_bytes:
                self.refuse(400, "bad-request", "too many bytes without any body")

    def _feed(self, data: bytes) -> None:
        while data and not self._last:
            try:
                self._parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                # No other protocol is spoken here, so this one goes on (RFC 9110 §7.8).
                data = data[upgrade.args[0] :]
            except httptools.HttpParserError:
                if self._oversized:
                    self._too_large()
                elif not self._last:
                    self.refuse(400, "bad-request", "Invalid HTTP request received.")
                return

    def pause_writing(self) -> None:
        self.full = asyncio.Event()

    def resume_writing(self) -> None:
        if self.full is not None:
            self.full.set()
            self.full = None

    # What the parser says.

    def on_message_begin(self) -> None:
        if self._last:
            raise _RefusedError
        self._url, self._fields, self._expects = b"", [], False
        self._raw_bytes = self._counted = self._silent_bytes = 0
        self._begun = True
        self._enter(_HEADERS)

    def on_url(self, url: bytes) -> None:
        self._counted += len(url)
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._counted += len(name) + len(value) + 4
        # Trailer fields are counted and dropped: nothing may be added to a request under way.
        if self._stage != _HEADERS:
            self._bounded()
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self._expects = True
        elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
            # RFC 9112 §6.1: what is packed on its way in another manner cannot be unpacked here.
            raise _RefusedError
        self._fields.append((name, value))

    def _bounded(self) -> None:
        if (
            self._counted > self.limits.header_bytes
            or len(self._fields) > self.limits.header_fields
        ):
            self._oversized = True
            raise _RefusedError

    def on_headers_complete(self) -> None:
        self._bounded()
        self._enter(_BODY)
        self._body_bytes, self._body_began, self._answered = 0, self._since, None
        if len(self._waiting) >= self.limits.pipelined:
            raise _RefusedError
        version, parser = self._parser.get_http_version(), self._parser
        method = parser.get_method().decode("ascii")
        path, query = _target(self._url)
        shown = path.decode("ascii")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self._own,
            "client": self._client,
            "scheme": self._scheme,
            "root_path": "",
            "method": method,
            "path": unquote(shown) if "%" in shown else shown,
            "raw_path": path,
            "query_string": query,
            "headers": self._fields,
            "extensions": self._extensions,
        }
        if self._proxy:
            scope.update(forwarded(self._fields, self.server.proxies))
        # No keeping alive by 1.0: what stands between may not know of it.
        keep = version == "1.1" and parser.should_keep_alive()
        turn = self._reading = Turn(self, scope, keep=keep, expects=self._expects)
        if self._answering is None:
            self._begin(turn)
        else:
            self._waiting.append(turn)

    def on_body(self, body: bytes) -> None:
        turn = cast(Turn, self._reading)
        self._silent_bytes = 0
        self._body_bytes += len(body)
        if turn.complete:
            self._discarded_bytes += len(body)
            if self._discarded_bytes > self.limits.discarded_bytes:
                self.transport.abort()
        elif turn.take(body) > _AHEAD and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    def on_message_complete(self) -> None:
        turn = cast(Turn, self._reading)
        self._last = not turn.keep
        if turn.complete:
            self._enter(_IDLE)
        else:
            turn.more = False
            turn.wake()
            self._stage = _ANSWER

    # What a turn says.

    def read_on(self) -> None:
        """Go on reading, unless much of a body is here that nobody has received."""
        turn = self._reading
        if self._paused and (turn is None or turn.complete or turn.unread <= _AHEAD):
            self._paused = False
            self.transport.resume_reading()

    def answered(self, turn: Turn) -> None:
        """Take that `turn` has sent all of its answer."""
        self._answering = None
        if self.transport.is_closing():
            return
        if not turn.keep:
            self.transport.close()
            return
        if turn is self._reading:
            if self._stage == _ANSWER:
                self._enter(_IDLE)
            elif self._stage == _BODY:
                self._answered = self.loop.time()
        self.read_on()
        if self._waiting:
            self._begin(self._waiting.popleft())
        elif self.leaving:
            self.transport.close()

    def _begin(self, turn: Turn) -> None:
        self._answering = turn
        turn.task = self.loop.create_task(turn.run())

    def shutdown(self) -> None:
        """Close when what is under way has been answered."""
        self.leaving = True
        if self._answering is None:
            self.transport.close()

    def on_leave(self, told: Callable[[], None]) -> None:
        """Call `told` when the client leaves before the end of the answer that is under way."""
        if self._answering is None or self._answering.gone:
            told()
        else:
            self._answering.left = told

    async def past(
        self, send: Callable[[int, int, int], Awaitable[int]], at: int, length: int
    ) -> AsyncIterator[int]:
        """Send part of a body past the transport, once that has nothing more to write.

        Raises:
            OSError: the connection has ended.
        """
        if self.transport.get_write_buffer_size():
            self.transport.set_write_buffer_limits(high=0)
            if self.full is not None:
                await self.full.wait()
            self.transport.set_write_buffer_limits()
        turn = self._answering
        if turn is None or self.transport.is_closing():
            raise ConnectionResetError
        self._past_left = length
        try:
            to = await self._beside(turn.take_head())
            while True:
                sent = await send(to, at, self._past_left)
                self._past_left -= sent
                turn.sent_past(sent)
                at += sent
                turn.scope[PAST] = length - self._past_left
                yield sent
                if not self._past_left:
                    return
                await self._writable(to)
        finally:
            self._past_left = 0

    async def _beside(self, head: bytes) -> int:
        """Send `head`, and return a descriptor of its own for what follows it at once."""
        own = self.transport.get_extra_info("socket")
        # The loop lets nobody watch the transport's own descriptor.
        with socket.socket(own.family, own.type, own.proto, os.dup(own.fileno())) as beside:
            while head:
                try:
                    head = head[beside.send(head, _MORE) :]
                except BlockingIOError:
                    await self._writable(beside.fileno())
            return beside.detach()

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

    # Time and limits.

    def sweep(self, now: float) -> None:
        """End this connection if it has kept the server waiting for too long."""
        if self.transport.is_closing():
            self._sweep_unsent(now)
            return
        waited = now - self._since
        if self._stage == _HEADERS and waited > self.limits.header_time.total_seconds():
            if self._begun or self._raw_bytes:
                self.refuse(408, "request-timeout", "the request did not arrive in time")
            else:
                self.transport.close()
        elif self._stage == _IDLE and waited > self.limits.keep_alive.total_seconds():
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
        if self._paused:  # it is we who do not read
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

    def _too_large(self) -> None:
        limit = self.limits.header_bytes
        self.refuse(431, "headers-too-large", f"the header section is over {limit} bytes")

    def refuse(self, status: int, code: str, detail: str) -> None:
        """Answer and close, unless an answer is under way; then only close."""
        if self.transport.is_closing():
            return
        turn = self._answering
        if self._stage == _BODY and turn is self._reading and turn and not turn.started:
            # It is this request that is refused, and nobody has said anything to it.
            turn.complete = True
            turn.leave()
        if self._answering is None or (self._answering.complete and not self._waiting):
            body = Problem(status, code, detail).body()
            self.transport.write(
                STATUS[status]
                + self.server.date
                + b"content-type: %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
                % (MEDIA_TYPE, len(body))
                + body
            )
            self.transport.close()
        else:
            self.transport.abort()


def _target(url: bytes) -> tuple[bytes, bytes]:
    """Return path and query of a request's target, whichever form it has (RFC 9112 §3.2).

    Raises:
        HttpParserError: it is no target.
    """
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    parsed = httptools.parse_url(url)
    return parsed.path or b"/", parsed.query or b""
