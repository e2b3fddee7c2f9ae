"""Where the other side of an agreement tells us about it. See `messages.agreement_notice`.

Who is not proven, or not a party, sees 404.
"""

from __future__ import annotations

import logging
from urllib.parse import unquote

from faifo import clock
from faifo.errors import FaifoError, NotProvenError
from faifo.messages.agreement_notice import AgreementNotice
from faifo.messages.dsp_2025_1.codec import Received, read_any_form
from faifo.node.exchange import agreement_notices
from faifo.node.exchange import history as books
from faifo.node.exchange.changing import Changing
from faifo.node.exchange.fulfilling import Fulfilment
from faifo.node.exchange.process_kind import Answer
from faifo.node.http.problems import extra_headers
from faifo.node.http.reading import read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import Authenticator, Participant, claim, spend
from faifo.store.contract import Store, Transaction

log = logging.getLogger("faifo.dsp")


class AgreementNoticeEndpoint:
    """`POST /agreements/:id/notices`."""

    def __init__(
        self, changing: Changing, *, store: Store, authenticator: Authenticator, body_bytes: int
    ) -> None:
        self._changing = changing
        self._store = store
        self._authenticator = authenticator
        self._body_bytes = body_bytes

    def routes(self) -> list[Route]:
        return [Route("/agreements/{id}/notices", self._notice, methods=["POST"])]

    async def _notice(self, request: Request) -> Response:
        name = unquote(request.path_params["id"])
        try:
            participant = await self._authenticator.authenticate(
                request.headers.get("authorization")
            )
            received = await self._received(request, participant)
            said = None
            if received.message.statement is not None:
                opened = self._changing.fulfilling.opened
                said = await opened(received.message.statement, participant.did)
            answer = await self._store.run(
                lambda tx: self._take(tx, name, received, participant, said)
            )
        except NotProvenError as error:
            party = await self._party(name, error.did)
            told, status = (
                (error, error.http_status) if party else (agreement_notices.unknown(name), 404)
            )
            answer = agreement_notices.refusal(name, told, status)
        except FaifoError as error:
            if error.http_status >= 500:
                log.warning("%s: %s", error.code, error)
            answer = agreement_notices.refusal(name, error, error.http_status)
        return Response(
            answer.body,
            status=answer.status,
            media_type="application/json",
            headers=extra_headers(answer.status),
        )

    async def _party(self, name: str, did: str | None) -> bool:
        """Tell whether `did`, which is not let in, may know that there is such an agreement."""
        if did is None:
            return False
        return (
            await self._store.read(lambda tx: agreement_notices.concerned(tx, name, did))
            is not None
        )

    async def _received(
        self, request: Request, participant: Participant
    ) -> Received[AgreementNotice]:
        try:
            body = await read_json_body(request, limit=self._body_bytes)
            return read_any_form(AgreementNotice, body)
        except FaifoError:
            await spend(self._store, participant)
            raise

    async def _take(
        self,
        tx: Transaction,
        name: str,
        received: Received[AgreementNotice],
        participant: Participant,
        said: Fulfilment | None,
    ) -> Answer:
        pid = agreement_notices.process_of(name)
        try:
            await claim(tx, participant)
        except NotProvenError:
            again = await books.repeated(tx, pid, received, participant)
            if again is None:
                raise
            return again
        agreement = await agreement_notices.concerned(tx, name, participant.did)
        try:
            if agreement is None:
                raise agreement_notices.unknown(name)
            agreement_notices.checked(received, name)
            now, was_over = clock.now(), agreement.ended
            kept = await self._changing.noticed(tx, agreement, received.message, said, now=now)
        except FaifoError as error:  # answered, not raised: the token's use must be kept
            return agreement_notices.refusal(name, error, error.http_status)
        answer = agreement_notices.state(kept)
        if not was_over:
            await books.taken(
                tx, pid, agreement_notices.MESSAGE, received, participant, answer, now=now
            )
        return answer
