"""What every access adds to, and what a report makes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from faifo import clock
from faifo.dataplane.journal import Access
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.node.offering import access_journal
from faifo.node.offering.access_journal import NodeJournal
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store, Transaction
from faifo.store.records import Agreement, JournalEntry, Proof, Transfer
from faifo.store.sqlite import migrate
from faifo.store.sqlite.store import open_store

PEER = "did:web:peer.example"
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def _entry(**changes: Any) -> JournalEntry:
    given: dict[str, Any] = {
        "event": "access-served", "at": NOON, "process": "t", "agreement": "a", "dataset": "d",
        "peer": PEER, "detail": {"bytes": 5, "purposes": ["research"]}, **changes,
    }  # fmt: skip
    return JournalEntry(**given)


async def _sums(store: Store, *by: str, **narrowed: str) -> list[tuple[Any, ...]]:
    found, total = await store.read(
        lambda tx: tx.accesses.sums(by, since=FIRST, until=LAST, limit=100, **narrowed)
    )
    assert sum(one.bytes for one in found) == total.bytes
    return [
        (*(getattr(one, name) for name in by), one.served, one.refused, one.bytes) for one in found
    ]


async def _count(store: Store, *entries: JournalEntry) -> None:
    async def work(tx: Transaction) -> None:
        for entry in entries:
            await tx.accesses.count([entry])

    await store.run(work)


async def test_accesses_are_summed_by_any_group_and_no_other_event_counts(store: Store):
    before = NOON - timedelta(days=1)
    await _count(
        store,
        _entry(), _entry(at=before), _entry(event="access-refused"),
        _entry(peer="did:web:other.example", dataset="e", agreement="b", detail={"bytes": 7}),
        _entry(event="access-interrupted"), _entry(event="agreement-ended"), _entry(peer=None),
        _entry(at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC)),
    )  # fmt: skip
    assert await _sums(store, "peer") == [
        (PEER, 2, 1, 10),
        ("did:web:other.example", 1, 0, 7),
    ]
    assert await _sums(store, "day") == [("2026-11-28", 1, 0, 5), ("2026-11-29", 2, 1, 12)]
    assert await _sums(store, "purpose", dataset="d") == [("research", 2, 1, 10)]
    assert await _sums(store, "day", "agreement", peer=PEER) == [
        ("2026-11-28", "a", 1, 0, 5),
        ("2026-11-29", "a", 1, 1, 5),
    ]
    assert await _sums(store, "peer", dataset="none") == []
    with pytest.raises(KeyError, match="are not counted by 'bytes'"):
        await _sums(store, "bytes")


async def test_what_is_forgotten_of_an_agreement_is_of_that_day_alone(store: Store):
    await _count(store, _entry(), _entry(at=NOON - timedelta(days=1)), _entry(agreement="b"))
    await store.run(lambda tx: tx.accesses.forget(NOON.date(), "a"))
    assert await _sums(store, "day", "agreement") == [
        ("2026-11-28", "a", 1, 0, 5),
        ("2026-11-29", "b", 1, 0, 5),
    ]


@pytest.mark.parametrize(
    ("reason", "counted"),
    [("token-expired", [(PEER, "d", "research", 0, 1, 0)]), ("token-unknown", [])],
)
async def test_a_refusal_is_counted_for_whose_token_it_was(
    store: Store, reason: str, counted: list[Any]
):
    now = clock.now()

    async def fill(tx: Transaction) -> None:
        await tx.agreements.put(
            Agreement(
                id="a",
                role=Role.PROVIDER,
                provider="did:web:us",
                consumer=PEER,
                dataset="d",
                document=offer(Terms(purposes=("research",))),
                created=now,
                active=True,
            )
        )
        await tx.transfers.put(
            Transfer(
                pid="t",
                role=Role.PROVIDER,
                state=State.STARTED,
                peer=PEER,
                created=now,
                updated=now,
                proof=Proof(did=PEER),
                callback="https://c",
                dataset="d",
                agreement="a",
                format="HttpData-PULL",
            )
        )

    await store.run(fill)
    refused = Access(
        access_id="x", grant=None, transfer_id="t", method="GET", path="", status=401,
        outcome="refused", reason=reason,
    )  # fmt: skip
    await NodeJournal(store).record(refused)
    found, _ = await store.read(
        lambda tx: tx.accesses.sums(
            ("peer", "dataset", "purpose"), since=now.date(), until=now.date(), limit=9
        )
    )
    assert [(a.peer, a.dataset, a.purpose, a.served, a.refused, a.bytes) for a in found] == counted


async def test_a_book_of_before_is_counted_when_it_is_migrated(tmp_path: Path):
    path = tmp_path / "faifo.db"
    before = {number: one for number, one in migrate.scripts().items() if number < "0013"}
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("\n".join(one.read_text("utf-8") for one in before.values()))
        connection.execute(f"CREATE TABLE {migrate.VERSION_TABLE} (version_num TEXT PRIMARY KEY)")
        connection.execute(f"INSERT INTO {migrate.VERSION_TABLE} VALUES (?)", (max(before),))
        for event, peer, at in (
            ("access-served", PEER, "2026-11-29T12:00:00.000000Z"),
            ("access-served", PEER, "2026-11-29T13:00:00.000000Z"),
            ("access-refused", PEER, "2026-11-29T13:00:00.000000Z"),
            ("access-served", None, "2026-11-29T13:00:00.000000Z"),
        ):
            connection.execute(
                "INSERT INTO journal (event, agreement, dataset, peer, at, record)"
                " VALUES (?, 'a', 'd', ?, ?, json_object('detail', json_object('bytes', 5)))",
                (event, peer, at),
            )
    store = await open_store(path)
    assert await _sums(store, "day", "peer") == [("2026-11-29", PEER, 2, 1, 10)]
    await _count(store, _entry())
    assert await _sums(store, "day", "purpose") == [
        ("2026-11-29", "", 2, 1, 10),
        ("2026-11-29", "research", 1, 0, 5),
    ]
    await store.close()


@pytest.mark.parametrize("reason", ["token-missing", "token-unknown", "not-found"])
async def test_strangers_write_so_many_rows_and_so_much_into_each(store: Store, reason: str):
    said = "x" * 30_000
    strange = Access(
        access_id="a",
        grant=None,
        transfer_id=said,
        method="GET",
        path=said,
        status=404,
        outcome="refused",
        reason=reason,
    )
    journal = NodeJournal(store)
    for _ in range(int(access_journal.STRANGERS_AT_ONCE) + 200):
        await journal.record(strange)
    rows = await store.read(lambda tx: tx.journal.find())
    assert access_journal.STRANGERS_AT_ONCE <= len(rows) < access_journal.STRANGERS_AT_ONCE + 200
    [(_, row), *_] = rows
    assert (row.process, row.detail["path"]) == (said[:200], said[:200])
