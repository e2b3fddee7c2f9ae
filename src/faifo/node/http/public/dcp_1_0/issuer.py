"""The Issuer Service, and what an authority shows to everybody. Spec: DCP 1.0 §6.3 to §6.8."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import quote

import msgspec

from faifo import clock
from faifo.errors import NotFoundError
from faifo.messages.dcp_1_0.issuance import CredentialRequestMessage
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.http.pages.rendering import chosen, page
from faifo.node.http.public.dcp_1_0.endpoints import Callers, guarded, json
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.badges import Badges
from faifo.node.membership.issuing import Issuing
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.trust.dcp.lists import unsigned_list

JWT = "application/jwt"
JSON_LIST = "application/vc+json"
SCHEMA = "application/schema+json"


class IssuerService:
    """The endpoints of one authority; `base` is the address under which they are mounted."""

    def __init__(
        self,
        issuing: Issuing,
        *,
        base: str,
        callers: Callers,
        store: Store,
        list_seconds: int,
        json_lists: bool = False,
        badges: Badges,
        style: str,
    ) -> None:
        self._badges, self._style = badges, style
        self._json_lists = json_lists
        self._issuing = issuing
        self._base = base
        self._callers = callers
        self._store = store
        self._fresh = {"Cache-Control": f"max-age={list_seconds}"}

    def routes(self) -> list[Route]:
        routes = [
            Route("/credentials", guarded(self._request), methods=["POST"]),
            Route("/metadata", guarded(self._metadata), methods=["GET"]),
            Route("/requests/{id}", guarded(self._status), methods=["GET"]),
            Route("/status/vc20-revocation.json", guarded(self._badge_list), methods=["GET"]),
            Route("/badges/{id}", guarded(self._badge), methods=["GET"]),
            Route("/status/{name}", guarded(self._list), methods=["GET"]),
            Route("/recognition", guarded(self._recognition), methods=["GET"]),
            Route("/schemas/{name}", guarded(self._schema), methods=["GET"]),
        ]
        if self._issuing.programme.authority.register:
            routes.append(Route("/register", guarded(self._register), methods=["GET"]))
        return routes

    async def _request(self, request: Request) -> Response:
        participant, _ = await self._callers.caller(request)
        message = await self._callers.said(request, CredentialRequestMessage)
        now = clock.now()
        kept = await self._store.run(
            lambda tx: self._issuing.requested(tx, participant.did, message, now=now)
        )
        location = f"{self._base}/requests/{quote(kept.id, safe=':')}"
        return json({}, status=201, headers={"Location": location})

    async def _metadata(self, _: Request) -> Response:
        return json(self._issuing.book.metadata())

    async def _status(self, request: Request) -> Response:
        participant, _ = await self._callers.caller(request)
        name = request.path_params["id"]
        status = await self._store.read(
            lambda tx: self._issuing.request_status(tx, participant.did, name)
        )
        return json(write(status))

    async def _list(self, request: Request) -> Response:
        name = request.path_params["name"]
        answer = await self._signed(
            lambda tx, now: self._issuing.book.status_list(tx, name, now=now)
        )
        if not self._json_lists:
            return answer
        answer.add("Vary", "Accept")
        if "jwt" in request.headers.get("accept", "").lower():
            return answer
        body = msgspec.json.encode(unsigned_list(bytes(answer.body).decode("ascii")))
        return Response(body, media_type=JSON_LIST, headers={**self._fresh, "Vary": "Accept"})

    async def _badge_list(self, _: Request) -> Response:
        body = await self._badges.status_list()
        return Response(body, media_type=JSON_LIST, headers=self._fresh)

    async def _badge(self, request: Request) -> Response:
        """Show whether a badge stands; of its holder nothing is known here."""
        kept = await self._badges.standing(request.path_params["id"])
        state = "expired" if kept.expires <= clock.now() else kept.status.value
        return page(
            "badge",
            chosen(request),
            node=self._badges.name,
            root=self._style,
            about=kept.about,
            state=Phrase(f"person.page.badge.{state}"),
            issued=kept.issued,
            expires=kept.expires,
            id=kept.id,
        )

    async def _recognition(self, _: Request) -> Response:
        return await self._signed(lambda tx, now: self._issuing.book.recognition(tx, now=now))

    async def _signed(self, make: Callable[[Transaction, datetime], Awaitable[bytes]]) -> Response:
        now = clock.now()
        body = await self._store.read(lambda tx: make(tx, now))
        return Response(body, media_type=JWT, headers=self._fresh)

    async def _schema(self, request: Request) -> Response:
        schema = self._issuing.programme.published(request.path_params["name"])
        if schema is None:
            raise NotFoundError(
                what=Phrase("errors.told.thing.schema"), name=request.path_params["name"][:100]
            )
        return Response(msgspec.json.encode(schema), media_type=SCHEMA)

    async def _register(self, _: Request) -> Response:
        return json({"members": await self._store.read(self._issuing.book.register)})
