"""One writer with group commit, and a few reader threads.

Units of work that wait at the same time share one COMMIT; each runs in a savepoint of its own, so
that one that fails takes none of the others with it. The writer is a thread. Where nobody answers
over a network, small units run in the loop's own thread and leave only COMMIT to it: their
statements take less time than two threads take to give the interpreter to one another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from typing import Any, ClassVar, NamedTuple, TypeVar, cast

from faifo import clock, ids
from faifo.errors import FaifoError, StorageError
from faifo.phrases import Phrase
from faifo.store.contract import Bell, Sequencer, Work
from faifo.store.sql.dialect import Connection, Dialect
from faifo.store.sql.transaction import SqlTransaction

T = TypeVar("T")

log = logging.getLogger("faifo.store")

GROUP_LIMIT = 500
FEW_LIMIT = 32
"""Units that may keep the loop busy at once; those behind them wait for the next COMMIT."""
READERS = 2
PATIENCE_SECONDS = 0.05


class Job(NamedTuple):
    """A unit of work that waits for the writer."""

    work: Work[Any]
    future: asyncio.Future[Any]
    context: Context
    few: bool


class Outcome(NamedTuple):
    """What became of it: to be told when the group is durable."""

    future: asyncio.Future[Any]
    result: Any
    error: BaseException | None
    callbacks: list[Callable[[], None]]


class Ran(NamedTuple):
    """A group whose units have run, and which is not durable yet."""

    group: list[Job]
    outcomes: list[Outcome]


class GroupedStore(ABC):
    """A `contract.Store` but for what databases do each in its own way."""

    dialect: ClassVar[Dialect]
    at_hand: ClassVar[bool] = False
    """Whether a few rows are read and written by whoever wants that: nobody answers over a network.
    Then there is one group at a time, and what comes meanwhile waits for its end in the loop."""

    def __init__(self, *, sequencer: Sequencer | None) -> None:
        self.name = ids.new_urn(clock.now())
        self._bells: list[Bell] = []
        self._sequencer = sequencer
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[list[Job] | Ran | None] = queue.SimpleQueue()
        self._patient: list[Job] = []
        self._leaving = False
        self._busy = False
        self._came = 0
        self._closed = False
        self._stopping = False
        self._local = threading.local()
        self._reading: list[Connection] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="faifo-read")
        self._write_on(self._connect())
        self._thread = threading.Thread(target=self._write, name="faifo-write", daemon=True)
        self._thread.start()

    # ── each database in its own way ─────────────────────────────────────────────────────────

    @abstractmethod
    def _connect(self, *, reading: bool = False) -> Connection: ...

    @abstractmethod
    def _begin(self) -> None:
        """Begin a transaction that nobody else's writes come between."""

    def _begin_at_once(self) -> bool:
        """Do so if nobody has to be waited for; tell whether it was done."""
        return False

    def _finish(self) -> None:
        """Make the transaction durable."""
        self._connection.execute("COMMIT")

    @abstractmethod
    def _rollback(self) -> None:
        """Leave no transaction open; what went wrong before does not matter."""

    @abstractmethod
    def _broken(self) -> bool:
        """Tell whether more than a unit is lost after an error of the database."""

    def _leave(self) -> None:  # noqa: B027 - a file has no others
        """Tell others that this process has done its last work."""

    @abstractmethod
    def _failed(self, error: Exception) -> StorageError: ...

    @abstractmethod
    def _wrote_in_read(self, error: Exception) -> bool: ...

    @abstractmethod
    def _begin_read(self, connection: Any) -> None: ...

    @abstractmethod
    def _scrub(self) -> bool: ...

    @abstractmethod
    def _size(self) -> int: ...

    # ── what all do alike ────────────────────────────────────────────────────────────────────

    def _write_on(self, connection: Connection) -> None:
        self._connection: Any = connection
        self._transaction = SqlTransaction(
            connection, self.dialect, bell=self._ring, alive=self._alive
        )

    @property
    def shared(self) -> bool:
        return False

    @property
    def idle(self) -> bool:
        return self.at_hand and not self._busy and not self._patient

    @property
    def hears(self) -> bool:
        return True

    def listen(self, bell: Bell) -> None:
        self._bells.append(bell)

    def _alive(self, _connection: Any) -> frozenset[str]:
        return frozenset((self.name,))

    def _ring(self, subject: str, *, from_others: bool = False) -> None:
        for bell in self._bells:
            bell(subject, from_others)

    async def run(self, work: Work[T], *, few: bool = False) -> T:
        # A caller that goes away does not undo what is queued: it is decided in the writer alone.
        return await self.queue(work, few=few)

    def queue(self, work: Work[T], *, soon: bool = True, few: bool = False) -> asyncio.Future[T]:
        if self._closed:
            raise _closed()
        future: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(_observed)
        self._patient.append(Job(work, future, copy_context(), few))
        if soon and not self._leaving:
            # What comes in the same turn of the loop goes with it, and wakes the writer once.
            self._leaving = True
            self._loop.call_soon(self._let_go)
        elif len(self._patient) == 1:
            self._loop.call_later(PATIENCE_SECONDS, self._let_go)
        return future

    def _let_go(self) -> None:
        self._leaving = self._busy and not self._closed
        if self._leaving or not self._patient:
            return
        if self._still_coming():
            self._leaving = True
            self._loop.call_soon(self._let_go)
            return
        group, self._patient = self._patient, []
        if self.at_hand and not self._closed:
            group, self._patient = group[:FEW_LIMIT], group[FEW_LIMIT:]
            self._busy, self._leaving = True, bool(self._patient)
            if all(job.few for job in group) and (ran := self._here(group)) is not None:
                if self._connection.in_transaction:
                    self._jobs.put(Ran(group, ran))
                else:
                    self._told(ran)
                return
        self._jobs.put(group)

    def _still_coming(self) -> bool:
        """Tell whether the last turn of the loop brought units that a COMMIT can be shared with."""
        before, self._came = self._came, len(self._patient)
        if self.at_hand and not self._closed and before < self._came < FEW_LIMIT:
            return True
        self._came = 0
        return False

    def _here(self, group: list[Job]) -> list[Outcome] | None:
        """Run the units of a group in this thread, all but COMMIT.

        None: the writer is to do it, who may wait, and has savepoints. Few units fail, and a
        savepoint costs as much as a statement, so that none is made here.
        """
        try:
            if not self._begin_at_once():
                return None
            outcomes = self._each(group, apart=False)
            if outcomes[-1].error is None:
                self._sequence(outcomes)
                return outcomes
            self._rollback()
            return outcomes if len(group) == 1 else None
        except BaseException as error:  # noqa: BLE001 - as in the writer
            return self._undone(group, error)

    def _told(self, outcomes: list[Outcome]) -> None:
        resolve(outcomes)
        self._busy = False
        if self._leaving:
            # Behind who has waited: answers go out before the next units take their time.
            self._loop.call_soon(self._let_go)

    async def read(self, work: Work[T], *, few: bool = False) -> T:
        if self._closed:
            raise _closed()
        if few and self.at_hand:
            return self._read(work)
        return await self._loop.run_in_executor(self._readers, self._read, work)

    async def scrub(self) -> bool:
        if self._closed:
            raise _closed()
        return await asyncio.to_thread(self._scrub)

    async def size(self) -> int:
        return await asyncio.to_thread(self._size)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._let_go()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._readers.shutdown()
        for connection in self._reading:
            connection.close()
        self._connection.close()

    def _read(self, work: Work[T]) -> T:
        try:
            return self._snapshot(work)
        except self.dialect.error as error:
            if self._wrote_in_read(error):
                raise RuntimeError("a unit of work tried to write in `read`") from error
            raise self._failed(error) from error

    def _snapshot(self, work: Work[T]) -> T:
        transaction = getattr(self._local, "transaction", None)
        if transaction is None:
            connection = self._connect(reading=True)
            self._reading.append(connection)
            self._local.connection = connection
            transaction = SqlTransaction(connection, self.dialect, alive=self._alive)
            self._local.transaction = transaction
        self._begin_read(self._local.connection)
        transaction.begun()
        try:
            return drive(work(transaction))
        finally:
            if self._local.connection.in_transaction:
                self._local.connection.soon("ROLLBACK")

    def _write(self) -> None:
        while not self._stopping and (group := self._jobs.get()) is not None:
            outcomes = self._commit(group)
            self._loop.call_soon_threadsafe(self._told, outcomes)
        self._leave()

    def _gather(self, group: list[Job]) -> None:
        """Let what waits by now share the group's COMMIT."""
        with contextlib.suppress(queue.Empty):
            while len(group) < GROUP_LIMIT and not self._stopping:
                jobs = self._jobs.get_nowait()
                if isinstance(jobs, list):
                    group += jobs
                else:
                    self._stopping = True

    def _commit(self, group: list[Job] | Ran) -> list[Outcome]:
        """Run a group of units of work and make it durable, or fail it as a whole."""
        try:
            if isinstance(group, Ran):
                self._finish()
                return group.outcomes
            return self._grouped(group)
        except BaseException as error:  # noqa: BLE001 - the writer must outlive whatever fails
            return self._undone(group.group if isinstance(group, Ran) else group, error)

    def _undone(self, group: list[Job], error: BaseException) -> list[Outcome]:
        """Fail a group as a whole."""
        self._rollback()
        if isinstance(error, self.dialect.error):
            log.error("commit failed: %s", error)
            error = self._failed(error)
        return [Outcome(job.future, None, error, []) for job in group]

    def _grouped(self, group: list[Job]) -> list[Outcome]:
        self._begin()
        self._gather(group)  # now: a turn may have been waited for
        alone = len(group) == 1
        outcomes = self._each(group, apart=not alone)
        if alone and outcomes[0].error is not None:
            self._rollback()
        else:
            self._sequence(outcomes)
            self._finish()
        return outcomes

    def _sequence(self, outcomes: list[Outcome]) -> None:
        transaction = self._transaction
        if self._sequencer and transaction.journal.added:
            transaction.callbacks = outcomes[0].callbacks
            rows = tuple(transaction.journal.added)
            drive(self._sequencer(transaction, rows))

    def _each(self, group: list[Job], *, apart: bool) -> list[Outcome]:
        """Run units, each in a savepoint; or without any, to the first that fails."""
        transaction = self._transaction
        transaction.begun()
        outcomes: list[Outcome] = []
        for job in group:
            outcomes.append(self._unit(job, transaction, alone=not apart))
            if outcomes[-1].error is not None and not apart:
                break
        return outcomes

    def _unit(self, job: Job, transaction: SqlTransaction, *, alone: bool) -> Outcome:
        # Without a savepoint, what goes wrong is undone with the transaction.
        later = self._connection.later if not alone else _nothing
        transaction.callbacks = []
        transaction.packs.begin()
        added, rung = len(transaction.journal.added), len(transaction.rung)
        later("SAVEPOINT unit")
        try:
            work = job.work(transaction)
            # In the caller's context: what it works for goes with it (traces).
            result = job.context.run(drive, work)
            transaction.packs.settle()
        except self.dialect.error as error:
            if self._broken():
                raise
            later("ROLLBACK TO unit")
            failure: BaseException = self._failed(error)
        except BaseException as error:  # handed to the caller of `run`
            if not isinstance(error, FaifoError):
                log.exception("a unit of work failed")
            later("ROLLBACK TO unit")
            # A future does not take StopIteration.
            failure = RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
        else:
            later("RELEASE unit")
            return Outcome(job.future, result, None, transaction.callbacks)
        later("RELEASE unit")
        transaction.undone(added, rung)
        return Outcome(job.future, None, failure, [])


def _nothing(_statement: str) -> None:
    """Say nothing to the database."""


def _closed() -> StorageError:
    return StorageError(
        what=Phrase("errors.told.store.closed"), advice=Phrase("errors.told.store.start")
    )


def drive(work: Awaitable[T]) -> T:
    """Run a unit of work to its end in this thread; it may await only its transaction."""
    coroutine = cast("Coroutine[Any, Any, T]", work)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    coroutine.close()
    raise RuntimeError("a unit of work awaited something that is not its transaction")


def _observed(future: asyncio.Future[Any]) -> None:
    """Mark an error as seen: its caller may have gone away."""
    if not future.cancelled():
        future.exception()


def resolve(outcomes: list[Outcome]) -> None:
    """Call what is to be called after COMMIT, then answer who waits; in the event loop."""
    for outcome in outcomes:
        for callback in outcome.callbacks:
            try:
                callback()
            except Exception:  # the work is durable, and others in the group wait for an answer
                log.exception("a callback after COMMIT failed")
        if outcome.future.done():
            continue
        if outcome.error is not None:
            outcome.future.set_exception(outcome.error)
        else:
            outcome.future.set_result(outcome.result)
