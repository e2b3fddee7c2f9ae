"""Negotiations, agreements and transfers, and the way to a partner's data."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from faifo import clock
from faifo.errors import NotFoundError, RefusedError
from faifo.machines import negotiation as negotiations
from faifo.machines import transfer as transfers
from faifo.machines.negotiation import Message as N
from faifo.machines.role import Role
from faifo.machines.transfer import Message as T
from faifo.node import tracing
from faifo.node.changes import Changes
from faifo.node.http.manage import bodies, shapes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.lists import PAGING, WAITING, listing, waiting
from faifo.node.http.manage.operations import EVERY_METHOD, Handler, Operation, Parameter
from faifo.node.http.relay import Relay
from faifo.node.partners import Partners
from faifo.node.services import views
from faifo.node.services.consuming import Consuming
from faifo.node.settings import Settings
from faifo.store.contract import Store, Transaction
from faifo.store.records import Agreement

PEER = (409, 502, 503, 504)
ROLE = Parameter("role", "our role", values=tuple(role.value for role in Role))
DATASET = Parameter("dataset", "a dataset's id")
AGREEMENT = Parameter("agreement", "an agreement's id")
PEERS = (Parameter("peer", "the other side's DID"), Parameter("peer_pid", "its id of the process"))
SAY_NEGOTIATION = (
    ("termination", N.TERMINATION, "end a negotiation"),
    ("acceptance", N.ACCEPTED, "accept the offer that the provider made"),
)
SAY_TRANSFER = (
    ("termination", T.TERMINATION, "end a transfer; its token opens nothing any more"),
    ("suspension", T.SUSPENSION, "pause a transfer"),
    ("completion", T.COMPLETION, "say that all data have arrived"),
    ("start", T.START, "start a suspended transfer again"),
)


class ProcessOperations:
    """What this node does with others."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        changes: Changes,
        partners: Partners,
        consuming: Consuming,
        relay: Relay,
    ) -> None:
        self._settings = settings
        self._store = store
        self._changes = changes
        self._partners = partners
        self._consuming = consuming
        self._relay = relay

    def operations(self) -> list[Operation]:
        return [*self._negotiations(), *self._agreements(), *self._transfers()]

    def _negotiations(self) -> list[Operation]:
        one = waiting("negotiations", views.negotiation, store=self._store, changes=self._changes)
        states = tuple(state.value for state in negotiations.State)
        return [
            Operation(
                "readCatalog",
                ("POST",),
                "/catalog",
                self._catalog,
                "ask another node for its catalog",
                answers=shapes.Catalog,
                takes=bodies.CatalogQuery,
                problems=(403, 404, 413, *PEER),
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
                problems=(403, 404, 413, *PEER),
                keeps=True,
            ),
            Operation(
                "listNegotiations",
                ("GET",),
                "/negotiations",
                listing("negotiations", views.negotiation),
                "list negotiations, in both roles",
                answers=shapes.Page[shapes.Negotiation],
                query=(
                    *PAGING,
                    ROLE,
                    Parameter("state", "its state", values=states),
                    *PEERS,
                    DATASET,
                    AGREEMENT,
                ),
            ),
            Operation(
                "getNegotiation",
                ("GET",),
                "/negotiations/{pid}",
                one,
                "one negotiation; waits",
                answers=shapes.Negotiation,
                query=WAITING,
                problems=(404,),
            ),
            *(
                Operation(
                    f"say{word.capitalize()}OfNegotiation",
                    ("POST",),
                    f"/negotiations/{{pid}}/{word}",
                    self._say_negotiation(message),
                    words,
                    answers=shapes.Negotiation,
                    takes=bodies.Say,
                    problems=(404, 409, 413),
                    keeps=True,
                )
                for word, message, words in SAY_NEGOTIATION
            ),
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

    def _transfers(self) -> list[Operation]:
        one = waiting("transfers", views.transfer, store=self._store, changes=self._changes)
        states = tuple(state.value for state in transfers.State)
        passing: dict[str, Any] = {
            "media_type": "*/*",
            "any_query": True,
            "problems": (404, *PEER),
        }
        below = "/transfers/{pid}/data/{path:path}"
        return [
            Operation(
                "beginTransfer",
                ("POST",),
                "/transfers",
                self._transfer,
                "start a transfer under an agreement",
                answers=shapes.Transfer,
                takes=bodies.TransferOrder,
                statuses=(201,),
                problems=(404, 409, 413),
                keeps=True,
            ),
            Operation(
                "listTransfers",
                ("GET",),
                "/transfers",
                listing("transfers", views.transfer),
                "list transfers, in both roles",
                answers=shapes.Page[shapes.Transfer],
                query=(
                    *PAGING,
                    ROLE,
                    Parameter("state", "its state", values=states),
                    *PEERS,
                    DATASET,
                    AGREEMENT,
                ),
            ),
            Operation(
                "getTransfer",
                ("GET",),
                "/transfers/{pid}",
                one,
                "one transfer, never its token; waits",
                answers=shapes.Transfer,
                query=WAITING,
                problems=(404,),
            ),
            *(
                Operation(
                    f"say{word.capitalize()}OfTransfer",
                    ("POST",),
                    f"/transfers/{{pid}}/{word}",
                    self._say_transfer(message),
                    words,
                    answers=shapes.Transfer,
                    takes=bodies.Say,
                    problems=(404, 409, 413),
                    keeps=True,
                )
                for word, message, words in SAY_TRANSFER
            ),
            Operation(
                "callData",
                EVERY_METHOD,
                "/transfers/{pid}/data",
                self._data,
                "call the provider's endpoint with the transfer's token; its answer passes through",
                **passing,
            ),
            Operation(
                "callDataBelow",
                EVERY_METHOD,
                below,
                self._data,
                "the same, with a path below it",
                **passing,
            ),
        ]

    async def _catalog(self, call: Call) -> Response:
        query: bodies.CatalogQuery = call.body
        partner = await self._partners.find(query.node)
        if query.dataset is None:
            datasets = await self._partners.catalog(partner)
        else:
            datasets = [await self._partners.dataset(partner, query.dataset)]
        return json_response(
            {"participant": partner.did, "datasets": [views.offered(entry) for entry in datasets]}
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
            dataset = await self._partners.dataset(partner, order.dataset)
        except NotFoundError:
            if why:
                raise RefusedError(
                    what="the use under the agreement there is", reasons=why
                ) from None
            raise
        offer = self._consuming.wanted_offer(dataset, order.purpose)

        async def work(tx: Transaction) -> dict[str, Any]:
            record = await self._consuming.negotiate(tx, partner, offer, now=clock.now())
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

    async def _transfer(self, call: Call) -> Response:
        order: bodies.TransferOrder = call.body

        async def work(tx: Transaction) -> dict[str, Any]:
            record = await self._consuming.transfer(tx, order.agreement, now=clock.now())
            return await views.transfer(tx, record)

        return await call.write(work, status=201)

    async def _data(self, call: Call) -> Response:
        pid = call.path("pid")
        transfer, endpoint, token = await self._store.read(
            lambda tx: self._consuming.data_address(tx, pid)
        )
        tracing.note(agreement=transfer.agreement)
        return await self._relay.answer(call.request, transfer, endpoint, token)

    def _say_negotiation(self, message: N) -> Handler:
        async def handler(call: Call) -> Response:
            async def work(tx: Transaction) -> dict[str, Any]:
                record = await self._consuming.say_in_negotiation(
                    tx, call.path("pid"), message, _reason(call), now=clock.now()
                )
                return await views.negotiation(tx, record)

            return await call.write(work)

        return handler

    def _say_transfer(self, message: T) -> Handler:
        async def handler(call: Call) -> Response:
            async def work(tx: Transaction) -> dict[str, Any]:
                record = await self._consuming.say_in_transfer(
                    tx, call.path("pid"), message, _reason(call), now=clock.now()
                )
                return await views.transfer(tx, record)

            return await call.write(work)

        return handler


def _reason(call: Call) -> str:
    say: bodies.Say = call.body
    return say.reason or "decided by a person"


def _given(view: dict[str, Any]) -> Any:
    async def work(_: Transaction) -> dict[str, Any]:
        return view

    return work


async def _agreement_view(_: Transaction, record: Agreement) -> dict[str, Any]:
    return views.agreement(record)
