"""uvicorn's HTTP/1.1 protocol with bounds: header bytes, header time, idle bodies, stalled readers.

Times are checked by `sweep`, once a second for all connections, so a request pays nothing for
them but a few assignments.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from faifo.dataplane.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one server allows. `header_bytes` counts the request line and all fields."""

    header_bytes: int = 32 * 1024
    header_fields: int = 100
    header_time: timedelta = timedelta(seconds=10)
    body_idle: timedelta = timedelta(seconds=30)
    write_idle: timedelta = timedelta(seconds=60)
    keep_alive: timedelta = timedelta(seconds=75)
    connections: int = 1000
    discarded_bytes: int = 8 * 1024 * 1024
    shutdown_grace: timedelta = timedelta(seconds=10)


class _TooManyHeaderBytesError(Exception):
    """Ends the parsing of a request whose header section is over its limit."""


_IDLE, _HEADERS, _BODY, _ANSWER = range(4)


class BoundedProtocol(HttpToolsProtocol):
    """One connection; `limits` is set on the subclass that `server.make_server` creates."""

    limits: ServerLimits = ServerLimits()

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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._end(503, "too-many-connections", "too many connections; try again later")

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
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._silent_bytes = 0
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
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        if self._oversized:
            self._too_large()
        else:
            self._end(400, "bad-request", msg)

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
        elif (
            self._stage == _BODY
            and waited > self.limits.body_idle.total_seconds()
            and not self.flow.read_paused
        ):
            self.transport.abort()
        else:
            self._sweep_unsent(now)

    def _sweep_unsent(self, now: float) -> None:
        """Abort a connection whose reader has taken nothing for `write_idle`."""
        unsent = self.transport.get_write_buffer_size()
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
