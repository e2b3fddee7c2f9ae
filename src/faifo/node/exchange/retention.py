"""Removes old rows, when the settings say so: in small units of work, driven by a durable timer.

Nothing of an open process or of an agreement in force is removed, and no agreement. A round goes
once through a table, in the order of its rows; the timer's subject says how far it has come, so a
restart goes on, and other units of work come between. What strangers left, whom nothing here is
about, goes by its age alone, and so does what is packed: a round begins where the one before ended.
Room that became free is given back to the disk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from faifo import clock
from faifo.machines import negotiation, transfer
from faifo.machines.role import Role
from faifo.node.delivery.timers import Timers
from faifo.node.rules.standing import by_terms
from faifo.node.settings.model import RetentionSettings
from faifo.store.contract import Transaction
from faifo.store.packing import PACKED
from faifo.store.records import Agreement, JournalEntry, Negotiation, Process, Proof

RETENTION = "retention"
STRANGERS = "strangers"
PACK = "pack:"
ROOM = "room"
BATCH = 200
PACKED_AT_ONCE = 50  # some milliseconds in which nobody else writes
ROUND = timedelta(hours=24)

Step = Callable[[Transaction, datetime, datetime, str], Awaitable[str | None]]
"""Takes the unit, now, since when a row is not old, and where to go on; says where next."""


class Retention:
    """What is kept for how long."""

    def __init__(self, settings: RetentionSettings, timers: Timers) -> None:
        self._timers = timers
        self._days = {
            "history": settings.history_days,
            "journal": settings.journal_days,
            "decisions": settings.decision_days,
            "negotiations": settings.process_days,
            "transfers": settings.process_days,
            STRANGERS: settings.stranger_days,
            **dict.fromkeys((f"{PACK}{table}" for table in PACKED), settings.pack_days),
            ROOM: 1,
        }
        timers.handle(RETENTION, self.round)

    async def start(self, tx: Transaction, now: datetime) -> None:
        """Begin a round of every table that has a limit; what an earlier process began is over.

        What is packed once is not looked at again.
        """
        begin = dict.fromkeys((table for table, days in self._days.items() if days), "")
        for timer in await tx.timers.find(kind=RETENTION):
            await self._timers.cancel(tx, RETENTION, timer.subject)
            table, _, after = timer.subject.partition(" ")
            if table in begin and table.startswith(PACK):
                begin[table] = after
        for table, after in begin.items():
            await self._timers.set(tx, RETENTION, f"{table} {after}", now)

    async def round(self, tx: Transaction, subject: str, now: datetime) -> None:
        """Go through one batch of a table, and say when to go on."""
        table, _, after = subject.partition(" ")
        old = now - timedelta(days=self._days[table])
        following = await STEPS[table](tx, now, old, after)
        goes_on = table == STRANGERS or table.startswith(PACK)
        if following is None or (goes_on and following == after):
            begin = after if goes_on else ""
            await self._timers.set(tx, RETENTION, f"{table} {begin}", now + ROUND)
        else:
            await self._timers.set(tx, RETENTION, f"{table} {following}", now)


async def _log(table: str, tx: Transaction, now: datetime, old: datetime, after: str) -> str | None:
    needed, log = _Needed(tx, now), getattr(tx, table)
    if table == "journal":  # accesses are counted by the day, so a day's go together
        old = old.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await log.find(after=int(after or 0), limit=BATCH)
    for seq, row in rows:
        if old <= row.at <= now:
            return None
        # One from a clock that was ahead keeps none of those behind it.
        if row.at < old and not await needed.by(row.process, getattr(row, "agreement", None)):
            await log.forget(seq)
            if isinstance(row, JournalEntry) and row.event.startswith("access-"):
                await tx.accesses.forget(row.at.date(), row.agreement or "")
    return str(rows[-1][0]) if len(rows) == BATCH else None


async def _strangers(tx: Transaction, now: datetime, old: datetime, after: str) -> str:
    """Forget the rows of callers who proved nothing; return up to where there are no more."""
    rows = await tx.journal.find(after=int(after or 0), limit=BATCH)
    for seq, row in rows:
        if old <= row.at <= now:
            break
        if (
            row.at < old
            and row.peer is None
            and row.agreement is None
            and row.event == "access-refused"
        ):
            await tx.journal.forget(seq)
        after = str(seq)
    return after


async def _decisions(tx: Transaction, now: datetime, old: datetime, after: str) -> str | None:
    needed = _Needed(tx, now)
    rows = await tx.decisions.find(after=after, limit=BATCH)
    for row in rows:
        if row.at < old and not await needed.by(row.process, row.agreement):
            await tx.decisions.delete(row.id)
    return rows[-1].id if len(rows) == BATCH else None


async def _processes(
    table: str, tx: Transaction, now: datetime, old: datetime, after: str
) -> str | None:
    needed, processes = _Needed(tx, now), getattr(tx, table)
    rows = await processes.find(after=after, limit=BATCH)
    for row in rows:
        # The negotiation of an agreement stays with it: it says where the other side is.
        stays = isinstance(row, Negotiation) and row.agreement
        if row.updated < old and not stays and not await needed.by(row.pid, row.agreement):
            await processes.delete(row.pid)
    return rows[-1].pid if len(rows) == BATCH else None


async def _pack(table: str, tx: Transaction, now: datetime, old: datetime, after: str) -> str:  # noqa: ARG001
    """Keep old rows in fewer bytes; return up to where there are no more of them."""
    begin = int(after or 0)
    return str(await tx.room.pack(table, after=begin, old=clock.text(old), limit=PACKED_AT_ONCE))


async def _room(tx: Transaction, now: datetime, old: datetime, after: str) -> str | None:  # noqa: ARG001
    return ROOM if await tx.room.give_back(BATCH) else None


STEPS: dict[str, Step] = {
    "history": partial(_log, "history"),
    "journal": partial(_log, "journal"),
    "decisions": _decisions,
    "negotiations": partial(_processes, "negotiations"),
    "transfers": partial(_processes, "transfers"),
    STRANGERS: _strangers,
    **{f"{PACK}{table}": partial(_pack, table) for table in PACKED},
    ROOM: _room,
}


class _Needed:
    """Tells what must stay, looking up each process and agreement once."""

    def __init__(self, tx: Transaction, now: datetime) -> None:
        self._tx = tx
        self._now = now
        self._open: dict[str, tuple[bool, str | None]] = {}
        self._force: dict[str, bool] = {}

    async def by(self, process: str | None, agreement: str | None) -> bool:
        """Tell whether the process is open, or its agreement, or the one given, is in force."""
        if process:
            known = self._open.get(process)
            if known is None:
                known = self._open[process] = await self._look(process)
            is_open, its_agreement = known
            if is_open or await self._in_force(its_agreement):
                return True
        return await self._in_force(agreement)

    async def _look(self, pid: str) -> tuple[bool, str | None]:
        tx = self._tx
        record: Process | None = await tx.negotiations.get(pid)
        terminal: frozenset[Any] = frozenset(negotiation.TERMINAL)
        if record is None:
            record = await tx.transfers.get(pid)
            terminal = frozenset(transfer.TERMINAL)
        if record is None:
            return False, None
        under_way = record.state not in terminal or await tx.outbox.first(process=pid) is not None
        return under_way, record.agreement

    async def _in_force(self, agreement: str | None) -> bool:
        if agreement is None:
            return False
        if agreement not in self._force:
            found = [await self._tx.agreements.get(agreement, role) for role in Role]
            self._force[agreement] = any(one and _in_force(one, self._now) for one in found)
        return self._force[agreement]


def _in_force(agreement: Agreement, now: datetime) -> bool:
    """Tell whether an agreement still permits something, or may do so later."""
    if not agreement.active or agreement.ended:
        return False

    def permits(at: datetime) -> bool:
        who, made = Proof(did=agreement.consumer), agreement.created
        return by_terms(who, agreement.document, now=at, agreed=made).permits

    # What was permitted once and is not now has run out; what never was may begin later.
    return permits(now) or not permits(agreement.created)
