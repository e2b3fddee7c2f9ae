"""The Credential Service: presentations, storage, offers. Spec: DCP 1.0 §5.3, §5.4, §6.5, §6.6."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faifo import clock
from faifo.messages.dcp_1_0.issuance import CredentialMessage, CredentialOfferMessage
from faifo.messages.dcp_1_0.presentation import (
    PresentationQueryMessage,
    PresentationResponseMessage,
)
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.http.public.dcp_1_0.endpoints import Callers, guarded, json
from faifo.node.membership.holding import Holding
from faifo.store.contract import Store


class CredentialService:
    """The endpoints of one holder."""

    def __init__(self, holding: Holding, *, callers: Callers, store: Store) -> None:
        self._holding = holding
        self._callers = callers
        self._store = store

    def routes(self) -> list[Route]:
        return [
            Route("/presentations/query", guarded(self._query), methods=["POST"]),
            Route("/credentials", guarded(self._store_credentials), methods=["POST"]),
            Route("/offers", guarded(self._offer), methods=["POST"]),
        ]

    async def _query(self, request: Request) -> Response:
        participant, access_token = await self._callers.caller(request)
        query = await self._callers.said(request, PresentationQueryMessage)
        if query.scope is None:
            reason = "a presentationDefinition is not understood here; ask by scope"
            return json({"code": "not-implemented", "reason": [reason]}, status=501)
        found = await self._holding.present(participant.did, access_token, query.scope)
        return json(write(PresentationResponseMessage(presentation=found)))

    async def _store_credentials(self, request: Request) -> Response:
        participant, _ = await self._callers.caller(request)
        message = await self._callers.said(request, CredentialMessage)
        credentials = await self._holding.check_delivery(participant.did, message)
        now = clock.now()
        await self._store.run(
            lambda tx: self._holding.keep(tx, participant.did, message, credentials, now=now)
        )
        return json({})

    async def _offer(self, request: Request) -> Response:
        participant, _ = await self._callers.caller(request)
        message = await self._callers.said(request, CredentialOfferMessage)
        now = clock.now()
        await self._store.run(
            lambda tx: self._holding.offered(tx, participant.did, message, now=now)
        )
        return json({})
