"""The consumer's way to a partner's data: the management API passes a request on with the token.

Streams both ways; nothing is kept but a row in the journal, durable before the answer ends: what
was asked, how many bytes came, and their digest. The token never leaves this process towards the
caller.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any
from urllib.parse import quote

from faifo import clock
from faifo.dataplane.calling import Answer, CallError, Limits, Unpacker
from faifo.dataplane.egress import Session, unreachable
from faifo.errors import MalformedMessageError
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.messages.dsp_2025_1.data_address import Endpoint
from faifo.node.http.request import Request
from faifo.node.http.response import Response, Streamed
from faifo.node.offering.running import Running
from faifo.node.receipts.handing import LEAF_HEADER
from faifo.node.watching import tracing
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import ExpectedReceipt, Transfer

PASSED_ON = frozenset(
    {
        "accept",
        "accept-language",
        "content-type",
        "content-length",
        "content-encoding",
        "content-language",
        "range",
        "if-range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "prefer",
        "idempotency-key",
        "tracestate",
    }
)
log = logging.getLogger("faifo.relay")

DROPPED = frozenset(
    {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"trailer", b"upgrade", b"server"}
)
LEAF_TEXT = 1024


class _Passing(Streamed):
    """An answer that may break off: then its end is held back, and the journal has the reason."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except CallError as error:
            log.info("what was passed on broke off: %s", error)


class Relay:
    """Calls a partner's data endpoint on behalf of a local caller."""

    def __init__(
        self,
        session: Session,
        store: Store,
        *,
        running: Running,
        idle: float,
        total: float,
    ) -> None:
        self.running = running
        self._session = session
        self._store = store
        self._limits = Limits(idle=idle, total=total)

    async def answer(
        self, request: Request, transfer: Transfer, endpoint: Endpoint, *, turn: int
    ) -> Response:
        """Return the partner's answer to `request`, made at `endpoint`.

        `turn` is that of `running` before the transfer was read.
        """
        path = request.path_params.get("path")
        if path is not None and not {".", ".."}.isdisjoint(path.split("/")):
            raise MalformedMessageError(
                what=Phrase("errors.told.path.dot-part"), expected=Phrase("errors.told.path.plain")
            )
        url = endpoint.url
        if path is not None:
            # As it was sent: an escape that is decoded and written anew may name something else.
            _, _, sent = request.scope["raw_path"].partition(b"?")[0].partition(b"/data/")
            url += f"/{quote(sent, safe=_PATH_SAFE)}"
        if request.query:
            url += f"?{request.query}"
        headers = {
            name: value for name, value in request.headers.items() if name.lower() in PASSED_ON
        }
        headers["Authorization"] = endpoint.authorization
        headers |= tracing.outgoing_headers()
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        body = request.stream() if has_body else b""
        try:
            response = await self._session.call(
                request.method, url, headers.items(), body, limits=self._limits
            )
        except CallError as error:
            raise unreachable(error, who=endpoint.url) from None
        unpacker = response.unpacker()
        asked = {"method": request.method, "path": path or "", "status": response.status}
        fields = [(name, value) for name, value in response.headers if name not in DROPPED]
        body = self._body(response, unpacker, transfer, asked, turn)
        return _Passing(body, request, response.status, fields)

    async def _body(
        self,
        response: Answer,
        unpacker: Unpacker | None,
        transfer: Transfer,
        asked: dict[str, object],
        turn: int,
    ) -> AsyncGenerator[bytes]:
        digest, size, complete, ended = hashlib.sha256(), 0, False, ""

        def end(code: str) -> None:
            nonlocal ended
            ended = code
            response.fail(CallError("broken"))

        subjects = (transfer.pid, transfer.agreement or transfer.pid)
        leave = self.running.enter(
            subjects,
            partial(self._over, transfer),
            end,
            fresh=self.running.unchanged(subjects, turn),
        )
        try:
            while part := await response.read():
                digest.update(part)
                size += len(part)
                for plain in unpacker.parts(part) if unpacker else (part,):
                    yield plain
            if unpacker:
                unpacker.end()
            complete = True
        except CallError:
            ended = ended or "partner-broke-off"
            raise
        finally:
            ended = await leave(complete) or ended
            response.close()
            came = {**asked, "bytes": size, "response_sha256": digest.hexdigest()}
            if ended and not complete:
                came["reason"] = ended
            event = "fetch-complete" if complete else "fetch-interrupted"
            now = clock.now()
            place, _, leaf = response.fields().get(LEAF_HEADER, "").rpartition(" ")
            leaf = leaf[:LEAF_TEXT]
            expected = ExpectedReceipt(
                peer=transfer.peer,
                leaf=leaf,
                due=now,
                agreement=transfer.agreement,
                process=transfer.pid,
            )

            async def book(tx: Transaction) -> None:
                await happened(tx, event, now, transfer, came)
                if leaf and not await _known(tx, expected, place):
                    await tx.expected_receipts.put(expected)

            await self._store.run(book, few=True)

    async def _over(self, transfer: Transfer) -> str:
        """Return why what is passed on has ended, or nothing."""

        async def look(tx: Transaction) -> str:
            record = await tx.transfers.get(transfer.pid)
            agreement = await tx.agreements.get(transfer.agreement or "", Role.CONSUMER)
            if agreement is not None and agreement.ended:
                return "agreement-ended"
            closed = record is None or record.state in {State.TERMINATED, State.SUSPENDED}
            return "transfer-closed" if closed else ""

        return await self._store.read(look, few=True)


async def _known(tx: Transaction, expected: ExpectedReceipt, place: str) -> bool:
    """Tell whether a receipt is waited for already, or has overtaken the data that told of it."""
    if await tx.expected_receipts.get(expected.peer, expected.leaf):
        return True
    if not (place.isascii() and place.isdecimal() and len(place) < 19):
        return False
    for log in await tx.peer_logs.find(did=expected.peer):
        found = await tx.peer_receipts.get(log.origin, int(place))
        if found is not None and found.leaf == expected.leaf:
            return True
    return False


_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
