"""Asking instead of waiting: where nothing comes, the other side is asked where it stands.

A message that something in between answered reaches nobody, and both sides would wait. So a durable
timer of each open process asks `GET /negotiations/:pid` or `GET /transfers/:pid` (DSP 2025-1 §8 and
§10), `Patience.silence` after the last change and then with pauses that double. The states are
compared, and what is found is repaired, sent again, or ended with a reason:

- theirs is ours: go on waiting;
- theirs is one step behind, by our last message: its exact bytes go out again;
- theirs is TERMINATED, or they know no such process: it ends here;
- otherwise (a message of theirs never came): their own repair may be on its way, so it is looked at
  `LOOKS` times before it is ended, with both states as the reason.

Questions and repairs stand in the outbox under a name of their own, and so are no messages that a
process waits for: an answer to one moves no state.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from faifo import ids
from faifo.errors import IllegalTransitionError
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.peer_answer import Outcome
from faifo.node.delivery.said import ASKING, state_in, unknown
from faifo.node.delivery.timers import Timers
from faifo.node.exchange import history as books
from faifo.node.exchange.conduct import Act
from faifo.node.exchange.engine import ASK, Engine
from faifo.node.exchange.negotiating import segment
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import Direction, HistoryEntry, OutboxRow, Process

log = logging.getLogger("faifo.asking")

LOOKS = 3
LONGEST_PAUSE = timedelta(hours=6)
QUESTION = "GET"
UNASKED, PART = "ask-begins", 100


class Asking:
    """Asks, and takes the answers; see `outbox.Outcomes`."""

    def __init__(
        self,
        engines: Mapping[str, Engine[Any]],
        *,
        did: str,
        outbox: Outbox,
        timers: Timers,
        first: timedelta,
    ) -> None:
        self._engines = engines
        self._did = did
        self._outbox = outbox
        self._timers = timers
        self._first = first
        timers.handle(ASK, self._due)
        timers.handle(UNASKED, self._part)

    async def start(self, tx: Transaction, now: datetime) -> None:
        """Begin to set the timers of open processes that have none, by an older Faifo or a fault.

        The subject of a part's timer is `KIND STATE PID`: the processes of that state behind PID.
        """
        for engine in self._engines.values():
            for state in engine.kind.open_states:
                await self._timers.set(tx, UNASKED, f"{engine.kind.name} {state} ", now)

    async def _part(self, tx: Transaction, subject: str, now: datetime) -> None:
        kind, state, after = subject.split(" ")
        table = self._engines[kind].kind.table(tx)
        records = await table.find(state=state, after=after, limit=PART)
        for record in records:
            if await tx.timers.get(ASK, record.pid) is None:
                await self._timers.set(tx, ASK, record.pid, now + self._pause(record, now))
        if len(records) == PART:
            await self._timers.go_on(tx, UNASKED, f"{kind} {state} {records[-1].pid}", now)

    async def _due(self, tx: Transaction, pid: str, now: datetime) -> None:
        found = await self._process(tx, pid)
        if found is None:
            return
        engine, record = found
        pause = self._pause(record, now)
        under_way = record.state is None or await tx.outbox.first(process=pid)
        asked = await tx.outbox.first(process=_name(pid))
        passed = now - record.updated
        # What changed by a clock that was ahead has not just changed.
        if timedelta() <= passed < self._first:
            pause = self._first - passed
        elif not (under_way or asked or record.peer_pid is None):
            path = f"/{engine.kind.name}s/{segment(record.peer_pid)}"
            await self._queue(tx, record, QUESTION, record.callback.rstrip("/") + path, b"", now)
        if not engine.kind.final(record.state):
            await self._timers.set(tx, ASK, pid, now + pause)

    def _pause(self, record: Process, now: datetime) -> timedelta:
        return min(max(now - record.updated, self._first), LONGEST_PAUSE)

    async def _queue(
        self, tx: Transaction, record: Process, message: str, url: str, body: bytes, now: datetime
    ) -> None:
        await self._outbox.queue(
            tx,
            OutboxRow(
                id=ids.new_urn(now),
                process=_name(record.pid),
                kind=ASKING,
                message=message,
                url=url,
                peer=record.peer,
                body=body,
                not_before=now,
                created=now,
                give_up=now + self._first,
            ),
        )

    async def acknowledged(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        """Compare the states, or note that a message was taken the second time."""
        await tx.outbox.delete(row.id)
        found = await self._process(tx, _pid(row))
        if found is None:
            return
        engine, record = found
        if row.body:
            await self._sent_again(tx, record, row, outcome, now=now)
        elif not await self._moved(tx, record, row, now):
            theirs = str(state_in(record.pid, outcome.body))
            await self._compare(tx, engine, record, theirs, now=now)

    async def refused(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        """End what the other side does not know; else the next question will tell more."""
        await tx.outbox.delete(row.id)
        found = await self._process(tx, _pid(row))
        if found is None:
            return
        engine, record = found
        status, body, reasons = outcome
        log.info("%s of %s came to nothing (%s): %s", row.message, record.pid, status, reasons[0])
        if row.body:
            await self._sent_again(tx, record, row, outcome, now=now)
        elif status == 404 and unknown(body) and not await self._moved(tx, record, row, now):
            if engine.kind.final(record.state):
                return
            facts = {"kind": Phrase(f"errors.{engine.kind.name}"), "state": record.state}
            why = str(Phrase("reason.unknown-there", **facts))
            await self._noted(tx, record, "unknown", now=now)
            await engine.end(tx, record, reasons=(why,), now=now)

    async def _compare(
        self, tx: Transaction, engine: Engine[Any], record: Any, theirs: str, *, now: datetime
    ) -> None:
        kind, ours = engine.kind, record.state
        if theirs == ours:
            return
        looks = await self._noted(tx, record, theirs, now=now)
        last = await self._last_message(tx, engine, record, theirs)
        if last is not None and looks < LOOKS:
            await self._queue(tx, record, last.message, last.url or "", last.body, now)
            if kind.final(ours):
                await self._timers.set(tx, ASK, record.pid, now + self._first * 2**looks)
            return
        if kind.final(ours):
            return
        if theirs == kind.terminated:
            why = str(Phrase("reason.ended-as", theirs=theirs, ours=ours))
            await engine.end(tx, record, reasons=(why,), now=now, one_sided=False)
        elif looks >= LOOKS:
            why = str(Phrase("reason.lost", theirs=theirs, ours=ours))
            if kind.final(theirs):
                await engine.end(tx, record, reasons=(why,), now=now)
                return
            ending = msgspec.structs.replace(record, reason=(why,), hold=None)
            await engine.say(tx, ending, Act(kind.termination, reason=(why,)), now=now)

    async def _last_message(
        self, tx: Transaction, engine: Engine[Any], record: Process, theirs: str
    ) -> HistoryEntry | None:
        """Return the message of ours that leads from their state to ours, if it was the last."""
        entries = await tx.history.find(
            process=record.pid, direction=Direction.OUT.value, newest_first=True, limit=1
        )
        for _, entry in entries:
            try:
                state = type(record.state)(theirs)  # type: ignore[misc]
                after = engine.kind.advance(state, entry.message, sender=record.role)
            except (ValueError, IllegalTransitionError):
                return None
            return entry if after == record.state and entry.url else None
        return None

    async def _noted(self, tx: Transaction, record: Process, theirs: str, *, now: datetime) -> int:
        """Write down where they stand; return how often it was found so since the last change."""
        found = await tx.journal.find(
            process=record.pid, event="asked", newest_first=True, limit=LOOKS
        )
        before = [
            one
            for _, one in found
            if one.at > record.updated and one.detail.get("theirs") == theirs
        ]
        if len(before) < LOOKS:
            await books.note(tx, "asked", record, {"theirs": theirs}, now=now)
        return len(before) + 1

    async def _sent_again(
        self, tx: Transaction, record: Process, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        original = msgspec.structs.replace(row, process=record.pid)
        note = str(Phrase("reason.sent-again"))
        await books.sent(tx, self._did, original, outcome, note=note, now=now)

    async def _moved(self, tx: Transaction, record: Process, row: OutboxRow, now: datetime) -> bool:
        """Tell whether the process has changed since `row` asked, or is about to."""
        changed = row.created < record.updated <= now
        return changed or bool(await tx.outbox.first(process=record.pid))

    async def _process(self, tx: Transaction, pid: str) -> tuple[Engine[Any], Any] | None:
        for engine in self._engines.values():
            record = await engine.kind.table(tx).get(pid)
            if record is not None:
                return engine, record
        return None


def _name(pid: str) -> str:
    return f"{ASKING}:{pid}"


def _pid(row: OutboxRow) -> str:
    return row.process.removeprefix(f"{ASKING}:")
