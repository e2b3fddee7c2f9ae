"""Three stores that are wrong on purpose; the suite must notice each (design §14)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import msgspec

from faifo.store.contract import Sequencer, Store, Transaction
from faifo.store.sql.grouped import Job, Outcome, drive, resolve
from faifo.store.sql.transaction import SqlTransaction
from faifo.store.sqlite.migrate import prepare
from faifo.store.sqlite.store import SqliteStore


class AnswersTooEarly(SqliteStore):
    """Acknowledges a unit, and calls its callbacks, before COMMIT."""

    def _unit(self, job: Job, transaction: SqlTransaction, *, alone: bool) -> Outcome:
        outcome = super()._unit(job, transaction, alone=alone)
        self._loop.call_soon_threadsafe(resolve, [outcome])
        return outcome._replace(callbacks=[])


class NoSavepoints(SqliteStore):
    """Runs the units of a group in one transaction without a savepoint for each."""

    def _unit(self, job: Job, transaction: SqlTransaction, *, alone: bool) -> Outcome:  # noqa: ARG002
        transaction.callbacks = []
        try:
            result = drive(job.work(cast("Transaction", transaction)))
        except Exception as error:  # noqa: BLE001
            return Outcome(job.future, None, error, [])
        return Outcome(job.future, result, None, transaction.callbacks)


class IgnoresVersions(SqliteStore):
    """Lets the last writer win, whatever it has read."""

    def __init__(self, path: Path, *, sequencer: Sequencer | None) -> None:
        super().__init__(path, sequencer=sequencer)
        table = self._transaction.timers
        careful = table.put

        async def put(record: Any, **changes: Any) -> Any:
            row = await table.get(record.kind, record.subject)
            revision = row.revision if row else 0
            return await careful(msgspec.structs.replace(record, **changes, revision=revision))

        table.put = put  # type: ignore[method-assign]


def _opener(kind: type[SqliteStore]) -> Any:
    async def opener(folder: Path, sequencer: Sequencer | None) -> Store:
        prepare(folder / "faifo.db")
        return kind(folder / "faifo.db", sequencer=sequencer)

    return opener


BROKEN = {kind.__name__: _opener(kind) for kind in (AnswersTooEarly, NoSavepoints, IgnoresVersions)}
