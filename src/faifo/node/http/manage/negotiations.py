"""Catalogs of partners, negotiations with them, and the agreements that come of it."""

from __future__ import annotations

from typing import Any

import msgspec

from faifo import clock
from faifo.api import processes as api
from faifo.api.catalog import (
    MAY_USE,
    READ_CATALOG,
    Catalog,
    CatalogQuery,
    LeftOut,
    MayUse,
    UseQuery,
)
from faifo.errors import NotFoundError, RefusedError
from faifo.machines.negotiation import Message
from faifo.messages.dsp_2025_1.narrowing import read_where
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.changing import Changing
from faifo.node.exchange.consuming import Consuming, Wish
from faifo.node.http.manage.call import Call, Work, json_response
from faifo.node.http.manage.lists import BY_A_PERSON, listing, saying, waiting
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partner, Partners
from faifo.node.settings.model import Settings
from faifo.node.showing import answers
from faifo.phrases import Phrase, spoken
from faifo.policy.terms import Terms
from faifo.store.contract import Store, Transaction


class NegotiationHandlers:
    """What leads to an agreement."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        changes: Changes,
        partners: Partners,
        consuming: Consuming,
        changing: Changing,
    ) -> None:
        self._settings = settings
        self._store = store
        self._changes = changes
        self._partners = partners
        self._consuming = consuming
        self._changing = changing

    def handlers(self) -> Handlers:
        say = saying(self._consuming.say_in_negotiation, answers.negotiation)
        return {
            READ_CATALOG: self._catalog,
            MAY_USE: self._may_use,
            api.BEGIN_NEGOTIATION: self._negotiate,
            api.LIST_NEGOTIATIONS: listing("negotiations", answers.negotiation, by="pid"),
            api.GET_NEGOTIATION: waiting(
                "negotiations", answers.negotiation, store=self._store, changes=self._changes
            ),
            api.TERMINATE_NEGOTIATION: say(Message.TERMINATION),
            api.ACCEPT_OFFER: self._accept,
            api.COUNTER_OFFER: self._counter,
            api.LIST_AGREEMENTS: listing("agreements", answers.agreement),
            api.GET_AGREEMENT: self._agreement,
            api.CHANGE_AGREEMENT: self._change,
        }

    async def _catalog(self, call: Call) -> Response:
        query: CatalogQuery = call.body
        wanted = msgspec.structs.replace(read_where(query.where), search=query.search)
        partner = await self._partners.find(query.node)
        if query.dataset is None:
            found = await call.while_there(self._partners.catalog(partner, wanted))
            datasets, left_out = found.datasets, found.left_out
        else:
            dataset, left_out = await self._partners.dataset(partner, query.dataset)
            datasets = (dataset,)
        shown = [(answers.offered(entry, call.lang), entry) for entry in datasets]
        properties = [(one, answers.properties(one, entry)) for one, entry in shown]
        return json_response(
            Catalog(
                participant=partner.did,
                datasets=tuple(one for one, said in properties if wanted.matches(said)),
                left_out=tuple(
                    answers.answer(LeftOut, one, why=str(spoken(one.why, call.lang)))
                    for one in left_out
                ),
            )
        )

    async def _may_use(self, call: Call) -> Response:
        query: UseQuery = call.body
        partner = await self._partners.find(query.node)
        try:
            await self._offer(partner, query.dataset, Wish(query.purpose), ())
        except RefusedError as error:
            missing = tuple(str(spoken(one, call.lang)) for one in error.reasons)
            return json_response(MayUse(may=False, missing=missing))
        return json_response(MayUse(may=True, missing=()))

    async def _negotiate(self, call: Call) -> Response:
        order: api.NegotiationOrder = call.body
        why: tuple[str, ...] = ()
        if order.reuse and order.terms is None:
            known, why = await self._known_agreement(order)
            if known:
                return await call.write(_given(known), few=True)
        asking = await self.asked(order, why, order.terms)
        return await call.write(asking, status=201, few=True)

    async def asked(
        self,
        order: api.NegotiationOrder | api.FetchOrder,
        why: tuple[str, ...],
        terms: Terms | None = None,
    ) -> Work:
        """Return the unit of work that begins a negotiation; `why` an agreement of old is no good.

        Raises:
            NotFoundError, RefusedError: nothing there can be asked for, which is booked.
            FaifoError: the partner is not known, or does not answer.
        """
        partner = await self._partners.find(order.node)
        wish = Wish(order.purpose, order.accept_terms, order.offer, terms)
        try:
            offer = await self._offer(partner, order.dataset, wish, why)
        except (NotFoundError, RefusedError) as error:
            refusal, now = error, clock.now()
            await self._store.run(
                lambda tx: self._consuming.note_refusal(
                    tx, partner.did, order.dataset, refusal, now=now
                )
            )
            raise

        async def work(tx: Transaction) -> api.Negotiation:
            now = clock.now()
            record = await self._consuming.negotiate(tx, partner, offer, now=now, wish=wish)
            return await answers.negotiation(tx, record)

        return work

    async def _accept(self, call: Call) -> Response:
        order: api.Acceptance = call.body

        async def work(tx: Transaction) -> api.Negotiation:
            record = await self._consuming.say_in_negotiation(
                tx,
                call.path("pid"),
                Message.ACCEPTED,
                order.reason or str(BY_A_PERSON),
                now=clock.now(),
                accepted=order.accept_terms,
            )
            return await answers.negotiation(tx, record)

        return await call.write(work)

    async def _counter(self, call: Call) -> Response:
        order: api.CounterOffer = call.body

        async def work(tx: Transaction) -> api.Negotiation:
            name, now = call.path("pid"), clock.now()
            record = await self._consuming.counter(tx, name, order.terms, now=now)
            return await answers.negotiation(tx, record)

        return await call.write(work)

    async def _change(self, call: Call) -> Response:
        order: api.AgreementOrder = call.body
        why = (order.reason or str(BY_A_PERSON),)

        async def work(tx: Transaction) -> api.Agreement:
            kept = await self._changing.ordered(
                tx,
                order.agreement,
                order.action,
                why,
                replacement=order.replacement,
                now=clock.now(),
            )
            return await answers.agreement(tx, kept)

        return await call.write(work)

    async def _offer(
        self, partner: Partner, name: str, wish: Wish, why: tuple[str, ...]
    ) -> dict[str, Any]:
        try:
            dataset, _ = await self._partners.dataset(partner, name)
        except NotFoundError:
            if why:
                raise RefusedError(what=Phrase("errors.told.use-under"), reasons=why) from None
            raise
        return self._consuming.wanted_offer(dataset, wish, now=clock.now())

    async def _known_agreement(
        self, order: api.NegotiationOrder
    ) -> tuple[api.Negotiation | None, tuple[str, ...]]:
        provider = self._partners.named(order.node)

        async def look(tx: Transaction) -> tuple[api.Negotiation | None, tuple[str, ...]]:
            record, why = await self._consuming.reusable(
                tx,
                provider=provider,
                dataset=order.dataset,
                purpose=order.purpose,
                offer=order.offer,
            )
            return (await answers.negotiation(tx, record) if record else None), why

        return await self._store.read(look)

    async def _agreement(self, call: Call) -> Response:
        name = call.path("id")

        async def look(tx: Transaction) -> api.Agreement:
            found = await tx.agreements.first(id=name)
            if found is None:
                raise NotFoundError(what=Phrase("errors.told.thing.agreement"), name=name)
            return await answers.agreement(tx, found)

        return await call.read(look)


def _given(view: api.Negotiation) -> Work:
    async def work(_: Transaction) -> api.Negotiation:
        return view

    return work
