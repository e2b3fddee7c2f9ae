"""What a person should know, of books that hold much else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from faifo.machines.role import Role
from faifo.node.showing import status
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store, Transaction
from faifo.store.records import Dataset, Due, Proof, SourceKind, StoredSource
from faifo.store.sql import tables

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PEER = "did:web:a.example"


async def test_what_is_old_is_told_however_much_came_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "LOOKED_AT", 2)
    monkeypatch.setattr(tables, "AT_ONCE", 2)

    async def fill(tx: Transaction) -> None:
        for number in range(7):
            await tx.dues.put(
                Due(
                    id=f"due-{number}", kind="duty", agreement="a", role=Role.CONSUMER,
                    dataset="d", peer=PEER, action="delete", opened=NOW, number=str(number),
                    due=NOW, done=NOW if number else None,
                )
            )  # fmt: skip
            # The last of them ends soon, and the one before it nobody sees.
            terms = Terms(
                recipients=("did:web:nobody.example",) if number == 5 else (),
                purposes=(f"purpose-{number}",),
                until=NOW + timedelta(days=1 if number == 6 else 400),
            )
            await tx.datasets.put(
                Dataset(
                    id=f"set-{number}", title="t", media_type="text/csv",
                    source=StoredSource(kind=SourceKind.FILE, location="/x"),
                    policy=offer(terms), offer_id=f"offer-{number}", published=NOW,
                )
            )  # fmt: skip

    await store.run(fill)

    async def look(tx: Transaction) -> list[tuple[str, str]]:
        found = status.Status(tx, NOW, "en", (Proof(did=PEER),), strangers=False)
        points, more = await found.points()
        assert more == ()
        return [(one.group, one.subject) for one in points]

    assert await store.read(look) == [
        ("waits", "due-0"),
        ("ends", "set-6"),
        ("unseen", "set-5"),
    ]
