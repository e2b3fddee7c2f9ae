"""Running transfers of members whose credentials are withdrawn are suspended, with the reason.

A durable timer looks at every participant with running transfers, found by participant (design §2).
Looking asks other nodes, so it happens between two units of work: one finds whom to look at, one
acts on what was found. What cannot be looked up now is looked up next time, and is not an end.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import msgspec

from faifo import clock
from faifo.errors import ConflictError, FaifoError, IllegalTransitionError, NotProvenError
from faifo.machines.role import Role
from faifo.machines.transfer import Message, State
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.conduct import Act
from faifo.node.exchange.engine import Engine
from faifo.node.membership.looking_up import LookingUp
from faifo.node.membership.verifying import KIND, end_of, subjects_of
from faifo.store.contract import Store, Transaction
from faifo.store.records import JournalEntry, Transfer
from faifo.trust.dcp.status import StatusSubject

log = logging.getLogger("faifo.credentials")

WATCH = "credential-watch"
RUNNING = (State.STARTED, State.REQUESTED)


class Watch:
    """Looks at those whose transfers run."""

    def __init__(
        self,
        *,
        store: Store,
        timers: Timers,
        transfers: Engine[Transfer],
        looking_up: LookingUp,
        every: timedelta,
    ) -> None:
        self._store = store
        self._timers = timers
        self._transfers = transfers
        self._looking_up = looking_up
        self._every = every
        self._looking: asyncio.Task[None] | None = None
        timers.handle(WATCH, self._due)

    async def start(self) -> None:
        await self._store.run(lambda tx: self._timers.set(tx, WATCH, "transfers", clock.now()))

    async def stop(self) -> None:
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _due(self, tx: Transaction, subject: str, now: datetime) -> None:
        await self._timers.set(tx, WATCH, subject, now + self._every)
        proven: dict[str, dict[StatusSubject, None]] = {}
        for state in RUNNING:
            for record in await tx.transfers.find(state=state.value):
                found = subjects_of(record.proof)
                proven.setdefault(record.peer, {}).update(dict.fromkeys(found))
                end = end_of(record.proof)
                if end and end <= now:
                    reason = f"the credentials of {record.peer} ended at {clock.text(end)}"
                    await self._suspend(tx, record.peer, reason)
        looked = {peer: tuple(subjects) for peer, subjects in proven.items() if subjects}
        if looked:
            tx.after_commit(lambda: self._look(looked))

    def _look(self, proven: dict[str, tuple[StatusSubject, ...]]) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_at(proven), name="faifo-watch")

    async def _look_at(self, proven: dict[str, tuple[StatusSubject, ...]]) -> None:
        for peer, subjects in proven.items():
            try:
                await self._looking_up.status(subjects)
            except NotProvenError as error:
                reason = str(error)
                log.warning("the transfers of %s are suspended: %s", peer, reason)
                await self._store.run(lambda tx, p=peer, r=reason: self._suspend(tx, p, r))  # type: ignore[misc]
            except FaifoError as error:
                log.warning("the credentials of %s cannot be looked at now: %s", peer, error)

    async def _suspend(self, tx: Transaction, peer: str, reason: str) -> None:
        now = clock.now()
        for state in RUNNING:
            for record in await tx.transfers.find(peer=peer, state=state.value):
                under_way = await tx.outbox.first(process=record.pid)
                if record.proof.evidence.get("kind") != KIND or (under_way and not record.open):
                    continue
                message = Message.SUSPENSION if state is State.STARTED else Message.TERMINATION
                # The gate closes now, whatever is still on its way to the other side.
                closed = await tx.transfers.put(
                    msgspec.structs.replace(record, open=False, reason=(reason,))
                )
                try:
                    await self._transfers.say(tx, closed, Act(message, reason=(reason,)), now=now)
                except (ConflictError, IllegalTransitionError) as error:
                    log.info("%s: %s; it is tried again", record.pid, error)
                entry = JournalEntry(
                    event="participant-withdrawn",
                    at=now,
                    process=record.pid,
                    agreement=record.agreement,
                    peer=peer,
                    detail={"why": reason, "role": Role(record.role).value},
                )
                await tx.journal.append(entry)
