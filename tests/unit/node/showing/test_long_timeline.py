"""A timeline of more than is shown of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.node.showing.timeline import LIMIT, timeline
from faifo.store.contract import Store, Transaction
from faifo.store.records import JournalEntry, Proof, Transfer

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def test_of_very_much_the_newest_is_told_and_how_it_ended(store: Store) -> None:
    transfer = Transfer(
        pid="urn:t", role=Role.PROVIDER, state=State.TERMINATED, peer="did:web:a.example",
        proof=Proof(did="did:web:a.example"), created=NOW, updated=NOW, callback="",
        dataset="d", format="HttpData-PULL",
    )  # fmt: skip

    async def fill(tx: Transaction) -> None:
        await tx.transfers.put(transfer)
        for number in range(LIMIT + 50):
            at = NOW + timedelta(seconds=number)
            await tx.journal.append(JournalEntry(event="access-served", at=at, process="urn:t"))
        over = NOW + timedelta(hours=9)
        await tx.journal.append(JournalEntry(event="transfer-closed", at=over, process="urn:t"))

    await store.run(fill)
    told = await store.read(lambda tx: timeline(tx, "urn:t", "en"))
    assert (len(told.entries), told.more) == (LIMIT, True)
    assert told.entries[0].at == NOW + timedelta(seconds=51)
    assert told.entries[-1].code == "transfer-closed"
