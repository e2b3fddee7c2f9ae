"""Records and units of work that the checks of a store are made of."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from faifo.machines.role import Role
from faifo.store.contract import Store, Transaction
from faifo.store.records import (
    Agreement,
    Dataset,
    Direction,
    HistoryEntry,
    JournalEntry,
    Negotiation,
    OutboxRow,
    Proof,
    SourceKind,
    StoredPassport,
    StoredSource,
    Timer,
)

Open = Callable[..., Awaitable[Store]]
"""`await open_store(sequencer=...)`; opening again sees what the store before it has kept."""

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEADLINE = 20.0


def timer(subject: str, due: int = 0, kind: str = "t") -> Timer:
    return Timer(kind=kind, subject=subject, due=MOMENT + timedelta(seconds=due))


def journal(event: str, **members: Any) -> JournalEntry:
    return JournalEntry(event=event, at=MOMENT, **members)


def negotiation(pid: str, **members: Any) -> Negotiation:
    fields: dict[str, Any] = {
        "pid": pid,
        "role": Role.PROVIDER,
        "state": None,
        "peer": "did:web:peer.example",
        "proof": Proof(did="did:web:peer.example"),
        "created": MOMENT,
        "updated": MOMENT,
        "callback": "https://peer.example",
        "dataset": "ds",
        "offer_id": "offer",
        "offer": {"@id": "offer"},
        "offered_by": Role.CONSUMER,
    }
    return Negotiation(**{**fields, **members})


def agreement(id_: str, role: Role) -> Agreement:
    return Agreement(
        id=id_, role=role, provider="p", consumer="c", dataset="ds", document={}, created=MOMENT
    )


def dataset(id_: str, **members: Any) -> Dataset:
    return Dataset(
        id=id_,
        title="Giá cà phê",
        offer_id=f"{id_}-offer",
        policy={"permission": [{"action": "use"}]},
        source=StoredSource(kind=SourceKind.FILE, location="/x", signature=(1, 2, 3, 4, 5)),
        media_type="text/csv",
        published=MOMENT,
        **members,
    )


PASSPORTS = (
    dataset("none"),
    dataset("with", passport=StoredPassport(envelope="e", sha256="0" * 64)),
    dataset("gone", passport=StoredPassport(envelope="e", sha256="0" * 64), withdrawn=MOMENT),
)


def as_before(one: Dataset) -> str:
    """Return what writes a dataset as programs did that had no column for passports."""
    record = msgspec.json.encode(one).decode()
    withdrawn = "'then'" if one.withdrawn else "NULL"
    return (
        "INSERT INTO dataset (id, offer_id, withdrawn, revision, record)"
        f" VALUES ('{one.id}', '{one.offer_id}', {withdrawn}, 1, '{record}')"
    )


def history(body: bytes, **members: Any) -> HistoryEntry:
    fields: dict[str, Any] = {
        "process": "p1",
        "direction": Direction.IN,
        "sender": "did:web:peer.example",
        "message": "ContractRequestMessage",
        "at": MOMENT,
        "status": 201,
    }
    return HistoryEntry(**{**fields, **members}, body=body)


def outbox(id_: str, process: str = "p1", seconds: int = 0) -> OutboxRow:
    return OutboxRow(
        id=id_,
        process=process,
        kind="negotiation",
        message="m",
        url="https://peer.example",
        peer="did:web:peer.example",
        body=b"{}",
        not_before=MOMENT + timedelta(seconds=seconds),
        created=MOMENT,
        give_up=MOMENT,
    )


async def put(store: Store, table: str, *records: Any) -> list[Any]:
    async def work(tx: Transaction) -> list[Any]:
        return [await getattr(tx, table).put(record) for record in records]

    return await store.run(work)


async def add(store: Store, *events: str) -> None:
    async def work(tx: Transaction) -> None:
        for event in events:
            await tx.journal.append(journal(event))

    await store.run(work)


async def events(store: Store) -> list[str]:
    async def work(tx: Transaction) -> list[str]:
        return [row.event for _, row in await tx.journal.find()]

    return await store.read(work)


async def subjects(store: Store, **query: Any) -> list[str]:
    async def work(tx: Transaction) -> list[str]:
        return [row.subject for row in await tx.timers.find(**query)]

    return await store.read(work)


class Blocker:
    """A unit of work that keeps the writer busy, so that what follows is queued as one group."""

    def __init__(self) -> None:
        self.running = threading.Event()
        self.go = threading.Event()

    async def __call__(self, _tx: Transaction) -> None:
        self.running.set()
        assert self.go.wait(DEADLINE)


async def together(store: Store, *works: Any) -> list[Any]:
    """Queue `works` while the writer is busy, and return every result or error."""
    blocker = Blocker()
    first = asyncio.create_task(store.run(blocker, few=False))
    await asyncio.to_thread(blocker.running.wait, DEADLINE)
    tasks = [asyncio.create_task(store.run(work)) for work in works]
    await asyncio.sleep(0)  # every task has put its unit into the queue
    blocker.go.set()
    await asyncio.wait_for(first, DEADLINE)
    gathered = asyncio.gather(*tasks, return_exceptions=True)
    return await asyncio.wait_for(gathered, DEADLINE)


def appends(event: str, error: BaseException | None = None) -> Any:
    """Return a unit of work that writes a row and a timer, and then raises `error`."""

    async def work(tx: Transaction) -> str:
        await tx.journal.append(journal(event))
        await tx.timers.put(timer(event))
        if error is not None:
            raise error
        return event

    return work
