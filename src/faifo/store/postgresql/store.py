"""PostgreSQL as a store.

There is one writer at a time, of any number of processes: who holds the row of the table `writer`,
from BEGIN to COMMIT. That row has the last number of each log, so that those have no gaps. A
connection that is lost is made anew; a group that it was lost with is run again, unless its COMMIT
turns out to have been done.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final, NoReturn, TypeVar

from faifo import clock, ids
from faifo.errors import StorageError
from faifo.phrases import Phrase
from faifo.store.contract import EVERYTHING, Sequencer, Transaction, Work
from faifo.store.postgresql.connection import DatabaseError, LostError, PostgresConnection
from faifo.store.postgresql.migrate import check, prepare
from faifo.store.postgresql.place import READING_S, TURN_S, Place, failed
from faifo.store.postgresql.replicas import FARTHEST_S, Listening, join, leave, ring
from faifo.store.postgresql.speech import DIALECT, READ_ONLY, SURPRISES
from faifo.store.sql.grouped import GroupedStore, Job, Outcome
from faifo.store.sql.transaction import SqlTransaction

T = TypeVar("T")

log = logging.getLogger("faifo.store")

PATIENCE: Final = 20.0
"""Seconds that a database which is away is waited for before who asked is told."""
PAUSES: Final = (0.05, 1.0)
_ROW: Final = "SELECT history, journal, replicas FROM writer FOR UPDATE"
# The own row is kept meanwhile: nobody takes over from who is in its turn.
_TURN: Final = (
    "SELECT w.history, w.journal, w.replicas FROM writer AS w, replica AS r"
    " WHERE r.name = ? FOR UPDATE OF w FOR KEY SHARE OF r"
)
# What tells whether a COMMIT was done. The server's number of the transaction would not do: after a
# crash it gives one that was not yet on disk to somebody else.
_MARK: Final = (
    "INSERT INTO turn (name, number, at) VALUES (?, ?, now()) ON CONFLICT (name)"
    " DO UPDATE SET number = excluded.number, at = excluded.at"
)


class PostgresStore(GroupedStore):
    """A `contract.Store` in a schema of a database. Make it with `open_store`."""

    dialect = DIALECT

    def __init__(self, place: Place, *, sequencer: Sequencer | None) -> None:
        self._place = place
        self._said = ("", "")
        self._listening: Listening | None = None
        self._others = False
        self._before: dict[str, int] = {}
        self._why = ""
        self._turn = 0
        super().__init__(sequencer=sequencer)

    async def join(self, part: str, version: str) -> None:
        """Be one of the processes that serve this schema, until `close`.

        Raises:
            StorageError: somebody has the schema alone or has made it a newer one, or this clock is
                not the database's.
        """
        self._said = (part, version)
        await self.run(self._enter)
        try:
            self._listening = await asyncio.to_thread(
                Listening,
                self._place,
                name=lambda: self.name,
                heard=self._heard,
                fenced=self._fenced,
            )
        except DatabaseError as error:
            raise self._failed(error) from error

    @property
    def shared(self) -> bool:
        return True

    @property
    def hears(self) -> bool:
        return self._listening is None or self._listening.hears

    def _alive(self, connection: Any) -> frozenset[str]:
        rows = connection.execute("SELECT name FROM replica WHERE expires > clock_timestamp()")
        return frozenset((self.name, *(name for (name,) in rows)))

    async def _enter(self, _tx: Transaction) -> None:
        self._join()

    def _join(self) -> None:
        check(self._connection, self._place)
        ahead = clock.now().timestamp() - join(self._connection, self.name, *self._said)
        if abs(ahead) > FARTHEST_S:
            raise StorageError(
                what=Phrase(
                    "errors.told.store.clock", name=self._place.shown, seconds=round(ahead)
                ),
                advice=Phrase("errors.told.store.set-clock"),
            )

    def _leave(self) -> None:
        if self._listening is None:
            return
        self._listening.stop()
        try:
            leave(self._connection, self.name)
        except DatabaseError as error:
            log.error("others hear only in a moment that this process has ended: %s", error)
        self._listening.close()

    def _in_loop(self, callback: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(callback)

    def _heard(self, *subjects: str) -> None:
        def ring() -> None:
            for one in subjects:
                self._ring(one, from_others=True)

        self._in_loop(ring)

    def _fenced(self) -> None:
        """Have the next turn find out that this process was given up for dead."""

        async def nothing(_tx: Transaction) -> None:
            """Do nothing: the turn is what matters."""

        def ask() -> None:
            if not self._closed:
                asked = asyncio.ensure_future(self.run(nothing))
                asked.add_done_callback(lambda done: done.cancelled() or done.exception())

        self._in_loop(ask)

    # ── the writer ───────────────────────────────────────────────────────────────────────────

    def _connect(self, *, reading: bool = False) -> PostgresConnection:
        return self._place.connect(idle_s=READING_S if reading else TURN_S)

    def _begin(self) -> None:
        connection: PostgresConnection = self._connection
        connection.ruined = False
        connection.later("BEGIN")
        if self._listening is None:
            row = connection.execute(_ROW).fetchone()
        else:
            row = connection.execute(_TURN, (self.name,)).fetchone()
        if row is None:
            connection.execute("ROLLBACK")
            self._return()
        history, journal, replicas = row
        self._turn += 1
        self._others = replicas > 1
        connection.numbers = {"history": history, "journal": journal}
        self._before = dict(connection.numbers)

    def _return(self) -> NoReturn:
        """Enter anew under another name: this process was given up for dead.

        Raises:
            StorageError: always. What waited was decided by what this process remembered; or it
                may not enter.
        """
        self.name = ids.new_urn(clock.now())
        self._connection.later("BEGIN")
        try:
            self._join()
        except StorageError as error:
            if str(error) != self._why:  # said once, not twice a second
                log.error("this process gets no turn to write: %s", error)
            self._why = str(error)
            raise
        self._connection.execute("COMMIT")
        self._why = ""
        log.error("this process did not answer, and others have taken over; it begins anew")
        self._heard(EVERYTHING)
        raise StorageError(
            what=Phrase("errors.told.store.taken", name=self._place.shown),
            advice=Phrase("errors.told.store.again"),
        )

    def _unit(self, job: Job, transaction: SqlTransaction, *, alone: bool) -> Outcome:
        before = dict(self._connection.numbers)
        outcome = super()._unit(job, transaction, alone=alone)
        if outcome.error is not None:
            self._connection.settle()  # what it changed before may be why
            self._connection.numbers = before
        return outcome

    def _finish(self) -> None:
        connection: PostgresConnection = self._connection
        numbers = connection.numbers
        if numbers != self._before:
            statement = "UPDATE writer SET history = ?, journal = ?"
            connection.later(statement, (numbers["history"], numbers["journal"]))
        connection.later(_MARK, (self.name, self._turn))
        if self._others and self._transaction.rung:
            ring(connection, self.name, self._transaction.rung)
        try:
            connection.execute("COMMIT")
        except LostError as error:
            if not self._committed(error):
                raise

    def _grouped(self, group: list[Job]) -> list[Outcome]:
        give_up = time.monotonic() + PATIENCE
        careful = False
        while True:
            self._connection.careful = careful
            try:
                return super()._grouped(group)
            except LostError as error:
                self._connect_again(error, give_up)
            except DatabaseError as error:
                if careful or error.code not in SURPRISES:
                    raise
                self._rollback()
                careful = True

    def _committed(self, lost: LostError) -> bool:
        """Tell whether a COMMIT was done whose answer did not come.

        Nobody can be told anything before that is known, so this waits as long as it takes.
        """
        while True:
            self._connect_again(lost, float("inf"))
            connection: PostgresConnection = self._connection
            try:
                # Whoever still holds the row may be the session that was lost.
                connection.execute("BEGIN")
                connection.execute("SELECT 1 FROM writer FOR UPDATE")
                last = connection.execute("SELECT number FROM turn WHERE name = ?", (self.name,))
                connection.execute("ROLLBACK")
            except LostError as error:
                lost = error
            except DatabaseError as error:
                # The row is held for longer than a lock is waited for.
                log.error("what became of a commit cannot be told yet: %s", error)
                self._rollback()
            else:
                return last == [(self._turn,)]

    def _connect_again(self, lost: LostError, give_up: float) -> None:
        log.error("the connection to the database was lost: %s", lost)
        pause, longest = PAUSES
        while not self._closed:
            self._connection.close()
            try:
                self._write_on(self._connect())
                return
            except LostError as error:
                lost = error
            if time.monotonic() + pause > give_up:
                break
            time.sleep(pause)
            pause = min(2 * pause, longest)
        raise lost

    def _broken(self) -> bool:
        return bool(self._connection.ruined) or not self._connection.in_transaction

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            try:
                with contextlib.suppress(DatabaseError):
                    self._connection.settle()
                self._connection.execute("ROLLBACK")
            except DatabaseError as error:
                log.error("rollback failed: %s", error)

    # ── readers ──────────────────────────────────────────────────────────────────────────────

    def _snapshot(self, work: Work[T]) -> T:
        give_up = time.monotonic() + PATIENCE
        pause, longest = PAUSES
        while True:
            try:
                return super()._snapshot(work)
            except LostError:
                self._forget()
                if time.monotonic() + pause > give_up or self._closed:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, longest)

    def _forget(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._reading.remove(connection)
            self._local.connection = self._local.transaction = None

    def _begin_read(self, connection: PostgresConnection) -> None:
        connection.later("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _wrote_in_read(self, error: Exception) -> bool:
        return getattr(error, "code", "") == READ_ONLY

    def _scrub(self) -> bool:
        """Let the server clear what was deleted; its log and its archives are not ours."""
        try:
            with closing(self._connect()) as connection:
                connection.script("SET statement_timeout TO 0")
                connection.script("VACUUM")
        except DatabaseError as error:
            raise self._failed(error) from error
        return False

    def _size(self) -> int:
        statement = (
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
        )
        try:
            with closing(self._connect()) as connection:
                return int(connection.execute(statement).fetchone()[0])
        except DatabaseError as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StorageError:
        return failed(self._place, error, serving=True)


async def open_store(place: Place, *, sequencer: Sequencer | None = None) -> PostgresStore:
    """Open the store at `place`, creating or migrating it.

    Raises:
        SettingsError: the URL is none.
        StorageError: it cannot be reached, or is of a newer Faifo.
    """
    try:
        await asyncio.to_thread(prepare, place)
        return PostgresStore(place, sequencer=sequencer)
    except DatabaseError as error:
        raise failed(place, error) from error
