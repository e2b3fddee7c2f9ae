"""Catalogs of partners, negotiations with them, and the agreements that come of it."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from faifo import clock
from faifo.errors import NotFoundError, RefusedError
from faifo.machines.negotiation import Message, State
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.consuming import Consuming, Wish
from faifo.node.http.manage import bodies, shapes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import DATASET, PAGING, PEER_PROBLEMS, ROLE, listing
from faifo.node.http.manage.operations import Operation, Parameter
from faifo.node.http.manage.processes import ProcessFace, operations_of
from faifo.node.outward.partners import Partners
from faifo.node.settings.model import Settings
from faifo.node.showing import views
from faifo.store.contract import Store, Transaction
from faifo.store.records import Agreement

SAYS = (
    ("termination", Message.TERMINATION, "end a negotiation"),
    ("acceptance", Message.ACCEPTED, "accept the offer that the provider made"),
)


class NegotiationOperations:
    """What leads to an agreement."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        changes: Changes,
        partners: Partners,
        consuming: Consuming,
    ) -> None:
        self._settings = settings
        self._store = store
        self._changes = changes
        self._partners = partners
        self._consuming = consuming

    def operations(self) -> list[Operation]:
        return [*self._negotiations(), *self._agreements()]

    def _negotiations(self) -> list[Operation]:
        face = ProcessFace(
            name="negotiation",
            shown="one negotiation",
            states=State,
            view=views.negotiation,
            answers=shapes.Negotiation,
            page=shapes.Page[shapes.Negotiation],
            says=SAYS,
            say=self._consuming.say_in_negotiation,
        )
        return [
            Operation(
                "readCatalog",
                ("POST",),
                "/catalog",
                self._catalog,
                "ask another node for its catalog",
                answers=shapes.Catalog,
                takes=bodies.CatalogQuery,
                problems=(403, 404, 413, *PEER_PROBLEMS),
            ),
            Operation(
                "beginNegotiation",
                ("POST",),
                "/negotiations",
                self._negotiate,
                "negotiate for a dataset of another node, or find the agreement that is in force",
                answers=shapes.Negotiation,
                takes=bodies.NegotiationOrder,
                statuses=(200, 201),
                problems=(403, 404, 413, *PEER_PROBLEMS),
                keeps=True,
            ),
            *operations_of(face, store=self._store, changes=self._changes),
        ]

    def _agreements(self) -> list[Operation]:
        return [
            Operation(
                "listAgreements",
                ("GET",),
                "/agreements",
                listing("agreements", _agreement_view),
                "list agreements",
                answers=shapes.Page[shapes.Agreement],
                query=(
                    *PAGING,
                    ROLE,
                    Parameter("provider", "the provider's DID"),
                    Parameter("consumer", "the consumer's DID"),
                    DATASET,
                    Parameter("negotiation", "the pid of its negotiation"),
                ),
            ),
            Operation(
                "getAgreement",
                ("GET",),
                "/agreements/{id:path}",
                self._agreement,
                "one agreement, with its document",
                answers=shapes.Agreement,
                problems=(404,),
            ),
        ]

    async def _catalog(self, call: Call) -> Response:
        query: bodies.CatalogQuery = call.body
        partner = await self._partners.find(query.node)
        if query.dataset is None:
            found = await self._partners.catalog(partner)
            datasets, left_out = found.datasets, found.left_out
        else:
            dataset, left_out = await self._partners.dataset(partner, query.dataset)
            datasets = (dataset,)
        return json_response(
            {
                "participant": partner.did,
                "datasets": [views.offered(entry) for entry in datasets],
                "left_out": msgspec.to_builtins(left_out),
            }
        )

    async def _negotiate(self, call: Call) -> Response:
        order: bodies.NegotiationOrder = call.body
        why: tuple[str, ...] = ()
        if order.reuse:
            known, why = await self._known_agreement(order)
            if known:
                return await call.write(_given(known))
        partner = await self._partners.find(order.node)
        try:
            dataset, _ = await self._partners.dataset(partner, order.dataset)
        except NotFoundError:
            if why:
                raise RefusedError(
                    what="the use under the agreement there is", reasons=why
                ) from None
            raise
        wish = Wish(order.purpose, order.accept_terms, order.offer)
        offer = self._consuming.wanted_offer(dataset, wish, now=clock.now())

        async def work(tx: Transaction) -> dict[str, Any]:
            now = clock.now()
            record = await self._consuming.negotiate(tx, partner, offer, now=now, wish=wish)
            return await views.negotiation(tx, record)

        return await call.write(work, status=201)

    async def _known_agreement(
        self, order: bodies.NegotiationOrder
    ) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        provider = self._partners.named(order.node)

        async def look(tx: Transaction) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
            record, why = await self._consuming.reusable(
                tx,
                provider=provider,
                dataset=order.dataset,
                purpose=order.purpose,
                did=self._settings.did,
                now=clock.now(),
            )
            return (await views.negotiation(tx, record) if record else None), why

        return await self._store.read(look)

    async def _agreement(self, call: Call) -> Response:
        name = call.path("id")

        async def look(tx: Transaction) -> dict[str, Any]:
            found = await tx.agreements.first(id=name)
            if found is None:
                raise NotFoundError(what="agreement", name=name)
            return views.agreement(found)

        return await call.read(look)


def _given(view: dict[str, Any]) -> Any:
    async def work(_: Transaction) -> dict[str, Any]:
        return view

    return work


async def _agreement_view(_: Transaction, record: Agreement) -> dict[str, Any]:
    return views.agreement(record)
