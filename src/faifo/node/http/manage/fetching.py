"""From a name to the first byte in one call, by the shortest way that is open.

A transfer that runs is read again: one request of ours. Else one is begun under an agreement that
is in force, or after a negotiation. An agreement under which the provider lets nothing begin any
more is not used again, so after its refusal a new one is asked for, once.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final, NamedTuple

from faifo import clock
from faifo.api import processes as api
from faifo.errors import PeerError, RefusedError, UnreachableError
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.messages.dsp_2025_1.data_address import Endpoint
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.consuming import Consuming
from faifo.node.exchange.transferring import PULL
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.lists import View
from faifo.node.http.manage.management import Handlers
from faifo.node.http.manage.negotiations import NegotiationHandlers
from faifo.node.http.manage.relay import Relay
from faifo.node.http.manage.transfers import TransferHandlers
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.outward.partners import Partners
from faifo.node.showing import answers
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import Transfer

# A token that ends sooner is not begun with.
SOON: Final = timedelta(minutes=1)
LOOKED_AT: Final = 10
_OF_THE_ORDER: Final = frozenset({b"content-type", b"content-length", b"transfer-encoding"})


class _AtHand(NamedTuple):
    """An agreement in force, else why one is no good; and a transfer that runs under it."""

    agreement: str | None
    why: tuple[str, ...]
    way: tuple[Transfer, Endpoint] | None


class FetchHandlers:
    """What an order of data comes to."""

    def __init__(
        self,
        negotiations: NegotiationHandlers,
        transfers: TransferHandlers,
        *,
        store: Store,
        changes: Changes,
        consuming: Consuming,
        partners: Partners,
        relay: Relay,
    ) -> None:
        self._negotiations = negotiations
        self._transfers = transfers
        self._store = store
        self._changes = changes
        self._consuming = consuming
        self._partners = partners
        self._relay = relay

    def handlers(self) -> Handlers:
        return {api.FETCH: self._fetch}

    async def _fetch(self, call: Call) -> Response:
        turn = self._relay.running.turn
        hand = await self._at_hand(call.body)
        reused, way = "transfer", hand.way
        if way is None:
            until = clock.monotonic() + call.body.patience
            pid, reused = await call.while_there(self._made(call.body, hand, until))
            turn = self._relay.running.turn
            way = await self._store.read(lambda tx: self._consuming.data_address(tx, pid), few=True)
        answer = await self._relay.answer(_asked(call.request), *way, turn=turn)
        answer.add("Faifo-Reused", reused)
        answer.add("Faifo-Transfer", way[0].pid)
        return answer

    async def _at_hand(self, order: api.FetchOrder) -> _AtHand:
        """Return what of the way is there already, in one look."""
        provider, soon = self._partners.named(order.node), clock.now() + SOON

        async def look(tx: Transaction) -> _AtHand:
            record, why = await self._consuming.reusable(
                tx, provider=provider, dataset=order.dataset, purpose=order.purpose
            )
            if record is None or record.agreement is None:
                return _AtHand(None, why, None)
            found = await tx.transfers.find(
                agreement=record.agreement,
                role=Role.CONSUMER.value,
                state=State.STARTED.value,
                newest_first=True,
                limit=LOOKED_AT,
            )
            for one in found:
                fresh = one.token_expires is None or one.token_expires > soon
                if fresh and one.format == PULL and one.data_address is not None:
                    way = await self._consuming.data_address(tx, one.pid)
                    return _AtHand(record.agreement, why, way)
            return _AtHand(record.agreement, why, None)

        return await self._store.read(look)

    async def _made(self, order: api.FetchOrder, hand: _AtHand, until: float) -> tuple[str, str]:
        """Return a transfer that is begun now, and what was at hand for it."""
        if hand.agreement:
            try:
                return await self._begun(hand.agreement, until), "agreement"
            except RefusedError as error:
                hand = await self._at_hand(order)
                if hand.agreement:
                    raise
                hand = hand._replace(why=hand.why or tuple(map(str, error.reasons)))
        begun = await self._store.run(await self._negotiations.asked(order, hand.why))
        agreed = await self._reached("negotiations", answers.negotiation, begun, until)
        if agreed.agreement is None:
            reasons = (Phrase("errors.told.no-agreement"),)
            raise PeerError(who=agreed.peer, status=200, reasons=reasons)
        return await self._begun(agreed.agreement, until), "nothing"

    async def _begun(self, agreement: str, until: float) -> str:
        await self._transfers.in_force(agreement)

        async def work(tx: Transaction) -> api.Transfer:
            record = await self._consuming.transfer(tx, agreement, now=clock.now())
            return await answers.transfer(tx, record)

        begun = await self._store.run(work)
        started = await self._reached("transfers", answers.transfer, begun, until)
        return str(started.pid)

    async def _reached(self, table: str, view: View, process: Any, until: float) -> Any:
        """Return the process once it runs.

        Raises:
            RefusedError, ConflictError: as `api.reached`.
            UnreachableError: the patience is over; the process goes on.
        """
        wanted = "STARTED" if table == "transfers" else "FINALIZED"

        async def look(tx: Transaction) -> Any:
            return await view(tx, await getattr(tx, table).get(process.pid))

        while True:
            bell = self._changes.bell(process.pid)
            try:
                process = await self._store.read(look, few=True)
                if api.reached(process, wanted):
                    return process
                left = until - clock.monotonic()
                if left <= 0 or self._changes.stopped:
                    reason = Phrase("errors.waiting.reason")
                    raise UnreachableError(who=process.peer, reason=reason)
                await asyncio.wait((bell,), timeout=left)
            finally:
                bell.cancel()


def _asked(request: Request) -> Request:
    """Return the GET that an order stands for, with the fields that came with it."""
    headers = [field for field in request.scope["headers"] if field[0] not in _OF_THE_ORDER]
    own = {"method": "GET", "headers": headers, "path_params": {}, "query_string": b""}
    return Request({**request.scope, **own}, request.receive)
