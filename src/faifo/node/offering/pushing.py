"""Pushes of this node as provider: a durable job for each transfer of that format (DSP 2025-1 §9).

A timer holds the job. Each attempt has a token of its own that nobody else ever sees, and goes
through the gate and into the journal like any other access. An attempt that this process does not
outlive is made again; whoever stops the transfer stops the attempt under way.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial

import msgspec

from faifo import clock, ids
from faifo.dataplane.pushing import Pushed, Pusher, Target
from faifo.errors import ConflictError, FaifoError, IllegalTransitionError
from faifo.machines.role import Role
from faifo.machines.transfer import Message, State
from faifo.messages.dsp_2025_1.push_address import read_push_target
from faifo.node.delivery.timers import Timers
from faifo.node.exchange.conduct import Act
from faifo.node.exchange.engine import Engine
from faifo.node.exchange.negotiating import segment
from faifo.node.exchange.transferring import PUSH, PUSHING, token_digest
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import Push, Transfer

log = logging.getLogger("faifo.push")

AT_ONCE = 16
LEASE = timedelta(seconds=20)
CROWDED = timedelta(seconds=1)
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)


class Pushing:
    """The jobs. `path` is where the data plane serves transfers, `span` how long one is tried."""

    def __init__(
        self,
        store: Store,
        transfers: Engine[Transfer],
        *,
        timers: Timers,
        pusher: Pusher,
        path: str,
        span: timedelta,
        token_span: timedelta,
    ) -> None:
        self._store = store
        self._transfers = transfers
        self._timers = timers
        self._pusher = pusher
        self._path = path
        self._span = span
        self._token_span = token_span
        self._tasks: dict[str, asyncio.Task[None]] = {}
        timers.handle(PUSHING, self._due)

    async def stop(self) -> None:
        """Break off what is under way; it is taken up at the next start."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _due(self, tx: Transaction, pid: str, now: datetime) -> None:
        record = _running(await tx.transfers.get(pid))
        if record is None:
            return
        push = record.push or Push(since=now)
        if push.done:
            await self._end(tx, record, Act(Message.COMPLETION), now=now)
            return
        held = pid in self._tasks or push.holder in await tx.alive() - {self._store.name}
        if held or len(self._tasks) >= AT_ONCE:
            pause = LEASE if held else CROWDED
            await self._timers.set(tx, PUSHING, pid, now + pause)
            return
        token = ids.new_secret()
        kept = await tx.transfers.put(
            record,
            token_digest=token_digest(token),
            token_expires=now + self._token_span,
            push=msgspec.structs.replace(push, attempts=push.attempts + 1, holder=self._store.name),
        )
        await self._timers.set(tx, PUSHING, pid, now + LEASE)
        tx.rings(pid)
        tx.after_commit(partial(self._begin, kept, token))

    def _begin(self, record: Transfer, token: str) -> None:
        task = asyncio.create_task(self._attempt(record, token), name="faifo-push")
        self._tasks[record.pid] = task
        task.add_done_callback(lambda _: self._tasks.pop(record.pid, None))

    async def _attempt(self, record: Transfer, token: str) -> None:
        found = read_push_target(record.data_address)
        done = Pushed(Phrase("reason.push.unread"), final=True)
        if found is not None:
            target = Target(found.url, found.method, found.headers)
            first = record.push is None or record.push.attempts <= 1
            path = f"{self._path}/{segment(record.pid)}"
            done = await self._pusher.push(path, token, target, resume=not first)
        log.info("push %s: %s", record.pid, done.why or f"{done.sent} bytes, taken")
        try:
            await self._store.run(partial(self._outcome, record.pid, done))
        except FaifoError as error:  # the timer comes again
            log.error("what came of a push cannot be stored: %s", error)

    async def _outcome(self, pid: str, done: Pushed, tx: Transaction) -> None:
        now = clock.now()
        record = _running(await tx.transfers.get(pid))
        if record is None:
            return  # somebody has stopped it; what is said about it is theirs
        push = record.push or Push(since=now)
        if not done.why:
            await self._note(tx, record, done, now, event="push-complete")
            record = msgspec.structs.replace(
                record, push=msgspec.structs.replace(push, done=True, last_error="", holder="")
            )
            await self._end(tx, record, Act(Message.COMPLETION), now=now)
            return
        await self._note(tx, record, done, now, event="push-broken-off")
        record = msgspec.structs.replace(
            record, push=msgspec.structs.replace(push, last_error=str(done.why)[:500], holder="")
        )
        pause = min(FIRST_PAUSE * 2 ** min(push.attempts - 1, 20), LONGEST_PAUSE)
        if done.final or now + pause >= push.since + self._span:
            reason = (str(Phrase("reason.push.failed", why=done.why)),)
            act = Act(Message.TERMINATION, reason=reason)
            await self._end(tx, msgspec.structs.replace(record, reason=reason), act, now=now)
            return
        await tx.transfers.put(record)
        await self._timers.set(tx, PUSHING, pid, now + pause)
        tx.rings(pid)

    async def _end(self, tx: Transaction, record: Transfer, act: Act, *, now: datetime) -> None:
        try:
            await self._transfers.say(tx, record, act, now=now)
            await self._timers.cancel(tx, PUSHING, record.pid)
        except (ConflictError, IllegalTransitionError):  # something else of ours is on its way
            await tx.transfers.put(record)
            await self._timers.set(tx, PUSHING, record.pid, now + FIRST_PAUSE)

    async def _note(
        self, tx: Transaction, record: Transfer, done: Pushed, now: datetime, *, event: str
    ) -> None:
        detail = {"bytes": done.sent, "sha256": done.sha256, "why": str(done.why)}
        told = {name: value for name, value in detail.items() if value}
        await happened(tx, event, now, record, told)


def _running(record: Transfer | None) -> Transfer | None:
    """Return a push of this node that has to go on, or None."""
    if record is None or record.role is not Role.PROVIDER or record.format != PUSH:
        return None
    return record if record.state is State.STARTED and record.open else None
