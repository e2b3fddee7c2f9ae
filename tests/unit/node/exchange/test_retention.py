"""Old rows go when the settings say so; what is open or in force stays whole."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.node.delivery.timers import Timers
from faifo.node.exchange import retention
from faifo.node.exchange.retention import RETENTION, Retention
from faifo.node.settings.model import RetentionSettings
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store, Transaction
from faifo.store.records import (
    Agreement,
    Direction,
    HistoryEntry,
    JournalEntry,
    Negotiation,
    OutboxRow,
    Proof,
    StoredDecision,
    Transfer,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
OLD = NOW - timedelta(days=100)
YOUNG = NOW - timedelta(days=1)
PEER = "did:web:peer.example"


def _negotiation(pid: str, state: negotiation.State | None, agreement: str | None) -> Negotiation:
    return Negotiation(
        pid=pid, role=Role.PROVIDER, state=state, peer=PEER, peer_pid=pid, proof=Proof(did=PEER),
        created=OLD, updated=OLD, callback="https://c", dataset="d", agreement=agreement,
        offer_id="o", offer={}, offered_by=Role.PROVIDER,
    )  # fmt: skip


def _transfer(pid: str, state: transfer.State, agreement: str) -> Transfer:
    return Transfer(
        pid=pid, role=Role.PROVIDER, state=state, peer=PEER, peer_pid=pid, proof=Proof(did=PEER),
        created=OLD, updated=OLD, callback="https://c", dataset="d", agreement=agreement,
        format="HttpData-PULL",
    )  # fmt: skip


def _agreement(name: str, **terms: Any) -> Agreement:
    return Agreement(
        id=name, role=Role.PROVIDER, provider="did:web:us", consumer=PEER, dataset="d",
        document=offer(Terms(**terms)), created=OLD, negotiation=f"n-{name}", active=True,
    )  # fmt: skip


# Which process has which fate: (pid, agreement of it)
GONE = ("n-over", "t-expired")
KEPT = ("n-open", "n-unsent", "n-force", "t-force", "t-later", "n-expired")


async def _fill(tx: Transaction) -> None:
    done = negotiation.State.FINALIZED
    await tx.agreements.put(_agreement("force"))
    await tx.agreements.put(_agreement("expired", until=NOW - timedelta(days=50)))
    await tx.agreements.put(_agreement("later", not_before=NOW + timedelta(days=5)))
    await tx.negotiations.put(_negotiation("n-open", negotiation.State.REQUESTED, None))
    await tx.negotiations.put(_negotiation("n-over", negotiation.State.TERMINATED, None))
    await tx.negotiations.put(_negotiation("n-unsent", negotiation.State.TERMINATED, None))
    await tx.negotiations.put(_negotiation("n-force", done, "force"))
    await tx.negotiations.put(_negotiation("n-expired", done, "expired"))
    await tx.transfers.put(_transfer("t-force", transfer.State.COMPLETED, "force"))
    await tx.transfers.put(_transfer("t-later", transfer.State.TERMINATED, "later"))
    await tx.transfers.put(_transfer("t-expired", transfer.State.COMPLETED, "expired"))
    await tx.outbox.put(
        OutboxRow(
            id="o",
            process="n-unsent",
            kind="negotiation",
            message="m",
            url="https://c",
            peer=PEER,
            body=b"{}",
            not_before=OLD,
            created=OLD,
            give_up=OLD,
        )
    )
    for at in (OLD, YOUNG):
        for pid in (*GONE, *KEPT):
            await _rows(tx, pid, at)
        await tx.journal.append(JournalEntry(event="access-refused", at=at))
        await tx.journal.append(JournalEntry(event="access-served", at=at, agreement="force"))
        await tx.journal.append(JournalEntry(event="access-served", at=at, agreement="expired"))


async def _rows(tx: Transaction, pid: str, at: datetime) -> None:
    await tx.history.append(
        HistoryEntry(
            process=pid,
            direction=Direction.IN,
            sender=PEER,
            message="m",
            body=b"{}",
            at=at,
            status=200,
        )
    )
    await tx.journal.append(JournalEntry(event="message-taken", at=at, process=pid))
    await tx.decisions.put(
        StoredDecision(
            id=f"{pid}-{at:%j}", stage="request", at=at, permitted=True, document={}, process=pid
        )
    )


async def _rounds(store: Store, settings: RetentionSettings) -> int:
    """Run the rounds of one day to their end; returns how many units of work that took."""
    timers = Timers(store)
    keeping = Retention(settings, timers)
    await store.run(lambda tx: keeping.start(tx, NOW))
    units = 0
    while True:
        due = [
            timer
            for timer in await store.read(lambda tx: tx.timers.find(kind=RETENTION))
            if timer.due <= NOW
        ]
        if not due:
            return units
        for timer in due:

            async def fire(tx: Transaction, subject: str = timer.subject) -> None:
                await tx.timers.delete(RETENTION, subject)
                await keeping.round(tx, subject, NOW)

            await store.run(fire)
            units += 1


async def _left(store: Store) -> dict[str, set[Any]]:
    async def look(tx: Transaction) -> dict[str, set[Any]]:
        return {
            "history": {(row.process, row.at) for _, row in await tx.history.find()},
            "journal": {
                (row.process or row.agreement, row.at) for _, row in await tx.journal.find()
            },
            "decisions": {(row.process, row.at) for row in await tx.decisions.find()},
            "processes": {row.pid for row in await tx.negotiations.find()}
            | {row.pid for row in await tx.transfers.find()},
            "agreements": {row.id for row in await tx.agreements.find()},
        }

    return await store.read(look)


KEEP = {"history_days": 0, "stranger_days": 0, "pack_days": 0}


async def test_without_limits_everything_is_kept(store: Store) -> None:
    await store.run(_fill)
    before = await _left(store)
    assert (
        await _rounds(store, RetentionSettings(**KEEP)) == 1
    )  # whether there is room to give back
    assert await _left(store) == before


@pytest.mark.parametrize("batch", [1, 3, 200])
async def test_what_is_old_and_over_goes(
    store: Store, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", batch)
    await store.run(_fill)
    before = await _left(store)
    settings = RetentionSettings(history_days=30, journal_days=30, decision_days=30, pack_days=0)
    units = await _rounds(store, settings)
    assert units > 30 if batch == 1 else units < 30
    left = await _left(store)
    over = {*GONE, "n-expired"}
    for table in ("history", "decisions"):
        assert before[table] - left[table] == {(pid, OLD) for pid in over}
    gone = {(pid, OLD) for pid in (*over, None, "expired")}
    assert before["journal"] - left["journal"] == gone
    assert left["processes"] == before["processes"]
    assert await _rounds(store, settings) > 0
    assert await _left(store) == left


async def test_a_row_of_a_clock_that_was_ahead_keeps_none_of_those_behind_it(store: Store) -> None:
    ahead = NOW + timedelta(days=400)

    async def fill(tx: Transaction) -> None:
        await tx.journal.append(JournalEntry(event="access-refused", at=ahead))
        await _rows(tx, "gone", ahead)
        await _fill(tx)

    await store.run(fill)
    await _rounds(
        store, RetentionSettings(history_days=30, journal_days=0, stranger_days=30, pack_days=0)
    )
    left = await _left(store)
    assert {at for pid, at in left["history"] if pid in {"gone", *GONE}} == {ahead, YOUNG}
    assert {at for pid, at in left["journal"] if pid is None} == {ahead, YOUNG}


async def test_processes_go_last_and_agreements_never(store: Store) -> None:
    await store.run(_fill)
    before = await _left(store)
    await _rounds(store, RetentionSettings(process_days=30))
    left = await _left(store)
    assert before["processes"] - left["processes"] == set(GONE)
    assert left["agreements"] == before["agreements"]
    assert left["history"] == before["history"]


async def test_old_rows_are_packed_once_and_read_as_before(store: Store, tmp_path: Path) -> None:
    await store.run(_fill)
    before = await _left(store)
    packing = RetentionSettings(**{**KEEP, "pack_days": 30})
    await _rounds(store, packing)
    assert await _left(store) == before
    with closing(sqlite3.connect(tmp_path / "faifo.db")) as connection:
        found = {
            table: connection.execute(
                f"SELECT typeof(record), count(*) FROM {table} GROUP BY 1 ORDER BY 1"
            ).fetchall()
            for table in ("history", "journal", "negotiation")
        }
    assert found["negotiation"] == [("blob", 5)]
    assert found["history"] == [("blob", 8), ("text", 8)]
    assert found["journal"] == [("blob", 11), ("text", 11)]
    # The next round, and one after a restart, begin at the first that was too young.
    timers = await store.read(lambda tx: tx.timers.find(kind=RETENTION))
    assert "pack:history 8" in {one.subject for one in timers}
    await _rounds(store, packing)
    timers = await store.read(lambda tx: tx.timers.find(kind=RETENTION))
    assert "pack:history 8" in {one.subject for one in timers}


async def test_a_day_s_accesses_go_together_with_their_count(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 5, 31, 12, tzinfo=UTC)
    day = noon - timedelta(days=1)

    async def fill(tx: Transaction) -> None:
        rows = [
            JournalEntry(event="access-served", at=at, peer=PEER, agreement="gone", dataset="d")
            for at in (day - timedelta(hours=6), day + timedelta(hours=6))
        ]
        for row in rows:
            await tx.journal.append(row)
        await tx.accesses.count(rows)

    async def left(tx: Transaction) -> tuple[int, int]:
        _, of_all = await tx.accesses.sums(
            ["agreement"], since=day.date(), until=day.date(), limit=10
        )
        return await tx.journal.count(), of_all.served

    await store.run(fill)
    assert await store.read(left) == (2, 2)
    for now, expected in ((noon, (2, 2)), (noon + timedelta(hours=12), (0, 0))):
        monkeypatch.setattr(sys.modules[__name__], "NOW", now)
        await _rounds(store, RetentionSettings(journal_days=1, **KEEP))
        assert await store.read(left) == expected


async def test_numbers_of_the_journal_are_not_given_again(store: Store) -> None:
    entry = JournalEntry(event="e", at=OLD)

    async def add(tx: Transaction) -> int:
        return await tx.journal.append(entry)

    last = [await store.run(add) for _ in range(3)][-1]
    await _rounds(store, RetentionSettings(journal_days=1))
    assert await store.read(lambda tx: tx.journal.count()) == 0
    assert await store.run(add) == last + 1


async def test_a_restart_does_not_double_the_rounds(store: Store) -> None:
    timers = Timers(store)
    for _ in range(3):
        keeping = Retention(RetentionSettings(journal_days=1, process_days=1, **KEEP), timers)
        await store.run(lambda tx, keeping=keeping: keeping.start(tx, NOW))
    subjects = [
        timer.subject for timer in await store.read(lambda tx: tx.timers.find(kind=RETENTION))
    ]
    assert subjects == ["journal ", "negotiations ", "room ", "transfers "]


async def test_what_strangers_left_goes_by_age_and_is_looked_at_once(store: Store) -> None:
    entries = [
        JournalEntry(event="access-refused", at=OLD),
        JournalEntry(event="access-refused", at=OLD, peer=PEER),
        JournalEntry(event="access-served", at=OLD),
        JournalEntry(event="access-refused", at=YOUNG),
    ]

    async def fill(tx: Transaction) -> None:
        for entry in entries:
            await tx.journal.append(entry)

    await store.run(fill)
    timers = Timers(store)
    kept = Retention(RetentionSettings(history_days=0), timers)
    subject = f"{retention.STRANGERS} "
    for _ in range(2):
        await store.run(lambda tx, subject=subject: kept.round(tx, subject, NOW))
        (timer,) = await store.read(lambda tx: tx.timers.find(kind=RETENTION))
        subject = timer.subject
        await store.run(lambda tx, subject=subject: timers.cancel(tx, RETENTION, subject))
    assert (subject, timer.due) == ("strangers 3", NOW + retention.ROUND)
    rows = await store.read(lambda tx: tx.journal.find())
    assert [row for _, row in rows] == entries[1:]
