"""One call at a time on one connection (RFC 9112), as a client: a request out, its answer in.

Bounded in every direction: the header section, what lies unread, the time. What is not an answer
to the request ends the connection; `Connection.free` is true only if nothing is left over.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from httptools import HttpParserError, HttpResponseParser

from faifo.errors import FaifoError
from faifo.phrases import Phrase, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from faifo.errors import Fact

Kind = Literal["unreachable", "timeout", "broken", "address", "address-refused"]

HEAD_BYTES: Final = 32 * 1024
HEAD_FIELDS: Final = 128
UNREAD_BYTES: Final = 512 * 1024
BROKE: Final = Phrase("errors.told.broke")
NO_ANSWER: Final = Phrase("errors.told.no-answer")
GZIP: Final = 31
"""What zlib calls the form of gzip (RFC 1952), with a window of 32 KiB."""
GZIP_NAMES: Final = frozenset({"gzip", "x-gzip"})
OF_PACKED: Final = frozenset(
    {
        b"content-encoding",
        b"content-length",
        b"etag",
        b"accept-ranges",
        b"content-digest",
        b"repr-digest",
    }
)
"""What speaks of the packed form: not to stand beside what was unpacked. RFC 9110 §8, RFC 9530."""


class CallError(FaifoError):
    """There was no answer, or not to its end. Nothing of the request stands in it.

    `reason` is for people; `repeat`: not a byte of an answer came.
    """

    code = "upstream"

    def __init__(self, kind: Kind, reason: Fact = BROKE, *, repeat: bool = False) -> None:
        super().__init__()
        self.kind = kind
        self.reason = reason
        self.repeat = repeat

    def sentence(self, lang: str = "en") -> str:
        return say("errors.upstream", lang, kind=self.kind)


class Limits(NamedTuple):
    """Seconds: to be connected, for a silence of the server, for all of a call."""

    connect: float | None = 10.0
    idle: float | None = None
    total: float | None = None


class Unpacker:
    """What is packed as gzip (RFC 1952), unpacked as it comes."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)
        self._fed = False

    def parts(self, packed: bytes) -> Iterator[bytes]:
        """Yield what `packed` adds, in parts of a bounded size; raises CallError if it is none."""
        self._fed = True
        while packed:
            if self._member.eof:  # RFC 1952 §2.2: another member follows
                self._member = zlib.decompressobj(GZIP)
            try:
                part = self._member.decompress(packed, UNREAD_BYTES)
            except zlib.error:
                raise CallError("broken", Phrase("errors.told.packed-badly")) from None
            if part:
                yield part
            packed = self._member.unconsumed_tail or self._member.unused_data

    def end(self) -> None:
        """Raise CallError if what came is not whole."""
        if self._fed and not self._member.eof:
            raise CallError("broken")


