"""Durable transitions a second: as plain rows through the store's contract, and by the engine.

A plain transition inserts a history entry and updates a process, as in a prototype's measurement
that the target comes from. An engine's transition is the whole unit of work behind a message: the
token's one use, the replay check, the machine, history, journal, outbox, timers; and for the answer
that goes out, the unit that books its acknowledgement. Each side of a flow does such units.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec

from bench.figures import BenchError, Effort, Figure, Part
from faifo import clock, ids
from faifo.machines.negotiation import Message, State
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.codec import Received, read, write
from faifo.messages.dsp_2025_1.negotiation import ContractAgreementVerificationMessage
from faifo.node.delivery.changes import Changes, passing
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.conduct import PromptConduct
from faifo.node.exchange.dues import Dues
from faifo.node.exchange.engine import Engine
from faifo.node.exchange.negotiating import NegotiationKind
from faifo.node.exchange.process_kind import Patience
from faifo.node.membership.authentication import Participant, claim
from faifo.store.contract import Store, Transaction
from faifo.store.records import (
    Agreement,
    Direction,
    HistoryEntry,
    Negotiation,
    Proof,
    TokenUse,
)
from faifo.store.sqlite.store import open_store

AT_ONCE = 50
MESSAGE_BYTES = 344
OURS, PEER = "did:web:provider.example", "did:web:consumer.example"
GROUPED, SINGLE = 10_000.0, 2_000.0


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="transitions", title="Durable transitions")
    rates: dict[str, list[float]] = {}
    for number in range(effort.rounds):
        for name, at_once, measure in (
            ("one by one", 1, _plain),
            (f"grouped, {AT_ONCE} at once", AT_ONCE, _plain),
            ("by the engine, one by one", 1, _by_engine),
            (f"by the engine, {AT_ONCE} at once", AT_ONCE, _by_engine),
        ):
            store = await open_store(folder / f"{number}-{len(rates)}-{at_once}-{name[:3]}.db")
            try:
                rate = await measure(store, at_once, effort.transition_seconds)
            finally:
                await store.close()
            rates.setdefault(name, []).append(rate)
    targets = {"one by one": SINGLE, f"grouped, {AT_ONCE} at once": GROUPED}
    part.figures = [
        Figure(name=name, unit="1/s", values=values, target=targets.get(name), better="more")
        for name, values in rates.items()
    ]
    part.notes += [
        (
            "Plain: a history entry with a message of 344 bytes is inserted and a negotiation"
            " updated, in one unit of work through the store's contract (SQLite in WAL mode,"
            " synchronous=FULL)."
        ),
        (
            "By the engine: a verification is taken and FINALIZED is sent to a peer that answers at"
            " once; both are transitions. The sender and HTTP are left out."
        ),
    ]
    return part


def _negotiation(now: datetime, state: State) -> Negotiation:
    dataset = "urn:uuid:01a20431-f765-767d-8227-eb0e338b7c45"
    return Negotiation(
        pid=ids.new_urn(now),
        role=Role.PROVIDER,
        state=state,
        peer=PEER,
        peer_pid=ids.new_urn(now),
        proof=Proof(did=PEER),
        created=now,
        updated=now,
        callback="http://consumer.example/dsp/2025-1",
        dataset=dataset,
        offer_id="urn:uuid:01a20431-f765-767d-8227-eb0e338b7c46",
        offer={"@id": "urn:uuid:01a20431-f765-767d-8227-eb0e338b7c46", "permission": []},
        offered_by=Role.CONSUMER,
        permitted=True,
    )


async def _plain(store: Store, at_once: int, seconds: float) -> float:
    """Let each of `at_once` workers move a process of its own, over and over."""
    done = 0
    body = b"x" * MESSAGE_BYTES
    end = time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal done
        now = clock.now()
        first = _negotiation(now, State.REQUESTED)
        record = await store.run(lambda tx: tx.negotiations.put(first))
        entry = HistoryEntry(
            process=record.pid,
            direction=Direction.IN,
            sender=PEER,
            message=Message.VERIFICATION,
            message_id=record.pid,
            body=body,
            at=now,
            status=200,
        )

        async def move(tx: Transaction) -> Negotiation:
            await tx.history.append(entry)
            return await tx.negotiations.put(record)

        while time.perf_counter() < end:
            record = await store.run(move)
            done += 1

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return done / (time.perf_counter() - begin)


class _Agreeable:
    """A peer that takes every message at once."""

    async def send(self, url: str, body: bytes, *, audience: str) -> PeerAnswer:  # noqa: ARG002
        return PeerAnswer(200, b"{}", {})


class _Provider:
    """The engine for negotiations with what it needs around it, without HTTP."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.outbox = Outbox(store, _Agreeable())
        self.changes = Changes()
        store.listen(self.changes.rung)
        timers = Timers(store)
        self.engine: Engine[Negotiation] = Engine(
            NegotiationKind(
                did=OURS,
                callback="http://p.example",
                conduct=PromptConduct(),
                dues=Dues(timers),
                reviews=cast("Any", None),  # nothing here waits for a person
            ),
            did=OURS,
            outbox=self.outbox,
            timers=timers,
            patience=Patience(timedelta(days=7), timedelta(hours=24)),
        )

    async def seeded(self, count: int) -> list[Negotiation]:
        """Keep `count` negotiations in AGREED, with their agreements."""

        async def seed(tx: Transaction) -> list[Negotiation]:
            made = []
            for _ in range(count):
                now = clock.now()
                record = _negotiation(now, State.AGREED)
                record = msgspec.structs.replace(record, agreement=ids.new_urn(now))
                await tx.agreements.put(_agreement(record))
                made.append(await tx.negotiations.put(record))
            return made

        return await self.store.run(seed)

    async def take_verification(self, record: Negotiation) -> None:
        """Take a verification, and wait until FINALIZED is acknowledged."""
        now = clock.now()
        message = ContractAgreementVerificationMessage(
            id=ids.new_urn(now), provider_pid=record.pid, consumer_pid=record.peer_pid or ""
        )
        received: Received[Any] = read(ContractAgreementVerificationMessage, write(message))
        participant = Participant(
            did=PEER,
            proof=record.proof,
            use=TokenUse(did=PEER, jti=ids.new_urn(now), expires=now + timedelta(minutes=5)),
        )

        async def take(tx: Transaction) -> Any:
            await claim(tx, participant)
            found = await tx.negotiations.get(record.pid)
            assert found is not None
            return await self.engine.receive(
                tx, found, Message.VERIFICATION, received, participant, now=now
            )

        bell = self.changes.bell(passing(record.pid))
        answer = await self.store.run(take)
        if answer.status != 200:
            raise BenchError(f"the engine answered {answer.status}: {answer.body.decode()}")
        if not bell.done():
            await bell
        bell = self.changes.bell(passing(record.pid))
        self.outbox.release(record.pid)
        await bell


def _agreement(record: Negotiation) -> Agreement:
    return Agreement(
        id=record.agreement or "",
        role=Role.PROVIDER,
        provider=OURS,
        consumer=PEER,
        dataset=record.dataset,
        document={"@id": record.agreement},
        negotiation=record.pid,
        created=record.created,
    )


async def _by_engine(store: Store, at_once: int, seconds: float) -> float:
    provider = _Provider(store)
    await provider.outbox.start({"negotiation": provider.engine})
    waiting = iter(await provider.seeded(int(seconds * (6000 if at_once > 1 else 1500))))
    done = 0
    end = time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal done
        for record in waiting:
            await provider.take_verification(record)
            done += 2
            if time.perf_counter() > end:
                return

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    rate = done / (time.perf_counter() - begin)
    finalized = await store.read(lambda tx: tx.negotiations.count(state=State.FINALIZED.value))
    await provider.outbox.stop(1)
    if finalized * 2 != done:
        raise BenchError(f"{finalized} negotiations are FINALIZED, {done // 2} were counted")
    return rate
