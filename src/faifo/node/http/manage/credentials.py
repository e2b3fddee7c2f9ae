"""The management API of credentials: the authority's desk, and what this node holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from faifo import clock, ids
from faifo.errors import NotFoundError
from faifo.messages.dcp_1_0.issuance import (
    CredentialReference,
    CredentialRequestMessage,
    IssuerMetadata,
)
from faifo.messages.dsp_2025_1.codec import read, write
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.operations import Operation
from faifo.node.membership.holding import OFFERED, Holding
from faifo.node.membership.issuing import Issuing
from faifo.node.outward.partners import Partners, error_of
from faifo.node.settings.model import Settings
from faifo.store.contract import Store, Transaction
from faifo.store.records import HeldCredential, Member, Standing

OFFERS = 100

Text = Annotated[str, Meta(min_length=1, max_length=2048)]


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the desk decides about a member."""

    action: Literal["admit", "refuse", "suspend", "revoke", "renew"]
    did: Text
    reason: Annotated[str, Meta(max_length=1000)] = ""
    claims: dict[str, str] = {}
    types: tuple[str, ...] = ()


class Recognise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    did: Text
    types: Annotated[tuple[str, ...], Meta(min_length=1)]
    until: Annotated[datetime, Meta(tz=True)]


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Request credentials of an issuer, by type; without a profile its first one is taken."""

    issuer: Text
    types: Annotated[tuple[str, ...], Meta(min_length=1)]
    profile: str | None = None


class Items(msgspec.Struct, frozen=True):
    """A whole list."""

    items: list[dict[str, Any]]


class CredentialOperations:
    """The operations, over the services of one node."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        partners: Partners,
        issuing: Issuing | None,
        holding: Holding | None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._partners = partners
        self._issuing = issuing
        self._holding = holding

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "listCredentials", ("GET",), "/credentials", self._held,
                "the credentials that this node holds, and why one is not presented any more",
                answers=Items,
            ),
            Operation(
                "listCredentialOffers", ("GET",), "/credentials/offers", self._offers,
                "what issuers have offered to this node, the newest first",
                answers=Items,
            ),
            Operation(
                "requestCredentials", ("POST",), "/credentials/requests", self._ask,
                "ask an issuer for credentials; a person there decides",
                answers=dict[str, Any], takes=Ask, statuses=(201,), problems=(403, 404, 502, 504),
            ),
            Operation(
                "listMembers", ("GET",), "/authority/members", self._members,
                "of an authority: who applied, is a member, or was one",
                answers=Items, problems=(404,),
            ),
            Operation(
                "decideMember", ("POST",), "/authority/members", self._decide,
                "of an authority: admit, refuse, suspend, revoke or renew a member",
                answers=dict[str, Any], takes=Decision, problems=(404, 409),
            ),
            Operation(
                "listRecognisedAuthorities", ("GET",), "/authority/recognitions",
                self._recognitions,
                "of an authority: whom it recognises, for what, until when",
                answers=Items, problems=(404,),
            ),
            Operation(
                "recogniseAuthority", ("POST",), "/authority/recognitions", self._recognise,
                "of an authority: recognise another one until a date; a past date ends it",
                answers=dict[str, Any], takes=Recognise, problems=(404,),
            ),
        ]  # fmt: skip

    async def _held(self, _: Call) -> Response:
        held = await self._store.read(lambda tx: tx.credentials.find())
        return json_response({"items": [await self._held_view(one) for one in held]})

    async def _held_view(self, one: HeldCredential) -> dict[str, Any]:
        return {
            "id": one.id,
            "issuer": one.issuer,
            "types": list(one.types),
            "received": msgspec.to_builtins(one.received),
            "expires": msgspec.to_builtins(one.expires),
            "withheld": await self._holding.why_withheld(one) if self._holding else None,
        }

    async def _offers(self, _: Call) -> Response:
        found = await self._store.read(
            lambda tx: tx.journal.find(event=OFFERED, newest_first=True, limit=OFFERS)
        )
        return json_response(
            {
                "items": [
                    {
                        "issuer": entry.peer,
                        "at": msgspec.to_builtins(entry.at),
                        "credentials": entry.detail.get("credentials", []),
                    }
                    for _, entry in found
                ]
            }
        )

    async def _ask(self, call: Call) -> Response:
        order: Ask = call.body
        issuer, endpoint = await self._partners.issuer(order.issuer)
        answer = await self._partners.get(f"{endpoint}/metadata", audience=issuer)
        if answer.status != 200:
            raise error_of(answer, issuer)
        metadata = read(IssuerMetadata, answer.body).message
        message = CredentialRequestMessage(
            holder_pid=ids.new_urn(clock.now()),
            credentials=tuple(
                CredentialReference(id=_offered(metadata, name, order.profile))
                for name in order.types
            ),
        )
        answer = await self._partners.send(
            f"{endpoint}/credentials", write(message), audience=issuer
        )
        if answer.status != 201:
            raise error_of(answer, issuer)
        return json_response(
            {
                "issuer": issuer,
                "types": list(order.types),
                "holder_pid": message.holder_pid,
                "location": answer.headers.get("location", ""),
            },
            status=201,
        )

    def _desk(self) -> Issuing:
        if self._issuing is None:
            raise NotFoundError(what="authority", name=self._settings.did)
        return self._issuing

    async def _members(self, _: Call) -> Response:
        self._desk()

        async def look(tx: Transaction) -> list[dict[str, Any]]:
            return [await _member_view(tx, one) for one in await tx.members.find()]

        return json_response({"items": await self._store.read(look)})

    async def _decide(self, call: Call) -> Response:
        order: Decision = call.body
        desk = self._desk()
        now = clock.now()

        async def work(tx: Transaction) -> dict[str, Any]:
            return await _member_view(tx, await self._decided(tx, desk, order, now=now))

        return json_response(await self._store.run(work))

    async def _decided(
        self, tx: Transaction, desk: Issuing, order: Decision, *, now: datetime
    ) -> Member:
        did, reason = order.did, order.reason
        if order.action == "admit":
            return await desk.admit(tx, did, claims=order.claims, types=order.types, now=now)
        if order.action == "refuse":
            return await desk.refuse(tx, did, reason=reason, now=now)
        if order.action == "renew":
            return await desk.renew(tx, did, claims=order.claims, now=now)
        standing = Standing.SUSPENDED if order.action == "suspend" else Standing.REVOKED
        return await desk.withdraw(tx, did, standing, reason=reason, now=now)

    async def _recognitions(self, _: Call) -> Response:
        self._desk()
        found = await self._store.read(lambda tx: tx.recognitions.find())
        return json_response({"items": [msgspec.to_builtins(one) for one in found]})

    async def _recognise(self, call: Call) -> Response:
        order: Recognise = call.body
        desk = self._desk()
        did = self._partners.named(order.did)
        record = await self._store.run(
            lambda tx: desk.recognise(
                tx, did, types=order.types, until=order.until, now=clock.now()
            )
        )
        return json_response(msgspec.to_builtins(record))


def _offered(metadata: IssuerMetadata, name: str, profile: str | None) -> str:
    for one in metadata.credentials_supported:
        if one.credential_type == name and profile in (None, one.profile):
            return one.id
    known = ", ".join(
        sorted({one.credential_type or one.id for one in metadata.credentials_supported})
    )
    raise NotFoundError(what=f"credential of {metadata.issuer} (it issues {known})", name=name)


async def _member_view(tx: Transaction, one: Member) -> dict[str, Any]:
    requests = await tx.issuances.find(holder=one.did)
    issued = await tx.issued.find(holder=one.did)
    return {
        **msgspec.to_builtins(one),
        "requests": [
            {
                "id": request.id,
                "status": request.status,
                "objects": list(request.objects),
                "delivered": msgspec.to_builtins(request.delivered),
                "trouble": request.trouble or await _on_its_way(tx, request.id),
            }
            for request in requests
        ],
        "credentials": [
            {
                "id": each.id,
                "type": each.type,
                "status": each.status.value,
                "expires": msgspec.to_builtins(each.expires),
            }
            for each in issued
        ],
    }


async def _on_its_way(tx: Transaction, request: str) -> str | None:
    row = await tx.outbox.first(process=request)
    return row.last_error if row else None
