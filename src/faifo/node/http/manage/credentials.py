"""The management API of credentials: the authority's desk, and what this node holds."""

from __future__ import annotations

from datetime import datetime

from faifo import clock, ids
from faifo.api import authority as desk
from faifo.api import credentials as api
from faifo.api.operation import Page
from faifo.errors import ConflictError, NotFoundError
from faifo.messages.dcp_1_0.equal_forms import read_metadata
from faifo.messages.dcp_1_0.issuance import (
    CredentialReference,
    CredentialRequestMessage,
    IssuerMetadata,
)
from faifo.messages.dsp_2025_1.codec import write
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.membership.holding import OFFERED, Holding
from faifo.node.membership.issuing import Issuing
from faifo.node.outward.partners import Partners, error_of, understood
from faifo.node.settings.model import Settings
from faifo.node.showing.answers import answer
from faifo.phrases import Phrase, spoken
from faifo.store.contract import Store, Transaction
from faifo.store.records import HeldCredential, Member, Standing

OFFERS = 100


class CredentialHandlers:
    """Serves the operations, over the services of one node."""

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

    def handlers(self) -> Handlers:
        return {
            api.LIST_CREDENTIALS: self._held,
            api.LIST_CREDENTIAL_OFFERS: self._offers,
            api.REQUEST_CREDENTIALS: self._ask,
            desk.LIST_MEMBERS: self._members,
            desk.DECIDE_MEMBER: self._decide,
            desk.LIST_RECOGNISED_AUTHORITIES: self._recognitions,
            desk.RECOGNISE_AUTHORITY: self._recognise,
        }

    async def held(self, lang: str) -> tuple[api.Credential, ...]:
        """Return what this node can prove, and what not any more, with the reason in `lang`."""
        held = await self._store.read(lambda tx: tx.credentials.find())
        items = [
            answer(api.Credential, one, withheld=await self._withheld(one, lang)) for one in held
        ]
        return tuple(items)

    async def _held(self, call: Call) -> Response:
        return json_response(Page(items=await self.held(call.lang)))

    async def _withheld(self, one: HeldCredential, lang: str) -> str | None:
        why = await self._holding.why_withheld(one) if self._holding else None
        return None if why is None else str(spoken(why, lang))

    async def _offers(self, _: Call) -> Response:
        found = await self._store.read(
            lambda tx: tx.journal.find(event=OFFERED, process=None, newest_first=True, limit=OFFERS)
        )
        items = tuple(
            api.CredentialOffer(
                issuer=entry.peer or "",
                at=entry.at,
                credentials=tuple(entry.detail.get("credentials", ())),
            )
            for _, entry in found
        )
        return json_response(Page(items=items))

    async def _ask(self, call: Call) -> Response:
        order: api.CredentialOrder = call.body
        issuer, endpoint = await self._partners.issuer(order.issuer)
        offered = await self._partners.get(f"{endpoint}/metadata", audience=issuer)
        if offered.status != 200:
            raise error_of(offered, issuer)
        metadata = await understood(read_metadata, offered, issuer)
        message = CredentialRequestMessage(
            holder_pid=ids.new_urn(clock.now()),
            credentials=tuple(
                CredentialReference(id=_offered(metadata, name, order.profile))
                for name in order.types
            ),
        )
        answered = await self._partners.send(
            f"{endpoint}/credentials", write(message), audience=issuer
        )
        if answered.status != 201:
            raise error_of(answered, issuer)
        asked = api.CredentialRequest(
            issuer=issuer,
            types=order.types,
            holder_pid=message.holder_pid or "",
            location=answered.headers.get("location", ""),
        )
        return json_response(asked, status=201)

    def _desk(self) -> Issuing:
        if self._issuing is None:
            raise NotFoundError(what=Phrase("errors.told.thing.authority"), name=self._settings.did)
        return self._issuing

    async def _members(self, _: Call) -> Response:
        self._desk()

        async def look(tx: Transaction) -> Page[desk.Member]:
            found = await tx.members.find()
            return Page(items=tuple([await _member(tx, one) for one in found]))

        return json_response(await self._store.read(look))

    async def _decide(self, call: Call) -> Response:
        order: desk.MemberDecision = call.body
        issuing = self._desk()
        now = clock.now()

        async def work(tx: Transaction) -> desk.Member:
            return await _member(tx, await self._decided(tx, issuing, order, now=now))

        return json_response(await self._store.run(work))

    async def _decided(
        self, tx: Transaction, issuing: Issuing, order: desk.MemberDecision, *, now: datetime
    ) -> Member:
        did, reason = order.did, order.reason
        known = await tx.members.get(did)
        if order.revision is not None and known and known.revision != order.revision:
            raise ConflictError(
                what=Phrase("errors.told.member.changed", did=did),
                advice=Phrase("errors.told.member.look"),
            )
        if order.action == "admit":
            return await issuing.admit(tx, did, claims=order.claims, types=order.types, now=now)
        if order.action == "refuse":
            return await issuing.refuse(tx, did, reason=reason, now=now)
        if order.action == "renew":
            return await issuing.renew(tx, did, claims=order.claims, now=now)
        standing = Standing.SUSPENDED if order.action == "suspend" else Standing.REVOKED
        return await issuing.withdraw(tx, did, standing, reason=reason, now=now)

    async def _recognitions(self, _: Call) -> Response:
        self._desk()
        found = await self._store.read(lambda tx: tx.recognitions.find())
        items = tuple(answer(desk.RecognisedAuthority, one) for one in found)
        return json_response(Page(items=items))

    async def _recognise(self, call: Call) -> Response:
        order: desk.RecognisedUntil = call.body
        issuing = self._desk()
        did = self._partners.named(order.did)
        record = await self._store.run(
            lambda tx: issuing.recognise(
                tx, did, types=order.types, until=order.until, now=clock.now()
            )
        )
        return json_response(answer(desk.RecognisedAuthority, record))


def _offered(metadata: IssuerMetadata, name: str, profile: str | None) -> str:
    for one in metadata.credentials_supported:
        if one.credential_type == name and profile in (None, one.profile):
            return one.id
    known = ", ".join(
        sorted({one.credential_type or one.id for one in metadata.credentials_supported})
    )
    raise NotFoundError(
        what=Phrase("errors.told.thing.credential-of", issuer=metadata.issuer, known=known),
        name=name,
    )


async def _member(tx: Transaction, one: Member) -> desk.Member:
    requests = [
        answer(desk.MemberRequest, each, trouble=each.trouble or await _on_its_way(tx, each.id))
        for each in await tx.issuances.find(holder=one.did)
    ]
    issued = await tx.issued.find(holder=one.did)
    credentials = tuple(answer(desk.MemberCredential, each) for each in issued)
    return answer(desk.Member, one, requests=tuple(requests), credentials=credentials)


async def _on_its_way(tx: Transaction, request: str) -> str | None:
    row = await tx.outbox.first(process=request)
    return row.last_error if row else None
