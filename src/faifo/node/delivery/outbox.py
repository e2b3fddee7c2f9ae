"""Delivery of what was decided: at once, again after a failure, and with an end.

A row is in the store before its first attempt, with who delivers it and whether it may have gone
out, and leaves it in the unit of work that records the outcome. Each attempt has a fresh token and
the same body; a receiver that got it before answers as before. Nothing here polls: a row is
delivered by its own task, woken by COMMIT; those of a process that is gone are taken over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import msgspec

from faifo import clock
from faifo.errors import FaifoError, PeerError, StorageError, UnreachableError
from faifo.machines import negotiation, transfer
from faifo.messages.dsp_2025_1.equal_forms import node
from faifo.messages.dsp_2025_1.terms import listed, text
from faifo.node.delivery.changes import OUTBOX
from faifo.node.delivery.peer_answer import Outcome, PeerAnswer
from faifo.node.delivery.said import ASKING, acknowledges, refuses, shut_out, state_in, term_of
from faifo.node.watching import tracing
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import OutboxRow

log = logging.getLogger("faifo.outbox")

FIRST_PAUSE = timedelta(milliseconds=250)
LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_HOLD = 1.0
AFTER_STORAGE_ERROR = timedelta(seconds=5)
AFTER_START = timedelta(hours=1)
"""How long a message is tried at least by who takes it up: nobody tried while the node was down."""
AT_ONCE = 64
SLOW_SECONDS = 2.0
SLOW_AT_ONCE = 64
QUESTIONS_AT_ONCE = 8
# A message can overtake our knowledge of the answer to the one before; so a refusal is believed
# when it stands. First messages are not repeated: nothing of ours can have gone before them. But
# for 401: something in between may have sent ours twice, and its token counts once.
REFUSALS = 3
INITIAL_REFUSALS = 4
# After these the other side may have ended well. Who is not let in hears nothing of that: for four
# minutes a clock, a key or a status list may be mended.
CLOSING = frozenset(
    {
        negotiation.Message.VERIFICATION.value,
        negotiation.Message.FINALIZED.value,
        transfer.Message.COMPLETION.value,
    }
)
REFUSALS_AT_THE_DOOR = 10
TRY_LATER = frozenset({408, 425, 429})


class Poster(Protocol):
    """Sends one message to a participant, signed."""

    async def send(self, url: str, body: bytes, *, audience: str) -> PeerAnswer: ...


class Enclosing(Protocol):
    """What goes with messages of the protocol, as headers."""

    async def enclose(self, row: OutboxRow) -> dict[str, str]: ...

    def answered(self, row: OutboxRow, answer: PeerAnswer) -> None: ...


class Sender(Protocol):
    """Sends messages of the protocol, and asks."""

    async def send(
        self, url: str, body: bytes, *, audience: str, headers: Mapping[str, str] | None = None
    ) -> PeerAnswer: ...

    async def get(self, url: str, *, audience: str) -> PeerAnswer: ...


class Outcomes(Protocol):
    """What becomes of a message; the engines."""

    async def acknowledged(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None: ...

    async def refused(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None: ...


@runtime_checkable
class Comparing(Protocol):
    """Outcomes of a process whose state can be asked for."""

    async def taken(self, tx: Transaction, row: OutboxRow, *, theirs: str, now: datetime) -> bool:
        """Tell whether a refused `row` needs no end: the other side stands where it leads."""


class Outbox:
    """The rows under way, and their tasks."""

    def __init__(self, store: Store, sender: Sender, enclosing: Enclosing | None = None) -> None:
        self._store = store
        self._sender = sender
        self._enclosing = enclosing
        self._senders: Mapping[str, Poster] = {}
        self._comparing: dict[str, Comparing] = {}
        self._outcomes: Mapping[str, Outcomes] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._sending: set[str] = set()
        self._forgotten: set[str] = set()
        self._held: Counter[str] = Counter()
        self._waiting: defaultdict[str, list[asyncio.Future[None]]] = defaultdict(list)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._questions = asyncio.Semaphore(QUESTIONS_AT_ONCE)
        self._slow_places = asyncio.Semaphore(SLOW_AT_ONCE)
        self._slow: set[str] = set()
        self._delivers = True
        self._started = False
        self._stopped = False

    async def start(
        self, outcomes: Mapping[str, Outcomes], senders: Mapping[str, Poster] | None = None
    ) -> None:
        """Take up what others left. `senders`: of the kinds that go another way."""
        self._outcomes = outcomes
        self._comparing = {
            kind: engine for kind, engine in outcomes.items() if isinstance(engine, Comparing)
        }
        self._senders = senders or {}
        self._started = True
        await self.take_over()

    def leave_to_others(self) -> None:
        """Only queue rows; those of other processes over this store deliver them."""
        self._delivers = False

    async def take_over(self) -> None:
        """Deliver what nobody who is alive delivers."""
        if not self.running:
            return
        now, name = clock.now(), self._store.name

        async def take(tx: Transaction) -> list[OutboxRow]:
            alive = await tx.alive() - {name}
            return [
                # Whether it went out before the end of that process, nobody knows.
                await tx.outbox.put(
                    row,
                    holder=name,
                    attempted=row.attempted or _due(row, now),
                    give_up=max(row.give_up, now + AFTER_START),
                )
                if row.holder != name
                else row
                for row in await tx.outbox.find()
                if row.holder not in alive
            ]

        for row in await self._store.run(take):
            self.add(row)

    async def stop(self, seconds: float) -> None:
        """Let deliveries under way finish for some seconds; the rest is taken up at next start."""
        self._stopped = True
        tasks = [self._tasks[name] for name in self._sending if name in self._tasks]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def queue(self, tx: Transaction, row: OutboxRow) -> OutboxRow:
        """Keep `row` in this unit of work, and deliver it when its time has come.

        Once it is due the other side may have it, whatever becomes of this process.
        """
        delivers = self._delivers and not self._stopped
        holder = self._store.name if delivers else ""
        due = _due(row, clock.now())
        kept = await tx.outbox.put(row, holder=holder, attempted=due)
        if delivers:
            tx.after_commit(lambda: self.add(kept))
        else:
            tx.rings(OUTBOX)
        return kept

    def add(self, row: OutboxRow) -> None:
        """Deliver `row`, which is in the store and held by this process."""
        if self._stopped or row.id in self._tasks:
            return
        task = asyncio.create_task(self._deliver(row))
        self._tasks[row.id] = task
        task.add_done_callback(lambda _: self._done(row.id))

    def forget(self, row_id: str) -> None:
        """Do not begin to deliver a row that was removed; an attempt under way is not stopped."""
        task = self._tasks.get(row_id)
        if task and row_id in self._sending:
            self._forgotten.add(row_id)
        elif task:
            task.cancel()

    @property
    def running(self) -> bool:
        """Whether rows are delivered."""
        return self._started and not self._stopped

    @property
    def under_way(self) -> int:
        """How many rows have a task."""
        return len(self._tasks)

    def hold(self, pid: str) -> None:
        """Hold back messages about a process while a message about it is being answered.

        The other side has moved only when it has our answer; a message that overtakes the answer
        would meet the state before.
        """
        self._held[pid] += 1

    def release(self, pid: str) -> None:
        """Let go of what `hold` held: the answer is out."""
        self._held[pid] -= 1
        if self._held[pid] > 0:
            return
        del self._held[pid]
        for waiter in self._waiting.pop(pid, ()):
            _let_go(waiter)

    def _done(self, row_id: str) -> None:
        task = self._tasks.pop(row_id)
        self._forgotten.discard(row_id)
        if not task.cancelled() and task.exception():
            log.error("delivery of %s ended: %r", row_id, task.exception())

    async def _deliver(self, row: OutboxRow) -> None:
        activity = tracing.begin(row.trace, pid=row.process)
        activity.participant = row.peer
        began = clock.monotonic()
        with tracing.working(activity):
            try:
                await self._deliver_until_done(row)
            finally:
                seconds = clock.monotonic() - began
                tracing.record(activity, row.message, "client", seconds=seconds, failed=False)

    async def _deliver_until_done(self, row: OutboxRow) -> None:
        at_once = row.attempted and not row.attempts
        while True:
            await self._turn(row)
            # What waited may have been taken back meanwhile, here or elsewhere.
            found = row if at_once else await self._claimed(row)
            if found is None or row.id in self._forgotten or self._stopped:
                return
            at_once = False
            async with self._place(found):
                self._sending.add(row.id)
                try:
                    again = await self._attempt(found)
                finally:
                    self._sending.discard(row.id)
            if again is None or row.id in self._forgotten or self._stopped:
                return
            row = again

    @contextlib.asynccontextmanager
    async def _place(self, row: OutboxRow) -> AsyncIterator[None]:
        """Hold a place; who was slow to answer, or silent, has the others wait for none of his."""
        while True:
            places = self._places_for(row)
            async with places:
                # What was found out meanwhile counts, too.
                if places is self._places_for(row):
                    yield
                    return

    def _places_for(self, row: OutboxRow) -> asyncio.Semaphore:
        if row.peer in self._slow:
            return self._slow_places
        return self._questions if row.kind == ASKING else self._places

    async def _claimed(self, row: OutboxRow) -> OutboxRow | None:
        """Return `row` as it stands if it is still to be sent from here.

        Before it first goes out that is written down: the other side may have it from then on.
        """

        async def look(tx: Transaction) -> OutboxRow | None:
            kept = await tx.outbox.get(row.id)
            if kept is None or kept.holder not in {row.holder, self._store.name}:
                return None
            if kept.attempted:
                return kept
            return await tx.outbox.put(kept, attempted=True)

        while not self._stopped:
            try:
                return await (self._store.read if row.attempted else self._store.run)(look)
            except FaifoError as error:
                log.error("%s waits: %s", row.message, error)
                await asyncio.sleep(AFTER_STORAGE_ERROR.total_seconds())
        return None

    async def _turn(self, row: OutboxRow) -> None:
        # By the clock of then: one that was ahead, and is right since a restart, delays nothing.
        longest = LONGEST_PAUSE if row.attempts else row.not_before - row.created
        wait = min(row.not_before - clock.now(), longest).total_seconds()
        if wait > 0:
            await asyncio.sleep(wait)
        if row.process in self._held:
            loop = asyncio.get_running_loop()
            released: asyncio.Future[None] = loop.create_future()
            self._waiting[row.process].append(released)
            # An answer that never ends does not hold the message for ever.
            timer = loop.call_later(LONGEST_HOLD, _let_go, released)
            try:
                await released
            finally:
                timer.cancel()

    async def _attempt(self, row: OutboxRow) -> OutboxRow | None:
        """Send once. Return None when the row is finished, else the row to send again."""
        began = clock.monotonic()
        answer, why = await self._call(row)
        slow = clock.monotonic() - began > SLOW_SECONDS
        (self._slow.add if slow else self._slow.discard)(row.peer)
        now = clock.now()
        engine, comparing = self._outcomes[row.kind], self._comparing.get(row.kind)
        try:
            if answer and 200 <= answer.status < 300:
                taken = Outcome(answer.status, answer.body)
                # What is lost with this is sent again, and answered as before: it can wait for the
                # other side's next message, or ours, and share its COMMIT.
                await self._store.queue(
                    lambda tx: engine.acknowledged(tx, row, taken, now=now),
                    soon=comparing is None,
                    few=True,
                )
                return None
            if self._final(row, answer, now):
                if comparing and await self._taken(comparing, row, answer):
                    return None
                status, body = (answer.status, answer.body) if answer else (0, b"")
                refused = Outcome(status, body, tuple(why))
                await self._store.run(lambda tx: engine.refused(tx, row, refused, now=now))
                return None
            return await self._store.run(lambda tx: self._again(tx, row, answer, why, now))
        except StorageError as error:
            log.error("the outcome of %s cannot be stored: %s", row.message, error)
        except Exception:
            # A row must never lose its task: then it would lie there until the next start.
            log.exception("the outcome of %s cannot be taken", row.message)
        return msgspec.structs.replace(row, not_before=now + AFTER_STORAGE_ERROR)

    async def _call(self, row: OutboxRow) -> tuple[PeerAnswer | None, list[str]]:
        try:
            if row.body:
                answer = await self._post(row)
            else:
                answer = await self._sender.get(row.url, audience=row.peer)
        except (UnreachableError, PeerError) as error:
            # Too large an answer, or a document that cannot be read, is not its word either.
            return None, [str(error)]
        except FaifoError as error:
            return PeerAnswer(403, b"", {}), [str(error)]
        if not self._own_word(row, answer):
            return None, [str(Phrase("reason.in-between", status=answer.status, peer=row.peer))]
        return answer, [] if 200 <= answer.status < 300 else read_reasons(answer)

    async def _taken(self, engine: Comparing, row: OutboxRow, answer: PeerAnswer | None) -> bool:
        """Ask where the other side stands before a refusal ends anything (DSP 2025-1 §8.2, §10.2).

        An attempt before may have been taken, though its answer never came.
        """
        if answer is None or row.initial:
            return False
        if answer.status == 404 and not shut_out(404, answer.body):
            return False
        before, process, rest = row.url.rpartition(f"/{row.kind}s/")
        try:
            url = before + process + rest.partition("/")[0]
            told = await self._sender.get(url, audience=row.peer)
        except FaifoError:
            return False
        theirs = state_in(row.process, told.body) if told.status == 200 else None
        return theirs is not None and await self._store.run(
            lambda tx: engine.taken(tx, row, theirs=theirs, now=clock.now())
        )

    async def _post(self, row: OutboxRow) -> PeerAnswer:
        sender = self._senders.get(row.kind)
        if sender is not None:
            return await sender.send(row.url, row.body, audience=row.peer)
        if self._enclosing is None:
            return await self._sender.send(row.url, row.body, audience=row.peer)
        headers = await self._enclosing.enclose(row)
        answer = await self._sender.send(row.url, row.body, audience=row.peer, headers=headers)
        self._enclosing.answered(row, answer)
        return answer

    def _own_word(self, row: OutboxRow, answer: PeerAnswer) -> bool:
        if 200 <= answer.status < 300:
            return acknowledges(row, answer)
        later = answer.status >= 500 or answer.status in TRY_LATER
        return later or refuses(answer)

    def _final(self, row: OutboxRow, answer: PeerAnswer | None, now: datetime) -> bool:
        if now >= row.give_up:
            return True
        if answer is None or answer.status >= 500 or answer.status in TRY_LATER:
            return False
        most = REFUSALS
        outside = shut_out(answer.status, answer.body)
        if row.initial and not outside:
            most = INITIAL_REFUSALS if _not_stored_yet(row, answer) else 1
        elif outside and row.message in CLOSING:
            most = REFUSALS_AT_THE_DOOR
        return row.refusals + 1 >= most

    async def _again(
        self,
        tx: Transaction,
        row: OutboxRow,
        answer: PeerAnswer | None,
        why: list[str],
        now: datetime,
    ) -> OutboxRow | None:
        """Keep the failed attempt, for `faifo show` and for a restart."""
        kept = await tx.outbox.get(row.id)
        if kept is None or kept.holder not in {row.holder, self._store.name}:
            return None
        refused = answer is not None and answer.status < 500 and answer.status not in TRY_LATER
        count = row.refusals if refused else row.attempts
        pause = min(FIRST_PAUSE * 2 ** min(count, 20), LONGEST_PAUSE)
        status = f"answered {answer.status}: " if answer else ""
        return await tx.outbox.put(
            kept,
            attempts=row.attempts + 1,
            refusals=row.refusals + refused,
            last_error=(status + "; ".join(why))[:1000],
            not_before=min(now + pause, row.give_up),
        )


def _let_go(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _due(row: OutboxRow, now: datetime) -> bool:
    return bool(row.attempts) or row.not_before <= now


def _not_stored_yet(row: OutboxRow, answer: PeerAnswer) -> bool:
    """Tell whether a first message may have met what the other side has agreed to and not stored.

    Eclipse EDC acknowledges an agreement before it can find it. Who says that there is none is
    believed when it stands, some seconds later.
    """
    said = " ".join(read_reasons(answer)).lower()
    return row.kind == "transfer" and answer.status in {400, 404, 409} and "agreement" in said


def read_reasons(answer: PeerAnswer) -> list[str]:
    """Return the reasons in an error of the other side, as texts, shortened; never none."""
    try:
        content: Any = node(msgspec.json.decode(answer.body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        content = None
    if isinstance(content, list):  # as Eclipse EDC writes errors
        content = {"reason": [one.get("message") for one in content if isinstance(one, dict)]}
    if not isinstance(content, dict):
        return [str(Phrase("reason.answered-bare", status=answer.status))]
    named = {term_of(name): value for name, value in content.items()}
    given = (named.get(name) for name in ("reason", "message", "detail", "code"))
    told = map(text, listed(next(filter(None, given), None)))
    texts = [item if isinstance(item, str) else _short(item) for item in told if item]
    return [one[:500] for one in texts[:10]] or [
        str(Phrase("reason.answered-only", status=answer.status))
    ]


def _short(item: Any) -> str:
    return msgspec.json.encode(item).decode()