class Answer:
    """What came: the status and the fields at once (names in lower case), the body as it comes."""

    status = 0
    content_length: int | None = None
    _until: float | None = None
    _unread = 0
    _waiter: asyncio.Future[None] | None = None
    _error: CallError | None = None
    _headed = False
    _ended = False
    _until_closed = False
    _left: int | None = None
    _count = 0
    _silent = 0
    _seen = False

    def __init__(self, connection: Connection, limits: Limits, began: float, *, head: bool) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.certificate_until = connection.certificate_until
        self._connection = connection
        self._limits = limits
        self._heard = began
        self._head = head
        # Dropped at the end: they would keep each other until the collector comes.
        self._parser: Any = HttpResponseParser(self)
        self._chunks: deque[bytes] = deque()
        due = limits.idle
        if limits.total is not None:
            self._until = began + limits.total
            due = limits.total if due is None or limits.total < due else due
        if due is not None:
            connection.look(began + due)

    def fields(self) -> dict[str, str]:
        """Return the fields as text; several lines of one are one list (RFC 9110 §5.3)."""
        found: dict[str, str] = {}
        for raw, value in self.headers:
            name, text = raw.decode("latin-1"), value.decode("latin-1")
            found[name] = f"{found[name]}, {text}" if name in found else text
        return found

    async def begun(self) -> None:
        """Wait for the status and the fields.

        Raises:
            CallError: they did not come.
        """
        while not self._headed:
            await self._news()

    async def read(self) -> bytes:
        """Return the next bytes as soon as there are some, `b""` at the proper end.

        Cancelling a read loses nothing.

        Raises:
            CallError: the body broke off, or paused for too long.
        """
        while not self._chunks:
            if self._ended and self._error is None:
                return b""
            await self._news()
        chunk = self._chunks.popleft()
        self._unread -= len(chunk)
        if self._unread <= UNREAD_BYTES:
            self._connection.go_on()
        return chunk

    @property
    def coding(self) -> str:
        """The content coding in lower case, or an empty text. Spec: RFC 9110 §8.4."""
        said = b", ".join(value for name, value in self.headers if name == b"content-encoding")
        return said.decode("latin-1").strip().lower().removeprefix("identity")

    def unpacker(self) -> Unpacker | None:
        """Return what the body is to go through if it is gzip, and forget what the fields say.

        Some servers send it whatever was asked for. A part of it (206) cannot be unpacked.
        """
        if self.coding not in GZIP_NAMES or self.status == 206:
            return None
        self.headers = [field for field in self.headers if field[0] not in OF_PACKED]
        return Unpacker()

    async def whole(self, limit: int) -> bytes | None:
        """Return the body, unpacked, or None if it is over `limit` bytes; raises as `read`."""
        unpacker = self.unpacker()
        if self.coding:
            raise CallError("broken", Phrase("errors.told.packed", coding=self.coding[:40]))
        content = bytearray()
        if (self.content_length or 0) > limit and not self._head:
            return None
        while chunk := await self.read():
            for part in unpacker.parts(chunk) if unpacker else (chunk,):
                content += part
                if len(content) > limit:
                    return None
        if unpacker:
            unpacker.end()
        return bytes(content)

    def close(self) -> None:
        """End the call; a connection whose answer was not read to its end is closed."""
        if not self._ended:
            self.fail(CallError("broken"))

    def fail(self, error: CallError) -> None:
        """Let whoever reads get `error`, after nothing more."""
        if self._error is not None:
            return
        self._error = error
        self._chunks.clear()
        self._parser = None
        if not self._ended:
            self._connection.abort()
        self._wake()

    # What the connection says.

    def sent(self) -> None:
        """Take that the whole request has gone out."""
        self._heard = self._connection.loop.time()

    def data(self, data: bytes) -> None:
        if self._parser is None:
            self._connection.abort()
            return
        self._heard, self._seen = self._connection.loop.time(), True
        if self._left is not None:
            self._body(data[: self._left])
            self._left -= len(data)
            if self._left <= 0:
                self._end(clean=self._left == 0)
            return
        self._silent += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            self._connection.abort()
            self.lost()
            return
        if self._silent > HEAD_BYTES:
            self.fail(CallError("broken"))
        elif self._headed and not self._ended and self.content_length is not None:
            self._left = self.content_length - self._count

    def lost(self) -> None:
        """Take that the connection has ended."""
        if self._headed and self._until_closed:
            self._end(clean=False)
        if not self._ended:
            self.fail(CallError("broken", repeat=not self._seen))

    # What the parser says.

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._headed:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code() if self._parser is not None else 101
        if status == 101:
            raise ValueError
        if status < 200:  # RFC 9110 §15.2: another answer follows
            self.headers.clear()
            self._silent = 0
            return
        if len(self.headers) > HEAD_FIELDS:
            raise ValueError
        if self._silent > HEAD_BYTES and sum(map(len, sum(self.headers, ()))) > HEAD_BYTES:
            raise ValueError
        self.status, self._headed = status, True
        said = dict(self.headers)
        length, chunked = said.get(b"content-length"), said.get(b"transfer-encoding")
        if chunked is not None and chunked.strip().lower() == b"identity":
            chunked = None  # RFC 2616 §3.6 had a name for no coding
        if chunked is not None and chunked.strip().lower() != b"chunked":
            raise ValueError  # packed in a manner that nobody has asked for
        self.content_length = None if length is None else int(length)
        keep = self._parser.should_keep_alive()
        if self._head or status in {204, 304} or self.content_length == 0:
            self._end(clean=keep)
        else:
            # RFC 9112 §6.3: without a length or chunks, the body ends with the connection.
            self._until_closed = length is None and chunked is None
            self._connection.keep = keep
            self._wake()

    def on_body(self, body: bytes) -> None:
        if self._ended:
            raise ValueError
        self._silent = 0
        self._count += len(body)
        self._body(body)

    def on_message_complete(self) -> None:
        if self._headed and not self._ended:
            self._end(clean=True)

    def _body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._unread += len(body)
        if self._unread > UNREAD_BYTES:
            self._connection.pause()
        self._wake()

    def _end(self, *, clean: bool) -> None:
        self._ended = True
        self._parser = None
        self._connection.answered(clean=clean)
        self._wake()

    async def _news(self) -> None:
        if self._error is not None:
            raise self._error
        loop = self._connection.loop
        self._heard = loop.time()
        self._waiter = loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._error is not None:
            raise self._error

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _due(self, now: float) -> float | None:
        """Return when the call has to be looked at next, if ever."""
        ends = [self._until] if self._until is not None else []
        if self._limits.idle is not None:
            heard = self._heard if self._waits() else now
            ends.append(heard + self._limits.idle)
        return min(ends, default=None)

    def _waits(self) -> bool:
        """Tell whether it is the server's turn, and somebody waits for it."""
        return self._waiter is not None and not self._connection.sending

    def look(self) -> None:
        """End the call if its time is over."""
        if self._parser is None:
            return
        now, idle = self._connection.loop.time(), self._limits.idle
        silent = idle is not None and self._waits() and now >= self._heard + idle
        if silent or (self._until is not None and now >= self._until):
            self.fail(CallError("timeout", NO_ANSWER))
        else:
            self._connection.look(self._due(now))


