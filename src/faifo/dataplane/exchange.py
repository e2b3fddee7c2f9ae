"""One request and its answer: what was sent so far, and the record before the end.

`Exchange.answer` and `Exchange.record` are the only ways to an answer, so no answer ends
unrecorded. `Caller` is the client's side: its body, and whether it is still there.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from faifo import clock, ids
from faifo.dataplane.headers import one
from faifo.dataplane.journal import Access
from faifo.dataplane.problems import MEDIA_TYPE, Problem
from faifo.phrases import Phrase, accepted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence

    from faifo.dataplane.gate import Grant
    from faifo.dataplane.journal import Journal, Outcome
    from faifo.dataplane.openfile import OpenFile
    from faifo.dataplane.problems import Headers

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger("faifo.dataplane")

# What a server offers in `extensions` that lets bytes of a file past its own buffers: a function of
# a sender (`OpenFile.send`), where to begin and how many, that yields what has gone out. A start
# message that says so beforehand has its head go out with the first of them.
PAST = "faifo.past"
# And what calls a function when the client leaves before the answer's end, at once if it has left.
LEFT = "faifo.left"
EMPTY_DIGEST = hashlib.sha256().digest()


class NotRecordedError(Exception):
    """The journal failed; the answer must not end properly."""


class StoppedError(Exception):
    """The client went away, or the answer cannot go on. `failed` if it was not the client."""

    def __init__(self, reason: str, *, failed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failed = failed


class Caller:
    """The client's side of a request. `gone` turns true when it has left."""

    gone = False
    too_large = False
    hash: Any = None
    _reading = False
    _waits: asyncio.Task[Any] | None = None

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    async def body(self, limit: int) -> AsyncIterator[bytes]:
        """Yield the request body as it comes, hashing it; stops short above `limit` bytes."""
        self._reading = True
        self.hash = hashlib.sha256()
        seen = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.gone = True
                raise ConnectionResetError
            chunk: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            seen += len(chunk)
            if seen > limit:
                self.too_large = True
                raise ConnectionAbortedError
            if chunk:
                self.hash.update(chunk)
                yield chunk
        self._reading = False

    def watch(self, cancel: asyncio.Task[Any] | None) -> None:
        """From now on, cancel `cancel` when the client leaves.

        Not while the body is still coming in: its reader notices by itself.
        """
        self._waits = cancel
        if self.gone:
            self.left()

    def unwatch(self) -> None:
        self._waits = None

    def left(self) -> None:
        """Take that the client has left."""
        self.gone = True
        if self._waits is not None and not self._reading:
            self._waits.cancel()
            self._waits = None


class Exchange:
    """One request on its way to a recorded answer."""

    transfer_id = ""
    prefix = ""
    path = ""
    grant: Grant | None = None
    status = 0
    sent = 0
    hash: Any = None
    range: tuple[int, int] | None = None
    started = False
    completed = False
    # Why the right to it ended while it was under way.
    ended = ""
    _access_id = ""

    def __init__(self, scope: Message, receive: Receive, send: Send, journal: Journal) -> None:
        self._journal = journal
        self._send = send
        self.task = asyncio.current_task()
        self.caller = Caller(receive)
        offered = scope["extensions"]
        self._past = offered.get(PAST)
        offered[LEFT](self.caller.left)
        self.method: str = scope["method"]
        self.headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        self._fields = dict(self.headers)
        self.query: str = scope["query_string"].decode("latin-1")

    def field(self, name: bytes) -> bytes | None:
        """Return the value of a field of the request that stands exactly once, else None."""
        if len(self._fields) == len(self.headers):
            return self._fields.get(name)
        return one(self.headers, name)

    async def record(
        self,
        outcome: Outcome,
        *,
        status: int,
        bytes_sent: int = 0,
        digest: bytes | None = None,
        reason: str = "",
    ) -> Headers:
        """Record this access durably; return the headers that the journal wants in the answer.

        Raises:
            NotRecordedError: it is not recorded.
        """
        if not self._access_id:
            self._access_id = ids.new_urn(clock.now())
        request_hash = self.caller.hash
        try:
            extra = await self._journal.record(
                Access(
                    access_id=self._access_id,
                    grant=self.grant,
                    transfer_id=self.transfer_id,
                    method=self.method,
                    path=self.path,
                    status=status,
                    outcome=outcome,
                    bytes_sent=bytes_sent,
                    request_digest=request_hash.digest() if request_hash is not None else None,
                    response_digest=digest,
                    range=self.range,
                    reason=reason,
                )
            )
        except Exception as error:  # noqa: BLE001 - whatever it was, it is not recorded
            logger.error("an access was not recorded: %s", type(error).__name__)
            raise NotRecordedError from None
        return [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in extra.items()
        ]

    async def answer(
        self,
        status: int,
        headers: Headers,
        body: bytes,
        *,
        outcome: Outcome = "served",
        reason: str = "",
        digest: bytes | None = None,
    ) -> None:
        """Record, then send a whole answer. For HEAD `body` stays here."""
        sent = b"" if self.method == "HEAD" else body
        if digest is None or sent is not body:
            digest = hashlib.sha256(sent).digest() if sent else EMPTY_DIGEST
        extra = await self.record(
            outcome, status=status, bytes_sent=len(sent), digest=digest, reason=reason
        )
        await self.start(status, headers + extra if extra else headers)
        await self.end(sent)

    async def refuse(self, problem: Problem) -> None:
        """Record and send an error answer."""
        told = self.field(b"accept-language") or b""
        body = problem.body(accepted(told.decode("latin-1")))
        headers = [
            (b"content-type", MEDIA_TYPE),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            *problem.headers,
        ]
        outcome: Outcome = "failed" if problem.failed else "refused"
        await self.answer(problem.status, headers, body, outcome=outcome, reason=problem.code)

    async def start(self, status: int, headers: Headers, *, past: bool = False) -> None:
        """Hand over the head; `past`: `file` gives what follows it."""
        self.started = True
        self.status = status
        message = {"type": "http.response.start", "status": status, "headers": headers, PAST: past}
        await self._send(message)

    async def part(self, chunk: bytes) -> None:
        """Hand over part of a body, not the last.

        Raises:
            StoppedError: the client has left.
        """
        if self.hash is not None:
            self.hash.update(chunk)
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        if self.caller.gone:
            raise StoppedError("client-left")
        self.sent += len(chunk)

    async def file(self, opened: OpenFile, at: int, length: int, *, last: int) -> bool:
        """Hand over part of a file without reading it, where the server can; `last` bytes are left.

        Raises:
            StoppedError: the client has left.
        """
        if self._past is None:
            return False
        try:
            async for sent in self._past(partial(opened.send, last=last), at, length):
                self.sent += sent
        except OSError:
            self.caller.gone = True
            raise StoppedError("client-left") from None
        return True

    async def end(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": False})
        self.sent += len(chunk)
        self.completed = True

    async def interrupted(self, reason: str, *, failed: bool) -> None:
        """Record that the answer did not reach its end; nothing more is sent."""
        self.caller.unwatch()
        await self.record(
            "failed" if failed else "interrupted",
            status=self.status,
            bytes_sent=self.sent,
            reason=reason,
        )

    async def unrecorded(self) -> None:
        """Tell the client, if it can still be told, that nothing is served without a record."""
        if self.started:
            return
        body = Problem(503, "not-recorded", Phrase("errors.told.data.not-recorded")).body()
        headers = [(b"content-type", MEDIA_TYPE), (b"content-length", b"%d" % len(body))]
        await self.start(503, headers)
        await self.end(b"" if self.method == "HEAD" else body)
