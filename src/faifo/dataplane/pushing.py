"""One attempt to push data to somebody's address: streamed, and resumed where the receiver can.

A receiver that answers a HEAD with `Upload-Offset` goes on from there by PATCH (Resumable Uploads
for HTTP, draft-ietf-httpbis-resumable-upload §4.3 and §4.4); every other one gets the whole anew.
What breaks off never looks complete: lengths are announced, and a chunked body is not ended.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from faifo.dataplane.calling import GZIP_NAMES, OF_PACKED, CallError, Limits, Unpacker
from faifo.dataplane.own_answer import BrokenAnswerError, own_answer
from faifo.errors import Fact
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from faifo.dataplane.egress import Session
    from faifo.dataplane.own_answer import App, OwnAnswer

log = logging.getLogger("faifo.push")

PARTIAL = "application/partial-upload"
PASSED_ON = (
    "content-type", "content-disposition", "content-encoding", "content-length", "repr-digest",
)  # fmt: skip
LATER = frozenset({408, 409, 423, 425, 429})
# A receiver that cannot take the rest says one of these to a PATCH; it gets the whole instead.
NOT_THE_REST = frozenset({400, 404, 405, 409, 412, 415, 416, 422, 501})
PROBLEM_BYTES = 64 * 1024


class Target(NamedTuple):
    """Where to, how, and with which header fields; they may be secrets."""

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]


class Pushed(NamedTuple):
    """What came of an attempt. `why` is empty when the receiver has taken all of it.

    `final`: it makes no sense to try again. `sent` counts bytes of this attempt.
    """

    why: Fact = ""
    final: bool = False
    sent: int = 0
    sha256: str = ""


class Pusher:
    """Pushes what `app`, the data plane, serves."""

    def __init__(self, app: App, session: Session, *, idle: float) -> None:
        self._app = app
        self._session = session
        self._idle = idle

    async def push(self, path: str, token: str, target: Target, *, resume: bool) -> Pushed:
        """Push what `token` opens at `path`; with `resume`, ask first what is there already."""
        try:
            offset, complete = await self._offset(target) if resume else (0, False)
            if complete:
                return Pushed()
            done = await self._send(path, token, target, offset)
            if done is None:
                done = await self._send(path, token, target, 0)
            return done or Pushed(Phrase("reason.push.neither"))
        except BrokenAnswerError:
            return Pushed(Phrase("reason.push.broke-off"))
        except TimeoutError:
            return Pushed(Phrase("reason.push.still"))
        except CallError as error:
            if error.kind == "address":
                return Pushed(Phrase("reason.push.address"), final=True)
            if error.kind == "address-refused":
                log.warning("a push was refused: %s", error.reason)
                return Pushed(Phrase("reason.push.not-called"), final=True)
            return Pushed(Phrase("reason.push.unreached"))

    async def _offset(self, target: Target) -> tuple[int, bool]:
        """Return how much the receiver has, and whether that is all; 0 where it does not say."""
        async with asyncio.timeout(self._idle):
            answer = await self._session.call("HEAD", target.url, target.headers, limits=Limits())
        told = answer.fields()
        text = told.get("upload-offset", "")
        good = 200 <= answer.status < 300 and text.isascii() and text.isdecimal()
        if not good or len(text) > 18:
            return 0, False
        return int(text), told.get("upload-complete", "").strip() == "?1"

    async def _send(self, path: str, token: str, target: Target, offset: int) -> Pushed | None:
        """Send from `offset` on; None if the receiver, or this side, cannot begin there.

        Where nothing is promised of the whole, as by most APIs, nobody begins behind its start.
        """
        asked = {"authorization": f"Bearer {token}"}
        if offset:
            asked["range"] = f"bytes={offset}-"
        async with own_answer(self._app, path, asked) as answer:
            if answer.status not in {200, 206}:
                return None if answer.status == 416 else await _refused(answer)
            partial = answer.status == 206
            if partial and ("repr-digest" not in answer.headers or _packed(answer)):
                return None  # nobody could tell that the rest is of the same content
            if offset and not partial:
                offset = 0  # a source without parts: the whole, anew
            return await self._stream(answer, target, offset)

    async def _stream(self, answer: OwnAnswer, target: Target, offset: int) -> Pushed | None:
        headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
        unpacker = Unpacker() if _packed(answer) else None
        if unpacker:  # who receives a file keeps what comes, whatever is said beside it
            headers = {name: headers[name] for name in headers if name.encode() not in OF_PACKED}
        headers |= {name.lower(): value for name, value in target.headers}
        if offset:
            headers |= {
                "content-type": PARTIAL,
                "upload-offset": str(offset),
                "upload-complete": "?1",
                "content-range": answer.headers.get("content-range", ""),
            }
        async with asyncio.timeout(self._idle) as limit:

            def alive() -> None:
                limit.reschedule(asyncio.get_running_loop().time() + self._idle)

            body = _Body(answer, unpacker, alive)
            try:
                response = await self._session.call(
                    "PATCH" if offset else target.method,
                    target.url,
                    headers.items(),
                    body.chunks(),
                    limits=Limits(),
                )
                response.close()
                return _judged(response.status, body, rest=bool(offset))
            except CallError:
                if body.broken:
                    raise BrokenAnswerError from None
                raise


class _Body:
    """What is sent, counted and hashed on its way; `whole` when all of it was handed over."""

    def __init__(
        self, answer: OwnAnswer, unpacker: Unpacker | None, alive: Callable[[], None]
    ) -> None:
        self._answer = answer
        self._unpacker = unpacker
        self._alive = alive
        self.hash = hashlib.sha256()
        self.size = 0
        self.whole = False
        self.broken = False

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.chunks():
                self._alive()
                for part in self._unpacker.parts(chunk) if self._unpacker else (chunk,):
                    self.hash.update(part)
                    self.size += len(part)
                    yield part
            if self._unpacker:
                self._unpacker.end()
        except (BrokenAnswerError, CallError):
            self.broken = True
            raise
        self._alive()
        self.whole = True


def _packed(answer: OwnAnswer) -> bool:
    return answer.headers.get("content-encoding", "").strip().lower() in GZIP_NAMES


def _judged(status: int, body: _Body, *, rest: bool) -> Pushed | None:
    sent = body.size
    if 200 <= status < 300 and body.whole:
        return Pushed(sent=sent, sha256=body.hash.hexdigest())
    if 200 <= status < 300:
        return Pushed(Phrase("reason.push.early"), sent=sent)
    if rest and status in NOT_THE_REST:
        return None
    why = Phrase("reason.push.answered", status=status)
    return Pushed(why, final=status < 500 and status not in LATER, sent=sent)


async def _refused(answer: OwnAnswer) -> Pushed:
    """Return why this node's own gate or source gave nothing."""
    content = await answer.read(PROBLEM_BYTES)
    try:
        detail = msgspec.json.decode(content).get("detail", "")
    except (msgspec.DecodeError, AttributeError):
        detail = ""
    return Pushed(str(detail) or Phrase("reason.push.nothing"), final=answer.status < 500)
