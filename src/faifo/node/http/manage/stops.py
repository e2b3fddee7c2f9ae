"""What is stopped, and stopping it."""

from __future__ import annotations

from faifo import clock
from faifo.api import stops as api
from faifo.api.operation import Page
from faifo.node.exchange.stopping import PARTNER, Stopping
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partners
from faifo.node.showing.answers import answer
from faifo.store.contract import Transaction


class StopHandlers:
    """Serves the operations."""

    def __init__(self, *, stopping: Stopping, partners: Partners) -> None:
        self._stopping = stopping
        self._partners = partners

    def handlers(self) -> Handlers:
        return {api.STOP: self._stop, api.LIST_STOPS: self._list, api.LIFT_STOP: self._lift}

    async def _stop(self, call: Call) -> Response:
        order: api.StopOrder = call.body
        name = self._named(order.kind, order.name)

        async def work(tx: Transaction) -> api.Stopped:
            stop, ended = await self._stopping.stop(
                tx, order.kind, name, order.reason, lasting=order.lasting, now=clock.now()
            )
            return answer(
                api.Stopped,
                stop,
                agreements=tuple(one.id for found in ended for one in found.agreements),
                negotiations=tuple(one.pid for found in ended for one in found.negotiations),
                transfers=tuple(one.pid for found in ended for one in found.transfers),
            )

        return await call.write(work, status=201)

    async def _list(self, call: Call) -> Response:
        async def look(tx: Transaction) -> Page[api.Stop]:
            return Page(items=tuple(answer(api.Stop, one) for one in await tx.stops.find()))

        return await call.read(look)

    async def _lift(self, call: Call) -> Response:
        kind = call.path("kind")
        name = self._named(kind, call.path("name"))

        async def work(tx: Transaction) -> api.Stop:
            return answer(api.Stop, await self._stopping.lift(tx, kind, name, now=clock.now()))

        return await call.write(work)

    def _named(self, kind: str, name: str) -> str:
        return self._partners.named(name) if kind == PARTNER else name
