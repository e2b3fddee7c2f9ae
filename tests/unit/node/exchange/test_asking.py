"""Open processes that have no timer get one at the start, all of them, a part at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from faifo import clock
from faifo.machines import transfer
from faifo.machines.role import Role
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.asking import PART, UNASKED, Asking
from faifo.node.exchange.engine import ASK
from faifo.store.contract import Store, Transaction
from faifo.store.records import Proof, Transfer

FIRST, HOURS = timedelta(minutes=2), timedelta(hours=3)
NOW = clock.now()


async def test_those_without_a_timer_get_one(store: Store) -> None:
    kind = SimpleNamespace(name="transfer", open_states=("STARTED",), table=lambda tx: tx.transfers)
    timers = Timers(store)
    engines: Any = {"transfer": SimpleNamespace(kind=kind)}
    nothing: Any = None
    asking = Asking(engines, did="did:web:us", outbox=nothing, timers=timers, first=FIRST)
    kept = NOW + timedelta(days=1)

    async def fill(tx: Transaction) -> None:
        for number in range(2 * PART + 1):
            await tx.transfers.put(_transfer(f"urn:{number:04}"))
        await timers.set(tx, ASK, "urn:0000", kept)
        await asking.start(tx, NOW)

    await store.run(fill)
    timers.start()
    async with asyncio.timeout(10):
        while await store.read(lambda tx: tx.timers.count(kind=UNASKED)):
            await asyncio.sleep(0.01)
    await timers.stop()
    due = {one.subject: one.due for one in await store.read(lambda tx: tx.timers.find(kind=ASK))}
    assert due.pop("urn:0000") == kept
    # The longer nothing has come, the longer it may take until it is asked.
    assert len(due) == 2 * PART
    assert all(HOURS < one - NOW < 2 * HOURS for one in due.values())


def _transfer(pid: str) -> Transfer:
    then, peer = NOW - HOURS, "did:web:them"
    return Transfer(
        pid=pid, role=Role.PROVIDER, state=transfer.State.STARTED, peer=peer, peer_pid=pid,
        proof=Proof(did=peer), created=then, updated=then, callback="https://c", dataset="d",
        agreement="a", format="HttpData-PULL",
    )  # fmt: skip
