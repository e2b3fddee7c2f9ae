"""PostgreSQL as a store.

There is one writer at a time: who holds the row of the table `writer`, from BEGIN to COMMIT. That
row has the last number of each log, so that those have no gaps. A connection that is lost is made
anew; a group that it was lost with is run again, unless its COMMIT turns out to have been done.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import closing
from typing import Any, Final, TypeVar

from faifo.errors import StorageError
from faifo.phrases import Phrase
from faifo.store.contract import Sequencer, Work
from faifo.store.postgresql.connection import DatabaseError, LostError, PostgresConnection
from faifo.store.postgresql.migrate import prepare
from faifo.store.postgresql.place import Place, failed, hold, locked
from faifo.store.postgresql.speech import DIALECT, READ_ONLY
from faifo.store.sql.grouped import GroupedStore, Job, Outcome
from faifo.store.sql.transaction import SqlTransaction

T = TypeVar("T")

log = logging.getLogger("faifo.store")

PATIENCE: Final = 20.0
"""Seconds that a database which is away is waited for before who asked is told."""
PAUSES: Final = (0.05, 1.0)
_ROW: Final = "SELECT history, journal, fence, pg_current_xact_id()::text FROM writer FOR UPDATE"


class PostgresStore(GroupedStore):
    """A `contract.Store` in a schema of a database. Make it with `open_store`."""

    dialect = DIALECT

    def __init__(self, place: Place, *, sequencer: Sequencer | None) -> None:
        self._place = place
        self._fence: int | None = None
        self._over = False
        self._before: dict[str, int] = {}
        self._xact = ""
        super().__init__(sequencer=sequencer)

    async def hold(self) -> None:
        """Be the one process that writes, until `close`, or until another has taken over.

        A lock alone would not do: a standby that is promoted grants it while the session that
        holds it may live on. So each holder has a number, and only the last may write.

        Raises:
            StorageError: another process holds the database.
        """

        async def work(_tx: Any) -> None:
            hold(self._connection, self._place)
            (self._fence,) = self._connection.execute(
                "UPDATE writer SET fence = fence + 1 RETURNING fence"
            ).fetchone()

        await self.run(work)

    # ── the writer ───────────────────────────────────────────────────────────────────────────

    def _connect(self, *, reading: bool = False) -> PostgresConnection:  # noqa: ARG002
        return self._place.connect()

    def _begin(self) -> None:
        if self._over:
            raise self._taken_over()
        connection: PostgresConnection = self._connection
        connection.ruined = False
        connection.later("BEGIN")
        history, journal, fence, self._xact = connection.execute(_ROW).fetchone()
        if self._fence is not None and fence != self._fence:
            self._over = True
            connection.close()  # and with it the lock, if it came back to us
            raise self._taken_over()
        connection.numbers = {"history": history, "journal": journal}
        self._before = dict(connection.numbers)

    def _taken_over(self) -> StorageError:
        return StorageError(
            what=Phrase("errors.told.store.taken", name=self._place.shown),
            advice=Phrase("errors.told.store.start"),
        )

    def _unit(self, job: Job, transaction: SqlTransaction, *, alone: bool) -> Outcome:
        before = dict(self._connection.numbers)
        outcome = super()._unit(job, transaction, alone=alone)
        if outcome.error is not None:
            self._connection.numbers = before
        return outcome

    def _finish(self) -> None:
        connection: PostgresConnection = self._connection
        numbers = connection.numbers
        if numbers != self._before:
            statement = "UPDATE writer SET history = ?, journal = ?"
            connection.later(statement, (numbers["history"], numbers["journal"]))
        try:
            connection.execute("COMMIT")
        except LostError as error:
            if not self._committed(error):
                raise

    def _grouped(self, group: list[Job]) -> list[Outcome]:
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                return super()._grouped(group)
            except LostError as error:
                self._connect_again(error, give_up)

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
                status = connection.execute("SELECT pg_xact_status(?::xid8)", (self._xact,))
                done: bool = status.fetchone()[0] == "committed"
                connection.execute("ROLLBACK")
            except LostError as error:
                lost = error
            except DatabaseError as error:
                # The row is held for longer than a lock is waited for.
                log.error("what became of a commit cannot be told yet: %s", error)
                self._rollback()
            else:
                return done

    def _connect_again(self, lost: LostError, give_up: float) -> None:
        log.error("the connection to the database was lost: %s", lost)
        pause, longest = PAUSES
        while not self._closed:
            self._connection.close()
            try:
                self._write_on(self._connect())
                if self._fence is None or locked(self._connection, self._place):
                    return
                lost = LostError("another session holds it")
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
        return failed(self._place, error)


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
