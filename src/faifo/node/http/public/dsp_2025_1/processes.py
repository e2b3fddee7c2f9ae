"""Negotiations and transfers over HTTPS. Spec: DSP 2025-1 §8 and §10, dsp-dcp.md 1.3 and 1.7.

Both roles share one base: the pid decides, the stored process tells our role, and the machine who
may send what. Who is not proven, or not a party, sees 404 where a process is named.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import unquote

from faifo import clock
from faifo.errors import FaifoError, NotFoundError, NotProvenError
from faifo.ledger.refused import ProofError
from faifo.machines.negotiation import Message as N
from faifo.machines.transfer import Message as T
from faifo.messages.dsp_2025_1 import negotiation, transfer
from faifo.messages.dsp_2025_1.codec import Received, read_any_form
from faifo.messages.dsp_2025_1.wire import Message
from faifo.node.delivery.outbox import Outbox
from faifo.node.exchange import history as books
from faifo.node.exchange.considering import LARGE, consider
from faifo.node.exchange.engine import Engine
from faifo.node.exchange.process_kind import Answer
from faifo.node.http.problems import extra_headers
from faifo.node.http.reading import read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import Authenticator, Participant, claim, spend
from faifo.node.membership.glancing import glance
from faifo.node.receipts.handing import HEADER, TAKEN, Handing
from faifo.node.receipts.peers import Proven
from faifo.store.contract import Store, Transaction

log = logging.getLogger("faifo.dsp")

JSON = "application/json"

Begin = Callable[..., Awaitable[Answer]]


class Endpoint(NamedTuple):
    """A message for a process that exists: the path behind the pid, the type, its name."""

    path: str
    kind: type[Message]
    name: Callable[[Any], str]


NEGOTIATION_ENDPOINTS = (
    Endpoint("request", negotiation.ContractRequestMessage, lambda _: N.REQUEST),
    Endpoint("offers", negotiation.ContractOfferMessage, lambda _: N.OFFER),
    Endpoint("agreement", negotiation.ContractAgreementMessage, lambda _: N.AGREEMENT),
    Endpoint(
        "agreement/verification",
        negotiation.ContractAgreementVerificationMessage,
        lambda _: N.VERIFICATION,
    ),
    Endpoint(
        "events",
        negotiation.ContractNegotiationEventMessage,
        lambda message: N[message.event_type.value],
    ),
    Endpoint(
        "termination", negotiation.ContractNegotiationTerminationMessage, lambda _: N.TERMINATION
    ),
)
TRANSFER_ENDPOINTS = (
    Endpoint("start", transfer.TransferStartMessage, lambda _: T.START),
    Endpoint("completion", transfer.TransferCompletionMessage, lambda _: T.COMPLETION),
    Endpoint("suspension", transfer.TransferSuspensionMessage, lambda _: T.SUSPENSION),
    Endpoint("termination", transfer.TransferTerminationMessage, lambda _: T.TERMINATION),
)


class Processes:
    """The endpoints of one kind of process."""

    def __init__(
        self,
        engine: Engine[Any],
        *,
        store: Store,
        outbox: Outbox,
        receipts: Handing | None = None,
        authenticator: Authenticator,
        body_bytes: int,
    ) -> None:
        self._engine = engine
        self._store = store
        self._outbox = outbox
        self._receipts = receipts
        self._authenticator = authenticator
        self._body_bytes = body_bytes

    def routes(
        self,
        prefix: str,
        endpoints: tuple[Endpoint, ...],
        begins: dict[str, tuple[type[Message], Begin]],
    ) -> list[Route]:
        """Return the routes; `begins` maps a path to the type and use case of a first message."""
        routes = [
            Route(f"{prefix}/{path}", self._beginning(kind, begin), methods=["POST"])
            for path, (kind, begin) in begins.items()
        ]
        routes += [
            Route(f"{prefix}/{{pid}}/{entry.path}", self._continuing(entry), methods=["POST"])
            for entry in endpoints
        ]
        routes.append(Route(f"{prefix}/{{pid}}", self._state, methods=["GET"]))
        return routes

    def _beginning(
        self, kind: type[Message], begin: Begin
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                participant = await self._authenticated(request)
                received = await self._received(request, kind, participant, None)
                await self._enclosed(request, participant)

                async def work(tx: Transaction) -> Answer:
                    again = await self._claimed(tx, received, participant)
                    return again or await begin(tx, received, participant, now=clock.now())

                return self._response(await self._store.run(work, few=True))
            except FaifoError as error:
                return self._error(error, error.http_status)

        return endpoint

    def _continuing(self, entry: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            pid = unquote(request.path_params["pid"])
            try:
                participant = await self._authenticated(request)
                received = await self._received(request, entry.kind, participant, pid)
                name = entry.name(received.message)
                enclosed = await self._enclosed(request, participant)

                async def work(tx: Transaction) -> tuple[Answer, bool]:
                    # The agreement that a verification presupposes may be in our book only then.
                    late = name == N.VERIFICATION
                    taken = not late and await self._taken(tx, pid, enclosed, participant)
                    answer = await self._take(tx, pid, name, received, participant)
                    taken = taken or (late and await self._taken(tx, pid, enclosed, participant))
                    return answer, taken

                answer, taken = await self._store.run(work, few=True)
                response = self._response(answer)
                if taken:
                    response.add(HEADER, TAKEN)
                return response
            except FaifoError as error:
                hidden = isinstance(error, NotProvenError) and not await self._told(pid, error)
                return self._error(error, 404 if hidden else error.http_status, pid=pid)

        return endpoint

    async def _told(self, pid: str, error: NotProvenError) -> bool:
        """Tell whether `error` is about the other side of the process, and if so write it down.

        Who may not know that there is such a process is told that there is none; the other side
        itself learns why it is not let in any more, and so do our own people.
        """
        if error.did is None:
            return False

        async def work(tx: Transaction) -> bool:
            record = await self._engine.kind.table(tx).get(pid)
            if record is None or record.peer != error.did:
                return False
            await books.not_admitted(tx, record, str(error), now=clock.now())
            return True

        return await self._store.run(work)

    async def _enclosed(
        self, request: Request, participant: Participant
    ) -> Proven | ProofError | None:
        if self._receipts is None:
            return None
        return await self._receipts.enclosed(request.headers.get(HEADER), participant.did)

    async def _taken(
        self, tx: Transaction, pid: str, enclosed: Any, participant: Participant
    ) -> bool:
        """Keep the receipt that came with a message about a process of the sender."""
        record = await self._engine.kind.table(tx).get(pid) if enclosed is not None else None
        if self._receipts is None or record is None or record.peer != participant.did:
            return False
        return not await self._receipts.keep(tx, participant.did, enclosed, now=clock.now())

    async def _take(
        self,
        tx: Transaction,
        pid: str,
        name: str,
        received: Received[Any],
        participant: Participant,
    ) -> Answer:
        again = await self._claimed(tx, received, participant, pid)
        if again:
            return again
        record = await self._engine.kind.table(tx).get(pid)
        if record is None or record.peer != participant.did:
            # Returned, not raised: the token's use must be kept.
            return self._unknown(pid)
        return await self._engine.receive(tx, record, name, received, participant, now=clock.now())

    async def _claimed(
        self,
        tx: Transaction,
        received: Received[Any],
        participant: Participant,
        pid: str | None = None,
    ) -> Answer | None:
        """Use the token up, or return what this very request was answered when it came before.

        A proxy, or an HTTP library, may send a request twice: the same token with the same bytes.

        Raises:
            NotProvenError: the token was used for something else.
        """
        try:
            await claim(tx, participant)
        except NotProvenError:
            if pid is None:
                message = received.message
                pids = (getattr(message, name, None) for name in ("consumer_pid", "provider_pid"))
                theirs = next(filter(None, pids), "")
                table = self._engine.kind.table(tx)
                first = await table.first(peer=participant.did, peer_pid=theirs)
                pid = first.pid if first else ""
            answer = await books.repeated(tx, pid, received, participant)
            if answer is None:
                raise
            return answer
        return None

    async def _state(self, request: Request) -> Response:
        pid = unquote(request.path_params["pid"])

        async def look(tx: Transaction) -> Answer:
            record = await self._engine.kind.table(tx).get(pid)
            if record is None or record.peer != participant.did or record.peer_pid is None:
                return self._unknown(pid)
            return Answer(200, self._engine.kind.document(record))

        try:
            participant = await self._authenticated(request)
            return self._response(await glance(self._store, participant, look))
        except FaifoError as error:
            hidden = isinstance(error, NotProvenError)
            return self._error(error, 404 if hidden else error.http_status, pid=pid)

    def _unknown(self, pid: str) -> Answer:
        error = NotFoundError(what=self._engine.kind.name, name=pid)
        return self._engine.refusal(None, error, status=404)

    async def _authenticated(self, request: Request) -> Participant:
        return await self._authenticator.authenticate(request.headers.get("authorization"))

    async def _received(
        self, request: Request, kind: type[Message], participant: Participant, pid: str | None
    ) -> Received[Any]:
        try:
            body = await read_json_body(request, limit=self._body_bytes)
            if len(body) < LARGE:
                return read_any_form(kind, body)
            # Neither the loop nor the writer waits for what is large.
            received: Received[Any] = await asyncio.to_thread(read_any_form, kind, body)
        except FaifoError:
            await spend(self._store, participant)
            raise
        await self._store.read(lambda tx: consider(tx, received.message, pid))
        return received

    def _error(self, error: FaifoError, status: int, *, pid: str | None = None) -> Response:
        if status >= 500:
            log.warning("%s: %s", error.code, error)
        reason = str(error)
        if isinstance(error, NotProvenError) and status == 404:
            reason = str(NotFoundError(what=self._engine.kind.name, name=pid or ""))
        body = self._engine.kind.error(None, code=error.code, reasons=(reason,))
        headers = extra_headers(status, error)
        return Response(body, status=status, media_type=JSON, headers=headers)

    def _response(self, answer: Answer) -> Response:
        if answer.pid is None:
            return Response(answer.body, status=answer.status, media_type=JSON)
        return _Answered(answer, self._outbox)


class _Answered(Response):
    """An answer after which the outbox may go on with the process."""

    def __init__(self, answer: Answer, outbox: Outbox) -> None:
        super().__init__(answer.body, status=answer.status, media_type=JSON)
        self._pid = answer.pid or ""
        self._outbox = outbox

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._outbox.release(self._pid)
