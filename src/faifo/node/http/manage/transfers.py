"""Transfers, and the way to a partner's data."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from faifo import clock
from faifo.machines.transfer import Message, State
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.consuming import Consuming
from faifo.node.http.manage import bodies, shapes
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.lists import PEER_PROBLEMS
from faifo.node.http.manage.operations import EVERY_METHOD, Operation
from faifo.node.http.manage.processes import ProcessFace, operations_of
from faifo.node.http.manage.relay import Relay
from faifo.node.showing import views
from faifo.node.watching import tracing
from faifo.store.contract import Store, Transaction

SAYS = (
    ("termination", Message.TERMINATION, "end a transfer; its token opens nothing any more"),
    ("suspension", Message.SUSPENSION, "pause a transfer"),
    ("completion", Message.COMPLETION, "say that all data have arrived"),
    ("start", Message.START, "start a suspended transfer again"),
)


class TransferOperations:
    """What happens under an agreement."""

    def __init__(
        self, *, store: Store, changes: Changes, consuming: Consuming, relay: Relay
    ) -> None:
        self._store = store
        self._changes = changes
        self._consuming = consuming
        self._relay = relay

    def operations(self) -> list[Operation]:
        return [*self._transfers(), *self._passing()]

    def _transfers(self) -> list[Operation]:
        face = ProcessFace(
            name="transfer",
            shown="one transfer, never its token",
            states=State,
            view=views.transfer,
            answers=shapes.Transfer,
            page=shapes.Page[shapes.Transfer],
            says=SAYS,
            say=self._consuming.say_in_transfer,
        )
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
            *operations_of(face, store=self._store, changes=self._changes),
        ]

    def _passing(self) -> list[Operation]:
        passing: dict[str, Any] = {
            "media_type": "*/*",
            "any_query": True,
            "problems": (404, *PEER_PROBLEMS),
        }
        below = "/transfers/{pid}/data/{path:path}"
        return [
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

    async def _transfer(self, call: Call) -> Response:
        order: bodies.TransferOrder = call.body

        async def work(tx: Transaction) -> dict[str, Any]:
            record = await self._consuming.transfer(tx, order.agreement, now=clock.now())
            return await views.transfer(tx, record)

        return await call.write(work, status=201)

    async def _data(self, call: Call) -> Response:
        pid = call.path("pid")
        transfer, endpoint = await self._store.read(
            lambda tx: self._consuming.data_address(tx, pid)
        )
        tracing.note(agreement=transfer.agreement)
        return await self._relay.answer(call.request, transfer, endpoint)
