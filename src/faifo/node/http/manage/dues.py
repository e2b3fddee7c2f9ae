"""What must be done by a day."""

from __future__ import annotations

from faifo import clock
from faifo.api import dues as api
from faifo.node.exchange.fulfilling import Fulfilling
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.lists import listing
from faifo.node.http.manage.management import Handlers
from faifo.node.http.response import Response
from faifo.node.showing.answers import answer
from faifo.store.contract import Transaction
from faifo.store.records import Due


class DueHandlers:
    """Serves the operations."""

    def __init__(self, fulfilling: Fulfilling) -> None:
        self._fulfilling = fulfilling

    def handlers(self) -> Handlers:
        return {api.LIST_DUES: listing("dues", _told, by="number"), api.DUE_DONE: self._done}

    async def _done(self, call: Call) -> Response:
        order: api.DoneOrder = call.body
        now = clock.now()
        signed = await self._fulfilling.signed(order.id, order.note, now=now)

        async def work(tx: Transaction) -> api.Due:
            done = self._fulfilling.done
            return await _told(tx, await done(tx, order.id, order.note, signed, now=now))

        return await call.write(work)


async def _told(_: Transaction, kept: Due) -> api.Due:
    open_still = kept.done is None and kept.due is not None
    late = open_still and kept.due is not None and kept.due <= clock.now()
    return answer(
        api.Due, kept, role=kept.role.value, overdue=late, signed="statement" in kept.detail
    )
