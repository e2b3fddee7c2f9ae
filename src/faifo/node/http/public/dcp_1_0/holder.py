"""The Credential Service: presentations, storage, offers. Spec: DCP 1.0 §5.3, §5.4, §6.5, §6.6."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from faifo import clock
from faifo.errors import NotFoundError
from faifo.messages.dcp_1_0.issuance import CredentialMessage, CredentialOfferMessage
from faifo.messages.dcp_1_0.presentation import (
    PresentationQueryMessage,
    PresentationResponseMessage,
)
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.http.public.dcp_1_0.endpoints import Callers, Endpoint, guarded, json
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.holding import Holding
from faifo.phrases import Phrase
from faifo.store.contract import Store


class CredentialService:
    """The endpoints of one holder.

    `used` tells whether this node holds credentials or deals with those who issue them; until then
    the door is shut, before anybody is looked up because of it.
    """

    def __init__(
        self,
        holding: Holding,
        *,
        used: Callable[[], Awaitable[bool]],
        callers: Callers,
        store: Store,
    ) -> None:
        self._holding = holding
        self._used = used
        self._callers = callers
        self._store = store

    def routes(self) -> list[Route]:
        endpoints = {
            "/presentations/query": self._query,
            "/credentials": self._store_credentials,
            "/offers": self._offer,
        }
        return [
            Route(path, guarded(self._open(endpoint)), methods=["POST"])
            for path, endpoint in endpoints.items()
        ]

    def _open(self, endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            if not await self._used():
                raise NotFoundError(
                    what=Phrase("errors.told.thing.service"), name="CredentialService"
                )
            return await endpoint(request)

        return answer

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
