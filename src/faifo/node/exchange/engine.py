"""What negotiations and transfers do alike: take a message, give an answer, decide what to send.

Every method runs inside a unit of work. Decide, commit, then send: what we want to say goes to the
outbox in the same unit, and our own state moves when the other side has acknowledged it
(DSP 2025-1 §7.1). Replays are recognised before the table, which stays strict (design §7).

A unit reads the messages of ours that are under way once, and writes the process once, at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from faifo import ids
from faifo.errors import ConflictError, FaifoError, IllegalTransitionError, MalformedMessageError
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.codec import Received, write
from faifo.messages.dsp_2025_1.terms import EDC_CONTEXT
from faifo.node.delivery.changes import passing
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.peer_answer import Outcome
from faifo.node.delivery.said import names, shut_out
from faifo.node.delivery.timers import Timers
from faifo.node.exchange import history as books
from faifo.node.exchange.conduct import Act, Hold, Refuse
from faifo.node.exchange.process_kind import Answer, Patience, ProcessKind, settled
from faifo.node.membership.authentication import Participant
from faifo.node.watching import tracing
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import OutboxRow, Process

P = TypeVar("P", bound=Process)

DEADLINE = "deadline"
ASK = "ask"  # the other side where it stands, if nothing comes; see asking.py


# Eclipse EDC answers before it has stored what it answers to; what comes meanwhile confuses it, and
# now and then it ends the process. Its messages name its context.
EDC_PAUSE = timedelta(milliseconds=200)


def of_edc(received: Received[Any]) -> bool:
    """Tell whether a message names the context of Eclipse EDC."""
    return EDC_CONTEXT in received.message.context


class _Unit(Generic[P]):
    """One unit of work on one process: the process as it will be kept, and our rows under way."""

    def __init__(self, tx: Transaction, record: P, rows: list[OutboxRow], *, now: datetime) -> None:
        self.tx = tx
        self.record = record
        self.rows = rows
        self.now = now
        self.earliest = now

    def change(self, **members: Any) -> None:
        self.record = msgspec.structs.replace(self.record, **members)


class Engine(Generic[P]):
    """The way of a process, for one kind of process."""

    def __init__(
        self,
        kind: ProcessKind[P],
        *,
        did: str,
        outbox: Outbox,
        timers: Timers,
        patience: Patience,
    ) -> None:
        self.kind = kind
        self._did = did
        self._outbox = outbox
        self._timers = timers
        self._patience = patience

    # ── messages that come in ────────────────────────────────────────────────────────────────

    async def again(
        self, tx: Transaction, record: P, received: Received[Any], participant: Participant
    ) -> Answer:
        """Answer a first message whose pid has a process already: as before, or with a no."""
        replay = await books.replayed(tx, record.pid, received, participant, first=True)
        if replay is None and of_edc(received):
            replay = await books.said_again(tx, record.pid, received, participant)
        if replay is not None:
            return replay
        error = MalformedMessageError(
            what=Phrase("errors.told.protocol.pid-used", name=self.kind.name),
            expected=Phrase("errors.told.protocol.new-pid"),
            where="$",
        )
        return self.refusal(record, error)

    async def receive(
        self,
        tx: Transaction,
        record: P,
        message: str,
        received: Received[Any],
        participant: Participant,
        *,
        now: datetime,
    ) -> Answer:
        """Take a message for a process that exists; the caller has checked whose it is."""
        replay = await books.replayed(tx, record.pid, received, participant)
        if replay is not None:
            return replay
        rows = await tx.outbox.find(process=record.pid)
        try:
            paired = self._paired(record, received.message)
            if again := of_edc(received) and self.kind.said_anew(paired, message):
                paired = again
            state, presupposed = self._step(paired, message, rows)
            # Also of whom we began with: what was proven now is what may be withdrawn later.
            moved = msgspec.structs.replace(paired, state=state, hold=None, proof=participant.proof)
            moved = await self.kind.took(tx, moved, message, received, now=now)
        except (IllegalTransitionError, MalformedMessageError, ConflictError) as error:
            if isinstance(error, IllegalTransitionError) and of_edc(received):
                replay = await books.said_again(tx, record.pid, received, participant)
                if replay is not None:
                    return replay
            answer = self.refusal(record, error)
            await books.taken(tx, record.pid, message, received, participant, answer, now=now)
            why = {"message": message, "why": str(error)}
            await books.note(tx, "message-refused", record, why, now=now)
            return answer
        unit = _Unit(tx, moved, rows, now=now)
        if again:
            await self._postpone(unit, now + EDC_PAUSE)
        if presupposed:
            note = str(Phrase("reason.presupposed", message=message))
            await self._reached(unit, presupposed, Outcome(200, b""), note=note)
        return await self._entered(unit, message, received, participant, status=200)

    async def enter(
        self,
        tx: Transaction,
        record: P,
        message: str,
        received: Received[Any],
        participant: Participant,
        *,
        now: datetime,
    ) -> Answer:
        """Take the first message of a new process of the other side: the table moves it, too.

        Raises:
            FaifoError: the message is refused; nothing is kept.
        """
        state = self.kind.advance(None, message, sender=record.role.other)
        begun = msgspec.structs.replace(record, state=state)
        moved = await self.kind.took(tx, begun, message, received, now=now)
        unit = _Unit(tx, moved, [], now=now)
        return await self._entered(unit, message, received, participant, status=201)

    async def _entered(
        self,
        unit: _Unit[P],
        message: str,
        received: Received[Any],
        participant: Participant,
        *,
        status: int,
    ) -> Answer:
        tx, record = unit.tx, unit.record
        answer = Answer(status, self.kind.document(record), record.pid)
        tx.after_commit(lambda: self._outbox.hold(record.pid))
        if of_edc(received):
            unit.earliest = unit.now + EDC_PAUSE
        await books.taken(tx, record.pid, message, received, participant, answer, now=unit.now)
        await books.note(tx, "message-taken", record, {"message": message}, now=unit.now)
        await self._drop_obsolete(unit)
        await self._proceed(unit)
        await self._keep(unit)
        return answer

    async def presupposed(self, tx: Transaction, pid: str, *, by: str, now: datetime) -> None:
        """Count `by`, a message about what follows from the good end of a process, as its end.

        The other side has our last message if it acts on it, though its answer may be lost.
        """
        record = await self.kind.table(tx).get(pid)
        rows = await tx.outbox.find(process=pid)
        if record is None or not rows or not rows[0].attempted:
            return
        row = rows[0]
        state = self.kind.advance(record.state, row.message, sender=record.role)
        if not self.kind.final(state) or state == self.kind.terminated:
            return
        unit = _Unit(tx, record, rows, now=now)
        await self._count(unit, row, state, str(Phrase("reason.presupposed", message=by)))

    async def taken(self, tx: Transaction, row: OutboxRow, *, theirs: str, now: datetime) -> bool:
        """Count a refused message as taken where the other side is in the state it leads to.

        Where they have ended well and we wanted to break off, they are right.
        """
        unit = await self._open(tx, row, now=now)
        if unit is None:
            return False
        ours, role = unit.record.state, unit.record.role
        note = str(Phrase("reason.taken-after-all", theirs=theirs))
        others = ((ending, role.other) for ending in self.kind.endings)
        for message, sender in ((row.message, role), *others):
            try:
                after = self.kind.advance(ours, message, sender=sender)
            except IllegalTransitionError:
                continue
            if after != theirs or after == ours:
                continue
            if sender is role:
                await self._count(unit, row, after, note)
                return True
            why = Phrase("reason.ended-as", theirs=theirs, ours=ours)
            reason = unit.record.reason or (str(why),)
            unit.change(state=after, hold=None, reason=reason)
            await self._drop(unit, row, note=note)
            await self._keep(unit)
            return True
        return False

    async def _count(self, unit: _Unit[P], row: OutboxRow, state: Any, note: str) -> None:
        unit.change(state=state, hold=None)
        await self._reached(unit, row, Outcome(200, b""), note=note)
        await self._proceed(unit)
        await self._keep(unit)

    async def turned_away(
        self,
        tx: Transaction,
        message: str,
        participant: Participant,
        reasons: tuple[str, ...],
        *,
        now: datetime,
    ) -> None:
        """Book the refusal of a first message."""
        await books.turned_away(tx, self.kind.name, message, participant, reasons, now=now)

    def refusal(self, record: P | None, error: FaifoError, *, status: int = 400) -> Answer:
        return Answer(status, self.kind.error(record, code=error.code, reasons=(str(error),)))

    def _paired(self, record: P, message: Any) -> P:
        """Check the pids of a message against the process; learn the other side's if unknown."""
        consumer = getattr(message, "consumer_pid", None)
        provider = getattr(message, "provider_pid", None)
        ours, theirs = (
            (consumer, provider) if record.role is Role.CONSUMER else (provider, consumer)
        )
        if ours is not None and ours != record.pid:
            raise MalformedMessageError(
                what=Phrase("errors.told.protocol.another"), expected=record.pid, where="$"
            )
        if record.peer_pid is None and theirs is not None:
            return msgspec.structs.replace(record, peer_pid=theirs)
        if theirs is not None and theirs != record.peer_pid:
            raise MalformedMessageError(
                what=Phrase("errors.told.protocol.other-pid"),
                expected=str(record.peer_pid),
                where="$",
            )
        return record

    def _step(self, record: P, message: str, rows: list[OutboxRow]) -> tuple[Any, OutboxRow | None]:
        """Return the state that `message` leads to, and the message of ours that it presupposes.

        One of ours which is under way and presupposed is acknowledged so; nothing is changed here.
        """
        sender = record.role.other
        state = record.state
        refused: IllegalTransitionError | None = None
        after: Any = None
        if state is not None:
            try:
                after = self.kind.advance(state, message, sender=sender)
            except IllegalTransitionError as error:
                refused = error
        # A step that stays in its state is believed only if it presupposes nothing of ours.
        if after is None or after == state:
            for row in rows:
                if not row.attempted:
                    continue
                try:
                    between = self.kind.advance(state, row.message, sender=record.role)
                    return self.kind.advance(between, message, sender=sender), row
                except IllegalTransitionError as error:
                    refused = refused or error
        if after is not None:
            self._check_crossing(record, message, after, rows)
            return after, None
        raise refused or IllegalTransitionError(
            message=message, sender=sender.capitalize(), state="none (not begun)", allowed=()
        )

    def _check_crossing(self, record: P, message: str, after: Any, rows: list[OutboxRow]) -> None:
        """Refuse a message that crossed a stronger one of ours, else each side ends elsewhere."""
        for row in rows:
            if self._strength(row.message) <= self._strength(message):
                continue
            try:
                self.kind.advance(after, row.message, sender=record.role)
            except IllegalTransitionError:
                raise ConflictError(
                    what=Phrase("errors.told.protocol.crossed", message=message, ours=row.message)
                ) from None

    def _strength(self, message: str) -> int:
        endings = self.kind.endings
        return len(endings) - endings.index(message) if message in endings else 0

    # ── messages that go out ─────────────────────────────────────────────────────────────────

    async def say(self, tx: Transaction, record: P, act: Act, *, now: datetime) -> P:
        """Queue a message of ours.

        Raises:
            IllegalTransitionError: the state does not allow it.
            ConflictError: another message of ours is still under way, or the other side is a guest.
        """
        if record.of_guest:
            raise ConflictError(
                what=Phrase("errors.told.guest.no-node", peer=record.peer),
                advice=Phrase("errors.told.guest.revoke"),
            )
        unit = _Unit(tx, record, await tx.outbox.find(process=record.pid), now=now)
        await self._say(unit, act)
        return await self._keep(unit)

    async def begin(
        self,
        tx: Transaction,
        record: P,
        act: Act,
        *,
        now: datetime,
        detail: Mapping[str, Any] = {},
    ) -> P:
        """Keep a new process of ours and queue its first message; `detail` is for the journal."""
        unit = _Unit(tx, record, [], now=now)
        await books.note(tx, f"{self.kind.name}-begun", record, dict(detail), now=now)
        await self._queue(unit, act, initial=True)
        return await self._keep(unit)

    async def _proceed(self, unit: _Unit[P]) -> None:
        """Ask the conduct, and queue what it wants said."""
        record = unit.record
        if record.state is None or self.kind.final(record.state):
            await self._timers.cancel(unit.tx, DEADLINE, record.pid)
            return
        if unit.rows:
            return  # what comes of that message decides
        answer = await self._next(unit)
        if isinstance(answer, Act):
            await self._say(unit, answer)
        elif answer.reason is None and not self.kind.awaits(record.state):
            await self._timers.cancel(unit.tx, DEADLINE, record.pid)
        elif answer.reason is None:
            due = unit.now + self._patience.decision
            await self._timers.set(unit.tx, DEADLINE, record.pid, due)
        else:
            await self._timers.cancel(unit.tx, DEADLINE, record.pid)
            if answer.until is not None:
                await self._timers.set(unit.tx, DEADLINE, record.pid, answer.until)
            unit.change(hold=answer.reason, hold_until=answer.until)

    async def _next(self, unit: _Unit[P]) -> Act | Hold:
        answer = await self.kind.next(unit.tx, unit.record, now=unit.now)
        if isinstance(answer, Refuse):
            return Act(self.kind.termination, reason=answer.reason)
        return answer

    async def _say(self, unit: _Unit[P], act: Act) -> None:
        record = unit.record
        self.kind.advance(record.state, act.message.value, sender=record.role)
        before = unit.rows[0] if unit.rows else None
        if before and before.message == act.message.value:
            return
        if before and act.message is self.kind.termination:
            note = str(Phrase("reason.drawn-back-for", message=act.message.value))
            await self._drop(unit, before, note=note)
        elif before:
            raise ConflictError(
                what=Phrase("errors.told.protocol.on-its-way", pid=record.pid),
                advice=Phrase("errors.told.protocol.wait"),
            )
        await self._queue(unit, act, initial=False)

    async def _queue(self, unit: _Unit[P], act: Act, *, initial: bool) -> None:
        tx, now = unit.tx, unit.now
        said = await self.kind.compose(tx, unit.record, act, now=now)
        unit.record = said.record
        not_before = act.not_before or unit.earliest
        row = OutboxRow(
            id=ids.new_urn(now),
            process=unit.record.pid,
            kind=self.kind.name,
            message=act.message.value,
            url=unit.record.callback.rstrip("/") + said.path,
            peer=unit.record.peer,
            body=write(said.message),
            not_before=not_before,
            created=now,
            give_up=not_before + self._patience.delivery,
            trace=tracing.traceparent(),
            initial=initial,
        )
        await self._put(unit, row)
        if not initial:
            await self._timers.cancel(tx, DEADLINE, unit.record.pid)

    async def _put(self, unit: _Unit[P], row: OutboxRow) -> None:
        unit.rows.append(await self._outbox.queue(unit.tx, row))

    async def acknowledged(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        """Move on after the other side took a message of ours."""
        unit = await self._open(tx, row, now=now)
        if unit is None:
            await books.sent_after_all(tx, self._did, row, outcome, now=now)
            return
        unit.record = self._learn(unit.record, outcome.body)
        state = self.kind.advance(unit.record.state, row.message, sender=unit.record.role)
        unit.change(state=state, hold=None)
        await self._reached(unit, row, outcome, note=None)
        await self._proceed(unit)
        kept = await self._keep(unit)
        if self.kind.final(kept.state) and not names(row.process, outcome.body):
            # Whoever answered did not name the process: was it the other side?
            await self._timers.set(tx, ASK, kept.pid, now + self._patience.silence)

    async def refused(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        """End well, or alone, after the other side refused a message of ours for good.

        Status 0: nothing came back until we gave up.
        """
        status, body, reasons = outcome
        unit = await self._open(tx, row, now=now)
        if unit is None:
            await books.sent_after_all(tx, self._did, row, outcome, now=now)
            return
        await books.sent(tx, self._did, row, outcome, note=reasons[0], now=now)
        await tx.outbox.delete(row.id)
        unit.rows = [other for other in unit.rows if other.id != row.id]
        outside = shut_out(status, body)
        gone = status == 404 and not outside
        unneeded = None if gone else self.kind.unneeded(unit.record, row.message)
        if unneeded is not None:
            unit.record = unneeded
            await self._proceed(unit)
            await self._keep(unit)
            return
        known = status and not gone and not row.initial
        if known and row.message != self.kind.termination.value:
            answered = Phrase("reason.answered", message=row.message, status=status)
            why = (str(answered), *reasons)
            unit.change(reason=why)
            await self._say(unit, Act(self.kind.termination, reason=why))
            await self._keep(unit)
            return
        if row.initial:
            await self.kind.turned_down(tx, unit.record, body, reasons, now)
        kept = await self._end(unit, reasons)
        if outside:  # nothing was said about the process: it is asked about once more
            await self._timers.set(tx, ASK, kept.pid, now + self._patience.silence)

    async def end(
        self,
        tx: Transaction,
        record: P,
        *,
        reasons: tuple[str, ...],
        now: datetime,
        one_sided: bool = True,
    ) -> P:
        """End a process without a message; `one_sided`: the other side does not know of the end."""
        unit = _Unit(tx, record, await tx.outbox.find(process=record.pid), now=now)
        return await self._end(unit, reasons, one_sided=one_sided)

    async def _end(self, unit: _Unit[P], reasons: tuple[str, ...], *, one_sided: bool = True) -> P:
        for row in list(unit.rows):
            await self._drop(unit, row, note=str(Phrase("reason.drawn-back")))
        unit.change(state=self.kind.terminated, reason=reasons, one_sided=one_sided, hold=None)
        kept = await self._keep(unit)
        await self._timers.cancel(unit.tx, DEADLINE, kept.pid)
        event = f"{self.kind.name}-ended" + ("-one-sided" if one_sided else "")
        await books.note(unit.tx, event, kept, {"why": list(reasons)}, now=unit.now)
        return kept

    async def later(self, tx: Transaction, kind: str, pid: str, due: datetime) -> None:
        """Let a timer of this process come again at `due`."""
        await self._timers.set(tx, kind, pid, due)

    async def overdue(self, tx: Transaction, pid: str, *, now: datetime) -> None:
        """End a process whose other side has been silent for too long."""
        record = await self.kind.table(tx).get(pid)
        if record is None or await tx.outbox.first(process=pid):
            return
        if record.hold and (record.hold_until is None or record.hold_until > now):
            return
        if record.state is None or self.kind.final(record.state):
            return
        days = self._patience.decision / timedelta(days=1)
        why = (str(Phrase("reason.no-decision", days=f"{days:g}")),)
        record = msgspec.structs.replace(record, reason=why)
        await self.say(tx, record, Act(self.kind.termination, reason=why), now=now)

    async def _open(self, tx: Transaction, row: OutboxRow, *, now: datetime) -> _Unit[P] | None:
        """Return a unit on the process of a row that is still in the outbox, else None."""
        rows = await tx.outbox.find(process=row.process)
        if all(other.id != row.id for other in rows):
            return None
        record = await self.kind.table(tx).get(row.process)
        return _Unit(tx, record, rows, now=now) if record else None

    def _learn(self, record: P, body: bytes) -> P:
        """Take the other side's pid from the acknowledgement of our first message."""
        if record.peer_pid is not None or not body:
            return record
        try:
            content = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return record
        name = "providerPid" if record.role is Role.CONSUMER else "consumerPid"
        theirs = content.get(name) if isinstance(content, dict) else None
        if not isinstance(theirs, str) or not theirs or len(theirs) > 2048:
            return record
        return msgspec.structs.replace(record, peer_pid=theirs)

    async def _reached(
        self, unit: _Unit[P], row: OutboxRow, outcome: Outcome, *, note: str | None
    ) -> None:
        """Take the effects of `row`, which has reached the other side; the state has moved."""
        tx, now = unit.tx, unit.now
        await books.sent(tx, self._did, row, outcome, note=note, now=now)
        await self._remove(unit, row)
        body = msgspec.json.decode(row.body)
        unit.record = await self.kind.told(tx, unit.record, row.message, body, now=now)
        await books.note(tx, "message-sent", unit.record, {"message": row.message}, now=now)

    async def _remove(self, unit: _Unit[P], row: OutboxRow) -> None:
        await unit.tx.outbox.delete(row.id)
        unit.rows = [other for other in unit.rows if other.id != row.id]
        unit.tx.after_commit(lambda: self._outbox.forget(row.id))

    async def _drop(self, unit: _Unit[P], row: OutboxRow, *, note: str) -> None:
        """Take a message of ours back; one that may have gone out stays in the history."""
        if row.attempted:
            await books.sent(unit.tx, self._did, row, Outcome(0, b""), note=note, now=unit.now)
        await self._remove(unit, row)

    async def _postpone(self, unit: _Unit[P], due: datetime) -> None:
        """Say what is under way at `due`, in the same words: who has it knows it by its `@id`."""
        act = await self._next(unit)
        for row in list(unit.rows):
            await self._drop(unit, row, note=str(Phrase("reason.overtaken")))
            if not isinstance(act, Act) or act.message.value != row.message:
                continue
            give_up = due + self._patience.delivery
            fresh = {"id": ids.new_urn(unit.now), "not_before": due, "give_up": give_up}
            await self._put(unit, msgspec.structs.replace(row, **fresh, attempts=0, revision=0))

    async def _drop_obsolete(self, unit: _Unit[P]) -> None:
        """Remove messages of ours that the new state no longer allows."""
        for row in list(unit.rows):
            state = unit.record.state
            try:
                after = self.kind.advance(state, row.message, sender=unit.record.role)
            except IllegalTransitionError:
                after = None
            unneeded = self.kind.unneeded(unit.record, row.message)
            if after is not None and (unneeded is None or after == state):
                continue
            unit.record = unneeded or unit.record
            await self._drop(unit, row, note=str(Phrase("reason.overtaken")))

    async def _keep(self, unit: _Unit[P]) -> P:
        if self.kind.final(unit.record.state):
            unit.record = await self.kind.ended(unit.tx, unit.record, now=unit.now)
            await self._timers.cancel(unit.tx, ASK, unit.record.pid)
        elif unit.record.revision == 0:
            due = unit.now + self._patience.silence
            await self._timers.set(unit.tx, ASK, unit.record.pid, due)
        unit.change(updated=unit.now)
        kept = await self.kind.table(unit.tx).put(unit.record)
        unit.record = kept
        unit.tx.rings(kept.pid if settled(kept) else passing(kept.pid))
        return kept
