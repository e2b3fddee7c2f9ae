"""What runs is looked at again: does it still stand, and are the credentials still good?

A transfer that does not stand any more is ended; one of a member whose credentials are withdrawn is
suspended. A durable timer looks at whatever runs, a part at a time, and one of each transfer at the
moment when its terms or its proof end. Looking asks other nodes, so it happens
between two units of work: one finds whom to look at, one acts on what was found. What cannot be
looked up now is looked up next time, and is not an end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from faifo import clock
from faifo.errors import FaifoError, NotProvenError
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.node.custody.trust_file import TrustedParticipant
from faifo.node.delivery.changes import FACTS, Changes
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.ending import Ending
from faifo.node.exchange.transferring import WATCH
from faifo.node.membership.authentication import TRUST_FILE, claims_of
from faifo.node.membership.looking_up import LookingUp
from faifo.node.membership.verifying import KIND, end_of, subjects_of
from faifo.node.rules import deciding
from faifo.node.rules.booked import booked
from faifo.node.rules.standing import standing
from faifo.phrases import Phrase
from faifo.policy.compile import compiled
from faifo.store.contract import EVERYTHING, Store, Transaction
from faifo.store.records import Proof, Transfer
from faifo.trust.dcp.status import StatusSubject

log = logging.getLogger("faifo.credentials")

EVERYBODY, PART = "transfers", 100
RUNNING = (State.STARTED, State.REQUESTED)
_NEXT: dict[str, tuple[str, str]] = {RUNNING[0]: (RUNNING[1], "")}


class Watch:
    """Looks at those whose transfers run."""

    def __init__(
        self,
        *,
        store: Store,
        timers: Timers,
        ending: Ending,
        looking_up: LookingUp,
        changes: Changes,
        trusted: Callable[[str], TrustedParticipant | None],
        every: timedelta,
    ) -> None:
        self._store = store
        self._timers = timers
        self._ending = ending
        self._looking_up = looking_up
        self._every = every
        self._trusted = trusted
        self._wanted: dict[str, dict[StatusSubject, None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._told: asyncio.Task[None] | None = None
        changes.listen(self._changed)
        timers.handle(WATCH, self._due)

    async def start(self) -> None:
        """Look at what runs, now."""
        await self._store.run(lambda tx: self._timers.set(tx, WATCH, EVERYBODY, clock.now()))

    async def stop(self) -> None:
        tasks = [one for one in (self._looking, self._told) if one]
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _changed(self, subject: str) -> None:
        # If this is lost by a crash, the start looks at everything.
        if subject in {FACTS, EVERYTHING} and (self._told is None or self._told.done()):
            self._told = asyncio.create_task(self._look_now(), name="faifo-watch-facts")

    async def _look_now(self) -> None:
        try:
            await self.start()
        except FaifoError as error:
            log.error("what runs is looked at in the next round: %s", error)

    async def _due(self, tx: Transaction, subject: str, now: datetime) -> None:
        name, *part = subject.split(" ")
        if name == EVERYBODY:
            await self._part(tx, *part or (RUNNING[0], ""), now=now)
            return
        record = await tx.transfers.get(subject)
        if record is not None and record.state in RUNNING:
            due = await self._judged(tx, record, now)
            if due:
                await self._timers.set(tx, WATCH, subject, due)

    async def _part(self, tx: Transaction, state: str, after: str, *, now: datetime) -> None:
        """Look at a part of what runs, the transfers of `state` behind `after`, and go on."""
        again = now + self._every
        records = await tx.transfers.find(state=state, after=after, limit=PART)
        for record in records:
            due = await self._judged(tx, record, now)
            if due and due < again:
                await self._timers.set(tx, WATCH, record.pid, due)
        following = (state, records[-1].pid) if len(records) == PART else _NEXT.get(state)
        if following:
            await self._timers.go_on(tx, WATCH, " ".join((EVERYBODY, *following)), now)
        else:
            await self._timers.set(tx, WATCH, EVERYBODY, again)
        proven = [(one.peer, subjects_of(one.proof)) for one in records]
        tx.after_commit(lambda: self._look(proven))

    async def _judged(self, tx: Transaction, record: Transfer, now: datetime) -> datetime | None:
        """Stop a transfer that does not stand; return when time alone may change the answer."""
        moment = await self._stands(tx, record, now)
        end = end_of(record.proof)
        if end and end <= now:
            at = clock.text(end)
            reason = str(Phrase("reason.credentials-ended", peer=record.peer, at=at))
            # The peer's others may stand on credentials that came later.
            await self._suspend(tx, record, reason, now=now)
            return moment
        return min(filter(None, (moment, end)), default=None)

    async def _stands(self, tx: Transaction, record: Transfer, now: datetime) -> datetime | None:
        """End a transfer whose right is gone; return when time alone may change the answer."""
        if record.role is not Role.PROVIDER or not record.agreement:
            return None
        agreement = await tx.agreements.get(record.agreement, Role.PROVIDER)
        if agreement is None or agreement.suspended or await _being_stopped(tx, record):
            return None
        proof = self._proof(record)
        if proof is None:
            why = Phrase("reason.not-trusted", peer=record.peer)
            await self._ending.transfer(tx, record, (str(why),), now=now)
            return None
        if proof != record.proof:
            record = await tx.transfers.put(record, proof=proof)
            tx.rings(record.pid)
        dataset = await tx.datasets.get(record.dataset)
        # What is used up ends with the next access that it refuses, not under one that runs.
        policy = compiled(agreement.document)
        facts = await booked(tx, policy, record.peer, agreement=agreement.id, now=now)
        decision = standing(record.proof, dataset=dataset, agreement=agreement, now=now, **facts)
        if decision.permits:
            return policy.changes(deciding.use(record.proof, agreement, now))
        await deciding.keep(
            tx, decision, stage="watch", now=now, process=record.pid, agreement=agreement.id
        )
        await self._ending.transfer(tx, record, deciding.reasons(decision), now=now)
        return None

    def _proof(self, record: Transfer) -> Proof | None:
        """Return what is proven of who is known by the trust file, as it stands there now."""
        if record.proof.evidence.get("kind") != TRUST_FILE:
            return record.proof
        entry = self._trusted(record.peer)
        if entry is None:
            return None
        return msgspec.structs.replace(record.proof, claims=claims_of(entry))

    def _look(self, proven: list[tuple[str, tuple[StatusSubject, ...]]]) -> None:
        for peer, subjects in proven:
            if subjects:
                self._wanted.setdefault(peer, {}).update(dict.fromkeys(subjects))
        if self._wanted and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look_at(), name="faifo-watch")

    async def _look_at(self) -> None:
        while self._wanted:
            peer = next(iter(self._wanted))
            try:
                await self._look_up(peer, tuple(self._wanted.pop(peer)))
            except FaifoError as error:
                log.warning("the credentials of %s cannot be looked at now: %s", peer, error)

    async def _look_up(self, peer: str, subjects: tuple[StatusSubject, ...]) -> None:
        try:
            await self._looking_up.status(subjects)
        except NotProvenError as error:
            reason = str(error)
            log.warning("the transfers of %s are suspended: %s", peer, reason)
            await self._store.run(lambda tx: self._suspend_all(tx, peer, reason))

    async def _suspend_all(self, tx: Transaction, peer: str, reason: str) -> None:
        now = clock.now()
        for state in RUNNING:
            for record in await tx.transfers.find(peer=peer, state=state.value):
                await self._suspend(tx, record, reason, now=now)

    async def _suspend(
        self, tx: Transaction, record: Transfer, reason: str, *, now: datetime
    ) -> None:
        if record.proof.evidence.get("kind") == KIND and not await _being_stopped(tx, record):
            await self._ending.transfer(
                tx, record, (reason,), now=now, suspend=True, event="participant-withdrawn"
            )


async def _being_stopped(tx: Transaction, record: Transfer) -> bool:
    """Tell whether the other side is being told already; that may take a day."""
    return not record.open and await tx.outbox.first(process=record.pid) is not None
