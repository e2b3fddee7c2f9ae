"""Transfers, and the way to a partner's data."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from faifo import clock
from faifo.api import processes as api
from faifo.machines.role import Role
from faifo.machines.transfer import Message
from faifo.messages.dsp_2025_1.data_address import Endpoint
from faifo.node.delivery.changes import Changes
from faifo.node.exchange.consuming import Consuming, Destination
from faifo.node.exchange.transferring import PUSH
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.lists import listing, saying, waiting
from faifo.node.http.manage.management import Handlers
from faifo.node.http.manage.relay import Relay
from faifo.node.http.response import FileResponse, Response
from faifo.node.offering.inbox import Inbox
from faifo.node.receipts.agreements import WAITING
from faifo.node.showing import answers
from faifo.node.watching import tracing
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import Transfer

RECEIPT_SECONDS: Final = 10.0


class TransferHandlers:
    """What happens under an agreement."""

    def __init__(
        self, *, store: Store, changes: Changes, consuming: Consuming, relay: Relay, inbox: Inbox
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._changes = changes
        self._consuming = consuming
        self._relay = relay

    def handlers(self) -> Handlers:
        say = saying(self._consuming.say_in_transfer, answers.transfer)
        return {
            api.BEGIN_TRANSFER: self._transfer,
            api.LIST_TRANSFERS: listing("transfers", answers.transfer, by="pid"),
            api.GET_TRANSFER: waiting(
                "transfers", answers.transfer, store=self._store, changes=self._changes
            ),
            api.TERMINATE_TRANSFER: say(Message.TERMINATION),
            api.SUSPEND_TRANSFER: say(Message.SUSPENSION),
            api.COMPLETE_TRANSFER: say(Message.COMPLETION),
            api.RESUME_TRANSFER: say(Message.START),
            api.TAKE_TOKEN: self._token,
            api.CALL_DATA: self._data,
            api.CALL_DATA_BELOW: self._data,
        }

    async def _transfer(self, call: Call) -> Response:
        order: api.TransferOrder = call.body

        wanted = order.push or order.push_to is not None
        to = Destination(order.push_to, order.push_authorization, order.push_method)
        push = to if wanted else None

        async def work(tx: Transaction) -> api.Transfer:
            now = clock.now()
            record = await self._consuming.transfer(tx, order.agreement, now=now, push=push)
            return await answers.transfer(tx, record)

        if await self._awaits_receipt(order.agreement):
            await call.while_there(self.in_force(order.agreement))
        return await call.write(work, status=201, few=True)

    async def in_force(self, agreement: str) -> None:
        """Wait for the other side's receipt, which may come a moment after FINALIZED."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RECEIPT_SECONDS):
                while not self._changes.stopped:
                    bell = self._changes.bell(agreement)
                    if not await self._awaits_receipt(agreement):
                        bell.cancel()
                        return
                    await bell

    async def _awaits_receipt(self, agreement: str) -> bool:
        known = await self._store.read(
            lambda tx: tx.agreements.get(agreement, Role.CONSUMER), few=True
        )
        return known is not None and known.receipts == WAITING and not (known.active or known.ended)

    async def _token(self, call: Call) -> Response:
        pid = call.path("pid")

        async def work(tx: Transaction) -> api.Token:
            record, endpoint = await self._consuming.data_address(tx, pid)
            await happened(tx, "token-given", clock.now(), record, {"key": call.holder})
            return api.Token(
                transfer=record.pid,
                agreement=record.agreement,
                endpoint=endpoint.url,
                authorization=endpoint.authorization,
                expires=record.token_expires,
            )

        return await call.write(work, few=True)

    async def _data(self, call: Call) -> Response:
        pid, turn = call.path("pid"), self._relay.running.turn

        async def look(tx: Transaction) -> tuple[Transfer, Endpoint] | None:
            record = await tx.transfers.get(pid)
            if record and record.role is Role.CONSUMER and record.format == PUSH:
                return None
            return await self._consuming.data_address(tx, pid)

        found = await self._store.read(look, few=True)
        if found is None:
            return FileResponse(self._inbox.path(pid), media_type="application/octet-stream")
        transfer, endpoint = found
        tracing.note(agreement=transfer.agreement)
        return await self._relay.answer(call.request, transfer, endpoint, turn=turn)
