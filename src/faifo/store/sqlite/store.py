"""SQLite as a store: one writer thread with group commit, a few reader threads.

WAL with synchronous=FULL: COMMIT returns after the log has been flushed. Units of work that wait
at the same time share one COMMIT; each runs in a savepoint of its own, so that one that fails
takes none of the others with it.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from faifo.errors import FaifoError, StorageError
from faifo.phrases import Phrase
from faifo.store.contract import Sequencer, Transaction, Work
from faifo.store.sqlite.faults import damaged
from faifo.store.sqlite.migrate import prepare
from faifo.store.sqlite.transaction import SqlTransaction

T = TypeVar("T")

log = logging.getLogger("faifo.store")

GROUP_LIMIT = 500
READERS = 2
PATIENCE_SECONDS = 0.05
LOG_BYTES = 64 * 1024 * 1024


class _Job(NamedTuple):
    work: Work[Any]
    future: asyncio.Future[Any]
    context: Context


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    result: Any
    error: BaseException | None
    callbacks: list[Callable[[], None]]


class SqliteStore:
    """A `contract.Store` in one file. Make it with `open_store`."""

    def __init__(self, path: Path, *, sequencer: Sequencer | None) -> None:
        self._path = path
        self._sequencer = sequencer
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._patient: list[_Job] = []
        self._closed = False
        self._local = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="faifo-read")
        self._connection = _connect(path)
        self._transaction = SqlTransaction(self._connection)
        self._thread = threading.Thread(target=self._write, name="faifo-write", daemon=True)
        self._thread.start()

    async def run(self, work: Work[T], *, soon: bool = True) -> T:
        if self._closed:
            raise _closed()
        future: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(_observed)
        self._patient.append(_Job(work, future, copy_context()))
        if soon:
            self._let_go()
        elif len(self._patient) == 1:
            self._loop.call_later(PATIENCE_SECONDS, self._let_go)
        # A caller that goes away does not undo what is queued: it is decided in the writer alone.
        return await asyncio.shield(future)

    def _let_go(self) -> None:
        for job in self._patient:
            self._jobs.put(job)
        self._patient.clear()

    async def read(self, work: Work[T]) -> T:
        if self._closed:
            raise _closed()
        return await self._loop.run_in_executor(self._readers, self._read, work)

    async def scrub(self) -> bool:
        if self._closed:
            raise _closed()
        return await asyncio.to_thread(self._scrub)

    def _scrub(self) -> bool:
        # The log holds pages as they were before; a reader that is at work is waited for.
        try:
            with closing(_connect(self._path)) as connection:
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise _failed(self._path, error) from error
        return not busy

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
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = _connect(self._path)
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
            self._local.transaction = SqlTransaction(connection)
            self._reading.append(connection)
        try:
            connection.execute("BEGIN")
            try:
                return drive(work(cast("Transaction", self._local.transaction)))
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY:
                raise RuntimeError("a unit of work tried to write in `read`") from error
            raise _failed(self._path, error) from error

    def _write(self) -> None:
        stopping = False
        while not stopping:
            job = self._jobs.get()
            group: list[_Job] = []
            while True:
                if job is None:
                    stopping = True
                    break
                group.append(job)
                if len(group) >= GROUP_LIMIT:
                    break
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
            if group:
                outcomes = self._commit(group)
                self._loop.call_soon_threadsafe(_resolve, outcomes)

    def _commit(self, group: list[_Job]) -> list[_Outcome]:
        """Run a group of units of work and make it durable, or fail it as a whole."""
        execute = self._connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            transaction = self._transaction
            transaction.journal.added = []
            outcomes = [self._unit(job, transaction) for job in group]
            if self._sequencer and transaction.journal.added:
                transaction.callbacks = outcomes[0].callbacks
                rows = tuple(transaction.journal.added)
                drive(self._sequencer(cast("Transaction", transaction), rows))
            execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - the writer must outlive whatever fails
            self._rollback()
            if isinstance(error, sqlite3.Error):
                log.error("commit failed: %s", error)
                error = _failed(self._path, error)
            return [_Outcome(job.future, None, error, []) for job in group]
        return outcomes

    def _unit(self, job: _Job, transaction: SqlTransaction) -> _Outcome:
        execute = self._connection.execute
        transaction.callbacks = []
        added = len(transaction.journal.added)
        execute("SAVEPOINT unit")
        try:
            work = job.work(cast("Transaction", transaction))
            # In the caller's context: what it works for goes with it (traces).
            result = job.context.run(drive, work)
        except sqlite3.Error as error:
            if not self._connection.in_transaction:  # SQLite rolled everything back (disk full)
                raise
            execute("ROLLBACK TO unit")
            failure: BaseException = _failed(self._path, error)
        except BaseException as error:  # handed to the caller of `run`
            if not isinstance(error, FaifoError):
                log.exception("a unit of work failed")
            execute("ROLLBACK TO unit")
            # A future does not take StopIteration.
            failure = RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
        else:
            execute("RELEASE unit")
            return _Outcome(job.future, result, None, transaction.callbacks)
        execute("RELEASE unit")
        del transaction.journal.added[added:]
        return _Outcome(job.future, None, failure, [])

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error as error:
                log.error("rollback failed: %s", error)


def _closed() -> StorageError:
    return StorageError(
        what=Phrase("errors.told.store.closed"), advice=Phrase("errors.told.store.start")
    )


async def open_store(path: Path, *, sequencer: Sequencer | None = None) -> SqliteStore:
    """Open the database at `path`, creating or migrating it.

    Raises:
        StorageError: it cannot be opened, is damaged, or is of a newer Faifo.
    """
    await asyncio.to_thread(prepare, path)
    try:
        return SqliteStore(path, sequencer=sequencer)
    except sqlite3.Error as error:
        raise damaged(path, error) from error


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


def _resolve(outcomes: list[_Outcome]) -> None:
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


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    execute = connection.execute
    execute("PRAGMA journal_mode = WAL")
    execute("PRAGMA synchronous = FULL")
    # A reader that stays long lets the log grow; afterwards it gives the room back.
    execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    execute("PRAGMA secure_delete = ON")
    # What a savepoint might have to restore is kept in memory: a file of it would be written for
    # nothing, at every unit of work, as much as the unit itself.
    execute("PRAGMA temp_store = MEMORY")
    if sys.platform == "darwin":
        execute("PRAGMA fullfsync = ON")
    return connection


def _failed(path: Path, error: sqlite3.Error) -> StorageError:
    advice = Phrase("errors.told.store.disk")
    text = str(error)
    if "full" in text:
        advice = Phrase("errors.told.store.full")
    elif "readonly" in text:
        advice = Phrase("errors.told.store.readonly")
    return StorageError(
        what=Phrase("errors.told.store.failed", name=path.name, text=text), advice=advice
    )
