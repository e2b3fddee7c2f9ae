"""One request on a connection of the server, and its answer: what an application gets and sends.

What is sent is framed as RFC 9112 has it, and no field goes out that holds a control character.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from faifo.dataplane.exchange import PAST

if TYPE_CHECKING:
    from collections.abc import Callable

    from faifo.dataplane.exchange import Message
    from faifo.dataplane.protocol import Connection

log = logging.getLogger("faifo.http")

# The head of so short an answer waits for the body, to go out with it.
_TOGETHER: Final = 64 * 1024
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
# Field values and names may hold nothing else (RFC 9110 §5.5).
_PLAIN: Final = bytes(code for code in range(256) if code == 9 or (code >= 32 and code != 127))
_PHRASES: Final = {status.value: status.phrase.encode() for status in HTTPStatus}
STATUS: Final = {
    status: b"HTTP/1.1 %d %b\r\n" % (status, _PHRASES.get(status, b""))
    for status in range(100, 600)
}


class Turn:
    """One request and its answer: what an application receives, and what it sends."""

    more = True
    gone = False
    started = False
    complete = False
    task: asyncio.Task[None] | None = None
    left: Callable[[], None] | None = None
    _head = b""
    _body: bytes | bytearray = b""
    _fresh = False
    _news: asyncio.Event | None = None
    _left = 0
    _chunked = False
    _until_closed = False

    def __init__(
        self, connection: Connection, scope: dict[str, Any], *, keep: bool, expects: bool
    ) -> None:
        self._connection = connection
        self.scope = scope
        self.keep = keep
        self._expects = expects

    async def run(self) -> None:
        server = self._connection.server
        task = cast("asyncio.Task[None]", self.task)
        server.tasks.add(task)
        try:
            await server.app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            # The server's end, or the application's own doing: no fault.
            self._broken_off(503, "stopping", "the server is stopping; try again")
        except Exception as error:
            log.error("a request failed", exc_info=error)
            self._broken_off(500, "internal", "something failed inside")
        else:
            if not self.complete:
                self._broken_off(500, "internal", "something failed inside")
        finally:
            server.tasks.discard(task)
            # A circle would wait for the collector.
            self.left = None

    def _broken_off(self, status: int, code: str, detail: str) -> None:
        """Let the caller see that this is not the answer's end."""
        if self.gone or self.complete:
            return
        if not self.started:
            self.complete = True
            self._connection.refuse(status, code, detail)
        elif self._until_closed:
            # Only a reset tells it from the proper end.
            transport = self._connection.transport
            reset = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, reset
            )
            transport.abort()
        else:
            self._connection.transport.write(self._head)
            self._connection.transport.close()

    # What comes.

    def take(self, body: bytes) -> int:
        """Keep a part of the body until it is received; return how much is kept."""
        self._body = bytearray(self._body) + body if self._body else body
        self.wake()
        return len(self._body)

    @property
    def unread(self) -> int:
        """How many bytes of the body have come and were not received."""
        return len(self._body)

    def wake(self) -> None:
        self._fresh = True
        if self._news is not None:
            self._news.set()

    def leave(self) -> None:
        """Take that the client has left."""
        self.gone = True
        self.wake()
        if self.left is not None:
            self.left()

    async def receive(self) -> Message:
        connection = self._connection
        if self._expects:
            self._expects = False
            if not connection.transport.is_closing():
                connection.transport.write(_CONTINUE)
        while not (self._fresh or self.gone or self.complete):
            connection.read_on()
            if self._news is None:
                self._news = asyncio.Event()
            self._news.clear()
            await self._news.wait()
        if self.gone or self.complete:
            return {"type": "http.disconnect"}
        self._fresh = False
        body, self._body = bytes(self._body), b""
        connection.read_on()
        return {"type": "http.request", "body": body, "more_body": self.more}

    # What goes.

    async def send(self, message: Message) -> None:
        connection = self._connection
        if connection.full is not None and not self.gone:
            await connection.full.wait()
        if self.gone:
            return
        if not self.started:
            self._begin(message)
            return
        if self.complete:
            raise RuntimeError("an answer goes on behind its end")
        body, more = message.get("body", b""), message.get("more_body", False)
        write = connection.transport.write
        if self._chunked:
            if body:
                write(b"%x\r\n%b\r\n" % (len(body), body))
            if not more:
                write(b"0\r\n\r\n")
        else:
            if self.scope["method"] == "HEAD":
                self._left, body = 0, b""
            elif not self._until_closed:
                self._left -= len(body)
                if self._left < 0:
                    raise RuntimeError("an answer is longer than its Content-Length")
            if self._head:
                body, self._head = self._head + body, b""
            if body:
                write(body)
        if not more:
            if self._left:
                raise RuntimeError("an answer is shorter than its Content-Length")
            self.complete = True
            self.wake()
            connection.answered(self)

    def take_head(self) -> bytes:
        """Return what is to go out first, if that has not gone out."""
        head, self._head = self._head, b""
        return head

    def sent_past(self, count: int) -> None:
        """Count bytes of the body that went out past the transport."""
        self._left -= count

    def _begin(self, message: Message) -> None:
        self._expects = False
        connection, status = self._connection, message["status"]
        fields = message.get("headers", ())
        said = dict(fields).get(b"content-length")
        length = None if said is None else int(said)
        parts = [STATUS[status], connection.server.date]
        parts += [b"%b: %b\r\n" % pair for pair in fields]
        self._left = length or 0
        bare = self.scope["method"] == "HEAD" or status in {204, 304}
        if length is None and not bare:
            if self.scope["http_version"] == "1.1":
                self._chunked = True
                parts.append(b"transfer-encoding: chunked\r\n")
            else:  # RFC 9112 §6.1: nobody before 1.1 reads chunks
                self._until_closed, self.keep = True, False
        if not self.keep or connection.leaving:
            self.keep = False
            parts.append(b"connection: close\r\n")
        parts.append(b"\r\n")
        head = b"".join(parts)
        # Each part is a line, and ends one.
        if len(head.translate(None, _PLAIN)) != 2 * len(parts):
            raise RuntimeError("a field of an answer holds a control character")
        self.started = True
        if message.get(PAST) or (length is not None and length <= _TOGETHER):
            self._head = head
        else:
            connection.transport.write(head)