class Connection(asyncio.Protocol):
    """A connection to one server. `free`: it may carry another call."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        released: Callable[[Connection], None],
        lost: Callable[[Connection], None],
    ) -> None:
        self.loop = loop
        self._released = released
        self._lost = lost
        self.keep = True
        self.free = False
        self.certificate_until: str | None = None
        self.idle_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._answer: Answer | None = None
        self._sending: asyncio.Task[None] | None = None
        self._paused = False
        self._writable: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    def look(self, at: float | None) -> None:
        """Look at the call under way at that time, or before.

        The timer outlives the call: it serves the next one, which need not make another.
        """
        if at is None or (self._timer is not None and self._due <= at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due, self._timer = at, self.loop.call_at(at, self._looked)

    def _looked(self) -> None:
        self._timer = None
        if self._answer is not None:
            self._answer.look()

    def call(
        self, head: bytes, body: Any, limits: Limits, began: float, *, method: str, chunked: bool
    ) -> Answer:
        """Send a request; `body` is bytes, or comes in parts that are sent as `head` says."""
        self.free, self.keep = False, True
        answer = self._answer = Answer(self, limits, began, head=method == "HEAD")
        transport = self._transport
        if transport is None:
            raise CallError("broken")
        if isinstance(body, bytes):
            transport.write(head + body)
        else:
            transport.write(head)
            self._sending = self.loop.create_task(self._send(body, answer, chunked=chunked))
        return answer

    def answered(self, *, clean: bool) -> None:
        """Take that the answer is whole; without `clean` nothing more may come this way."""
        if clean and self.keep and self._sending is None:
            self.go_on()
            self.free, self.idle_since = True, self.loop.time()
            self._released(self)
        elif self._sending is None:
            self.close()
        else:
            self.abort()

    @property
    def sending(self) -> bool:
        """Whether parts of the request are still to come."""
        return self._sending is not None

    def abort(self) -> None:
        self.free = False
        if self._sending is not None:
            self._sending.cancel()
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """End the connection when what was written has gone out."""
        self.free = False
        if self._transport is not None:
            self._transport.close()

    def pause(self) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def go_on(self) -> None:
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    async def _send(self, body: AsyncIterator[bytes], answer: Answer, *, chunked: bool) -> None:
        transport = cast(asyncio.Transport, self._transport)
        try:
            async for part in body:
                if part:
                    transport.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
                if self._writable is not None:
                    await self._writable
            if chunked:
                transport.write(b"0\r\n\r\n")
            self._sending = None
            answer.sent()
        except Exception:  # noqa: BLE001 - whatever ends the body, ends the call
            self._sending = None
            answer.fail(CallError("broken"))

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        shown = transport.get_extra_info("peercert") or {}
        self.certificate_until = shown.get("notAfter")

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self.free:
            self.abort()  # nobody asked
        else:
            self._answer.data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.free = False
        if self._timer is not None:
            self._timer.cancel()
        self._lost(self)
        self.resume_writing()
        if self._answer is not None:
            self._answer.lost()
        if self._sending is not None:
            self._sending.cancel()

    def pause_writing(self) -> None:
        self._writable = self.loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None
