"""From a name to the first byte in one call, by the shortest way that is open.

A transfer that runs is read again: one request of ours. Else one is begun under an agreement that
is in force, or after a negotiation. An agreement under which the provider lets nothing begin any
more is not used again, so after its refusal a new one is asked for, once.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from faifo import clock
from faifo.api import processes as api
from faifo.errors import PeerError, RefusedError, UnreachableError
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.consuming import Consuming
from faifo.node.exchange.transferring import PULL
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.lists import View
from faifo.node.http.manage.management import Handlers
from faifo.node.http.manage.negotiations import NegotiationHandlers
from faifo.node.http.manage.relay import Relay
from faifo.node.http.manage.transfers import TransferHandlers
from faifo.node.showing import answers
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import Transfer

# A token that ends sooner is not begun with.
SOON: Final = timedelta(minutes=1)
LOOKED_AT: Final = 10
_OF_THE_ORDER: Final = frozenset({b"content-type", b"content-length", b"transfer-encoding"})


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
        relay: Relay,
    ) -> None:
        self._negotiations = negotiations
        self._transfers = transfers
        self._store = store
        self._changes = changes
        self._consuming = consuming
        self._relay = relay

    def handlers(self) -> Handlers:
        return {api.FETCH: self._fetch}

    async def _fetch(self, call: Call) -> Response:
        until = clock.monotonic() + call.body.patience
        pid, reused = await call.while_there(self._way(call.body, until))
        turn = self._relay.running.turn
        transfer, endpoint = await self._store.read(
            lambda tx: self._consuming.data_address(tx, pid)
        )
        answer = await self._relay.answer(_asked(call.request), transfer, endpoint, turn=turn)
        answer.headers["Faifo-Reused"] = reused
        answer.headers["Faifo-Transfer"] = pid
        return answer

    async def _way(self, order: api.FetchOrder, until: float) -> tuple[str, str]:
        """Return a running transfer, and what of it was at hand."""
        known, why = await self._negotiations.known_agreement(order)
        if known and known.agreement:
            running = await self._running(known.agreement)
            if running:
                return running, "transfer"
            try:
                return await self._begun(known.agreement, until), "agreement"
            except RefusedError as error:
                known, why = await self._negotiations.known_agreement(order)
                if known:
                    raise
                why = why or tuple(map(str, error.reasons))
        begun = await self._store.run(await self._negotiations.asked(order, why))
        agreed = await self._reached("negotiations", answers.negotiation, begun, until)
        if agreed.agreement is None:
            reasons = (Phrase("errors.told.no-agreement"),)
            raise PeerError(who=agreed.peer, status=200, reasons=reasons)
        return await self._begun(agreed.agreement, until), "nothing"

    async def _running(self, agreement: str) -> str | None:
        soon = clock.now() + SOON

        def good(one: Transfer) -> bool:
            fresh = one.token_expires is None or one.token_expires > soon
            return fresh and one.format == PULL and one.data_address is not None

        found = await self._store.read(
            lambda tx: tx.transfers.find(
                agreement=agreement,
                role=Role.CONSUMER.value,
                state=State.STARTED.value,
                newest_first=True,
                limit=LOOKED_AT,
            )
        )
        return next((one.pid for one in found if good(one)), None)

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
                process = await self._store.read(look)
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
    return Request({**request.scope, **own})
