"""What negotiations and transfers do alike: take a message, give an answer, decide what to send.

Every method runs inside a unit of work. Decide, commit, then send: what we want to say goes to the
outbox in the same unit, and our own state moves when the other side has acknowledged it
(DSP 2025-1 §7.1). Replays are recognised before the table, which stays strict (design §7).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from faifo import ids
from faifo.errors import ConflictError, FaifoError, IllegalTransitionError, MalformedMessageError
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.codec import Received, write
from faifo.messages.dsp_2025_1.wire import Message
from faifo.node import tracing
from faifo.node.authentication import Participant
from faifo.node.changes import Changes
from faifo.node.conduct import Act, Hold, MessageName
from faifo.node.outbox import Outbox
from faifo.node.timers import Timers
from faifo.store.contract import Table, Transaction
from faifo.store.records import (
    Direction,
    HistoryEntry,
    JournalEntry,
    OutboxRow,
    Process,
)

log = logging.getLogger("faifo.node")

P = TypeVar("P", bound=Process)

DEADLINE = "deadline"


class Answer(NamedTuple):
    """What to answer a message: HTTP status and JSON body.

    With a `pid`, the outbox holds messages about that process back until the answer is out.
    """

    status: int
    body: bytes
    pid: str | None = None


class Said(NamedTuple):
    """A composed message: the process as it is once it is queued, where to, and what."""

    record: Any
    path: str
    message: Message


class Patience(msgspec.Struct, frozen=True):
    """How long to wait for a decision of the other side, and for a delivery."""

    decision: timedelta
    delivery: timedelta


class Kind(Protocol[P]):
    """What differs between negotiations and transfers."""

    name: str

    @property
    def terminated(self) -> Any: ...

    @property
    def termination(self) -> MessageName: ...

    @property
    def endings(self) -> tuple[str, ...]:
        """Messages that prevail when both sides speak at once, the strongest first."""

    def table(self, tx: Transaction) -> Table[P]: ...

    def advance(self, state: Any, message: str, *, sender: Role) -> Any: ...

    def final(self, state: Any) -> bool: ...

    def document(self, record: P) -> bytes: ...

    def error(self, record: P | None, *, code: str, reasons: tuple[str, ...]) -> bytes: ...

    def next(self, record: P, *, now: datetime) -> Act | Hold: ...

    async def took(
        self, tx: Transaction, record: P, message: str, received: Received[Any], *, now: datetime
    ) -> P:
        """Return `record`, in its new state already, with the effects of the message taken.

        Raises:
            FaifoError: the message is refused and changes nothing.
        """

    async def told(
        self, tx: Transaction, record: P, message: str, body: Mapping[str, Any], *, now: datetime
    ) -> P:
        """Return `record`, in its new state already, after our message was acknowledged."""

    async def compose(self, tx: Transaction, record: P, act: Act, *, now: datetime) -> Said: ...

    async def ended(self, tx: Transaction, record: P, *, now: datetime) -> P:
        """Return `record` after its end, whoever ended it."""


class Engine(Generic[P]):
    """The way of a process, for one kind of process."""

    def __init__(
        self,
        kind: Kind[P],
        *,
        did: str,
        outbox: Outbox,
        timers: Timers,
        changes: Changes,
        patience: Patience,
    ) -> None:
        self.kind = kind
        self._did = did
        self._outbox = outbox
        self._timers = timers
        self._changes = changes
        self._patience = patience

    # ── messages that come in ────────────────────────────────────────────────────────────────

    async def replayed(
        self, tx: Transaction, pid: str, received: Received[Any], participant: Participant
    ) -> Answer | None:
        """Return the answer that was given to this very message before, if it was."""
        match = {"process": pid, "direction": Direction.IN.value, "sender": participant.did}
        if received.message.id is not None:
            seen = await tx.history.first(**match, message_id=received.message.id)
        else:
            seen = await tx.history.first(**match, digest=_digest(received.raw))
        return Answer(seen.status, seen.answer) if seen else None

    async def again(
        self, tx: Transaction, record: P, received: Received[Any], participant: Participant
    ) -> Answer:
        """Answer a first message whose pid has a process already: as before, or with a no."""
        replay = await self.replayed(tx, record.pid, received, participant)
        if replay is not None:
            return replay
        error = MalformedMessageError(
            what=f"this pid of yours has a {self.kind.name} already",
            expected="a new pid",
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
        replay = await self.replayed(tx, record.pid, received, participant)
        if replay is not None:
            return replay
        try:
            paired = self._paired(record, received.message)
            state, presupposed = await self._step(tx, paired, message)
            moved = msgspec.structs.replace(paired, state=state, hold=None)
            moved = await self.kind.took(tx, moved, message, received, now=now)
        except (IllegalTransitionError, MalformedMessageError, ConflictError) as error:
            answer = self.refusal(record, error)
            await self._remember(tx, record, message, received, participant, answer, now=now)
            await self._note(tx, "message-refused", record, {"message": message, "why": str(error)})
            return answer
        if presupposed:
            note = f"acknowledged by the {message} that presupposes it"
            moved = await self._reached(tx, moved, presupposed, note=note, now=now)
        return await self.enter(tx, moved, message, received, participant, now=now, status=200)

    async def presupposed(self, tx: Transaction, pid: str, *, by: str, now: datetime) -> None:
        """Count `by`, a message about what follows from the good end of a process, as its end.

        The other side has our last message if it acts on it, though its answer may be lost.
        """
        record = await self.kind.table(tx).get(pid)
        row = await tx.outbox.first(process=pid)
        if record is None or row is None or not self._outbox.attempted(row.id):
            return
        state = self.kind.advance(record.state, row.message, sender=record.role)
        if not self.kind.final(state) or state == self.kind.terminated:
            return
        note = f"acknowledged by the {by} that presupposes it"
        moved = msgspec.structs.replace(record, state=state, hold=None)
        moved = await self._reached(tx, moved, row, note=note, now=now)
        await self.proceed(tx, await self._keep(tx, moved, now=now), now=now)

    async def enter(
        self,
        tx: Transaction,
        record: P,
        message: str,
        received: Received[Any],
        participant: Participant,
        *,
        now: datetime,
        status: int,
    ) -> Answer:
        """Keep a process that took a message, answer, and go on as the conduct says."""
        record = await self._keep(tx, record, now=now)
        answer = Answer(status, self.kind.document(record), record.pid)
        tx.after_commit(lambda: self._outbox.hold(record.pid))
        await self._remember(tx, record, message, received, participant, answer, now=now)
        await self._note(tx, "message-taken", record, {"message": message})
        await self._drop_obsolete(tx, record, now=now)
        await self.proceed(tx, record, now=now)
        return answer

    def refusal(self, record: P | None, error: FaifoError) -> Answer:
        return Answer(400, self.kind.error(record, code=error.code, reasons=(str(error),)))

    def _paired(self, record: P, message: Any) -> P:
        """Check the pids of a message against the process; learn the other side's if unknown."""
        consumer = getattr(message, "consumer_pid", None)
        provider = getattr(message, "provider_pid", None)
        ours, theirs = (
            (consumer, provider) if record.role is Role.CONSUMER else (provider, consumer)
        )
        if ours is not None and ours != record.pid:
            raise MalformedMessageError(
                what="the message is about another process", expected=record.pid, where="$"
            )
        if record.peer_pid is None and theirs is not None:
            return msgspec.structs.replace(record, peer_pid=theirs)
        if theirs is not None and theirs != record.peer_pid:
            raise MalformedMessageError(
                what="the message has another pid of its sender",
                expected=str(record.peer_pid),
                where="$",
            )
        return record

    async def _step(self, tx: Transaction, record: P, message: str) -> tuple[Any, OutboxRow | None]:
        """Return the state that `message` leads to, and the message of ours that it presupposes.

        One of ours which is under way and presupposed is acknowledged so; nothing is changed here.
        """
        sender = record.role.other
        state = record.state
        rows = await tx.outbox.find(process=record.pid)
        refused: IllegalTransitionError | None = None
        if state is not None:
            try:
                after = self.kind.advance(state, message, sender=sender)
            except IllegalTransitionError as error:
                refused = error
            else:
                self._check_crossing(record, message, after, rows)
                return after, None
        for row in rows:
            if not self._outbox.attempted(row.id):
                continue
            try:
                between = self.kind.advance(state, row.message, sender=record.role)
                after = self.kind.advance(between, message, sender=sender)
            except IllegalTransitionError as error:
                refused = refused or error
                continue
            return after, row
        raise refused or IllegalTransitionError(
            message=message, sender=sender.capitalize(), state="none (not begun)", allowed=()
        )

    def _check_crossing(
        self, record: P, message: str, after: Any, rows: Sequence[OutboxRow]
    ) -> None:
        """Refuse a message that crossed a stronger one of ours, else each side ends elsewhere."""
        for row in rows:
            if self._strength(row.message) <= self._strength(message):
                continue
            try:
                self.kind.advance(after, row.message, sender=record.role)
            except IllegalTransitionError:
                raise ConflictError(
                    what=f"the {message} crossed our {row.message}, which prevails"
                ) from None

    def _strength(self, message: str) -> int:
        endings = self.kind.endings
        return len(endings) - endings.index(message) if message in endings else 0

    # ── messages that go out ─────────────────────────────────────────────────────────────────

    async def proceed(self, tx: Transaction, record: P, *, now: datetime) -> P:
        """Ask the conduct, and queue what it wants said."""
        state = record.state
        if state is None or self.kind.final(state):
            await self._timers.cancel(tx, DEADLINE, record.pid)
            return record
        if await tx.outbox.first(process=record.pid):
            return record  # what comes of that message decides
        answer = self.kind.next(record, now=now)
        if isinstance(answer, Act):
            return await self.say(tx, record, answer, now=now)
        if answer.reason is None:
            await self._wait(tx, record, now=now)
            return record
        await self._timers.cancel(tx, DEADLINE, record.pid)
        return await self._keep(tx, msgspec.structs.replace(record, hold=answer.reason), now=now)

    async def say(self, tx: Transaction, record: P, act: Act, *, now: datetime) -> P:
        """Queue a message of ours.

        Raises:
            IllegalTransitionError: the state does not allow it.
            ConflictError: another message of ours is still under way.
        """
        state = record.state
        self.kind.advance(state, act.message.value, sender=record.role)
        before = await tx.outbox.first(process=record.pid)
        if before and before.message == act.message.value:
            return record
        if before and act.message is self.kind.termination:
            note = f"withdrawn before an answer came, for a {act.message.value}"
            await self._drop(tx, record, before, note=note, now=now)
        elif before:
            raise ConflictError(
                what=f"a message of {record.pid} is still on its way", advice="wait for its answer"
            )
        return await self._queue(tx, record, act, initial=False, now=now)

    async def begin(self, tx: Transaction, record: P, act: Act, *, now: datetime) -> P:
        """Keep a new process of ours and queue its first message."""
        await self._note(tx, f"{self.kind.name}-begun", record, {})
        return await self._queue(tx, record, act, initial=True, now=now)

    async def _queue(
        self, tx: Transaction, record: P, act: Act, *, initial: bool, now: datetime
    ) -> P:
        said = await self.kind.compose(tx, record, act, now=now)
        kept = await self._keep(tx, said.record, now=now)
        not_before = act.not_before or now
        row = await tx.outbox.put(
            OutboxRow(
                id=ids.new_urn(now),
                process=kept.pid,
                kind=self.kind.name,
                message=act.message.value,
                url=kept.callback.rstrip("/") + said.path,
                peer=kept.peer,
                body=write(said.message),
                not_before=not_before,
                created=now,
                give_up=not_before + self._patience.delivery,
                trace=tracing.traceparent(),
                initial=initial,
            )
        )
        await self._timers.cancel(tx, DEADLINE, kept.pid)
        tx.after_commit(lambda: self._outbox.add(row))
        return kept

    async def acknowledged(
        self, tx: Transaction, row: OutboxRow, *, status: int, body: bytes, now: datetime
    ) -> None:
        """Move on after the other side took a message of ours."""
        record = await self._sent(tx, row)
        if record is None:
            return
        record = self._learn(record, body)
        state = self.kind.advance(record.state, row.message, sender=record.role)
        moved = msgspec.structs.replace(record, state=state, hold=None)
        moved = await self._reached(tx, moved, row, note=None, status=status, now=now)
        kept = await self._keep(tx, moved, now=now)
        await self.proceed(tx, kept, now=now)

    async def refused(
        self,
        tx: Transaction,
        row: OutboxRow,
        *,
        status: int,
        body: bytes,
        reasons: tuple[str, ...],
        now: datetime,
    ) -> None:
        """End well, or alone, after the other side refused a message of ours for good.

        Status 0: nothing came back until we gave up.
        """
        record = await self._sent(tx, row)
        if record is None:
            return
        await self._out(tx, record, row, status=status, answer=body, note=reasons[0], now=now)
        await tx.outbox.delete(row.id)
        known = status not in {0, 404} and not row.initial
        if known and row.message != self.kind.termination.value:
            why = (f"{row.message} was answered {status}", *reasons)
            record = msgspec.structs.replace(record, reason=why)
            await self.say(tx, record, Act(self.kind.termination, reason=why), now=now)
            return
        await self.end(tx, record, reasons=reasons, now=now)

    async def end(
        self, tx: Transaction, record: P, *, reasons: tuple[str, ...], now: datetime
    ) -> P:
        """End a process on our side alone; the other side does not know or does not answer."""
        for row in await tx.outbox.find(process=record.pid):
            await self._drop(tx, record, row, note="withdrawn before an answer came", now=now)
        ended = msgspec.structs.replace(
            record, state=self.kind.terminated, reason=reasons, one_sided=True, hold=None
        )
        ended = await self.kind.ended(tx, ended, now=now)
        kept = await self._keep(tx, ended, now=now)
        await self._timers.cancel(tx, DEADLINE, record.pid)
        await self._note(tx, f"{self.kind.name}-ended-one-sided", kept, {"why": list(reasons)})
        return kept

    async def later(self, tx: Transaction, kind: str, pid: str, due: datetime) -> None:
        """Let a timer of this process come again at `due`."""
        await self._timers.set(tx, kind, pid, due)

    async def overdue(self, tx: Transaction, pid: str, *, now: datetime) -> None:
        """End a process whose other side has been silent for too long."""
        record = await self.kind.table(tx).get(pid)
        if record is None or record.hold or await tx.outbox.first(process=pid):
            return
        state = record.state
        if state is None or self.kind.final(state):
            return
        why = (f"no decision came in {self._patience.decision}",)
        record = msgspec.structs.replace(record, reason=why)
        await self.say(tx, record, Act(self.kind.termination, reason=why), now=now)

    async def _sent(self, tx: Transaction, row: OutboxRow) -> P | None:
        """Return the process of a row that is still in the outbox, else None."""
        if await tx.outbox.get(row.id) is None:
            return None
        return await self.kind.table(tx).get(row.process)

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
        self,
        tx: Transaction,
        record: P,
        row: OutboxRow,
        *,
        note: str | None,
        now: datetime,
        status: int = 200,
    ) -> P:
        """Return `record`, in its new state already, after `row` has reached the other side."""
        await self._out(tx, record, row, status=status, answer=b"", note=note, now=now)
        await self._remove(tx, row)
        body = msgspec.json.decode(row.body)
        moved = await self.kind.told(tx, record, row.message, body, now=now)
        await self._note(tx, "message-sent", moved, {"message": row.message})
        return moved

    async def _remove(self, tx: Transaction, row: OutboxRow) -> None:
        await tx.outbox.delete(row.id)
        tx.after_commit(lambda: self._outbox.forget(row.id))

    async def _drop(
        self, tx: Transaction, record: P, row: OutboxRow, *, note: str, now: datetime
    ) -> None:
        """Take a message of ours back; one that may have gone out stays in the history."""
        if self._outbox.attempted(row.id):
            await self._out(tx, record, row, status=0, answer=b"", note=note, now=now)
        await self._remove(tx, row)

    async def _drop_obsolete(self, tx: Transaction, record: P, *, now: datetime) -> None:
        """Remove messages of ours that the new state no longer allows."""
        for row in await tx.outbox.find(process=record.pid):
            try:
                self.kind.advance(record.state, row.message, sender=record.role)
            except IllegalTransitionError:
                note = "overtaken by a message of the other side"
                await self._drop(tx, record, row, note=note, now=now)

    # ── the books ────────────────────────────────────────────────────────────────────────────

    async def _wait(self, tx: Transaction, record: P, *, now: datetime) -> None:
        await self._timers.set(tx, DEADLINE, record.pid, now + self._patience.decision)

    async def _keep(self, tx: Transaction, record: P, *, now: datetime) -> P:
        if self.kind.final(record.state):
            record = await self.kind.ended(tx, record, now=now)
        kept = await self.kind.table(tx).put(msgspec.structs.replace(record, updated=now))
        tx.after_commit(lambda: self._changes.ring(kept.pid))
        return kept

    async def _remember(
        self,
        tx: Transaction,
        record: P,
        message: str,
        received: Received[Any],
        participant: Participant,
        answer: Answer,
        *,
        now: datetime,
    ) -> None:
        await tx.history.append(
            HistoryEntry(
                process=record.pid,
                direction=Direction.IN,
                sender=participant.did,
                message=message,
                message_id=received.message.id,
                digest=_digest(received.raw),
                body=received.raw,
                at=now,
                status=answer.status,
                answer=answer.body,
                key_id=participant.key_id,
                jti=participant.use.jti if participant.use else None,
            )
        )

    async def _out(
        self,
        tx: Transaction,
        record: P,
        row: OutboxRow,
        *,
        status: int,
        answer: bytes,
        note: str | None,
        now: datetime,
    ) -> None:
        await tx.history.append(
            HistoryEntry(
                process=record.pid,
                direction=Direction.OUT,
                sender=self._did,
                message=row.message,
                digest=_digest(row.body),
                body=row.body,
                at=now,
                status=status,
                answer=answer[:4096],
                note=note,
            )
        )

    async def turned_away(
        self,
        tx: Transaction,
        message: str,
        participant: Participant,
        reasons: tuple[str, ...],
        *,
        now: datetime,
    ) -> None:
        """Book the refusal of a first message: there is no process that could tell of it."""
        await tx.journal.append(
            JournalEntry(
                event=f"{self.kind.name}-turned-away",
                at=now,
                peer=participant.did,
                detail={"message": message, "why": list(reasons)},
            )
        )

    async def _note(self, tx: Transaction, event: str, record: P, detail: dict[str, Any]) -> None:
        state = record.state
        await tx.journal.append(
            JournalEntry(
                event=event,
                at=record.updated,
                process=record.pid,
                agreement=record.agreement,
                dataset=record.dataset,
                peer=record.peer,
                detail={"state": state, **detail},
            )
        )


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
