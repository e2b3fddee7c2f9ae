"""All tables of a unit of work, on one connection."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from faifo.store import schema
from faifo.store.records import JournalEntry
from faifo.store.sql.accesses import SqlAccesses
from faifo.store.sql.agreements import SqlAgreements
from faifo.store.sql.catalog import SqlCatalog, SqlDatasets
from faifo.store.sql.dialect import Connection, Dialect
from faifo.store.sql.ledger import SqlLedger
from faifo.store.sql.room import SqlRoom
from faifo.store.sql.tables import SqlLog, SqlTable


def _unheard(_subject: str) -> None:
    """Ring nowhere: nobody writes here."""


def _nobody(_connection: Any) -> frozenset[str]:
    return frozenset()


class SqlTransaction:
    """All tables on one connection; see `contract.Transaction`.

    `bell` is called with what is rung, and `alive` says which processes are at work.
    """

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        *,
        bell: Callable[[str], None] = _unheard,
        alive: Callable[[Any], frozenset[str]] = _nobody,
    ) -> None:
        def table(shape: schema.TableShape) -> SqlTable[Any]:
            return SqlTable[Any](connection, dialect, shape)

        self.negotiations = table(schema.NEGOTIATIONS)
        self.transfers = table(schema.TRANSFERS)
        self.agreements = SqlAgreements(connection, dialect)
        self.datasets = SqlDatasets(connection, dialect)
        self.catalog = SqlCatalog(connection, dialect)
        self.outbox = table(schema.OUTBOX)
        self.timers = table(schema.TIMERS)
        self.decisions = table(schema.DECISIONS)
        self.tokens = table(schema.TOKENS)
        self.credentials = table(schema.CREDENTIALS)
        self.issued = table(schema.ISSUED)
        self.issuances = table(schema.ISSUANCES)
        self.members = table(schema.MEMBERS)
        self.recognitions = table(schema.RECOGNITIONS)
        self.judgements = table(schema.JUDGEMENTS)
        self.passport_recognitions = table(schema.PASSPORT_RECOGNITIONS)
        self.answers = table(schema.ANSWERS)
        self.stops = table(schema.STOPS)
        self.uses = table(schema.USES)
        self.dues = table(schema.DUES)
        self.webhooks = table(schema.WEBHOOKS)
        self.accounts = table(schema.ACCOUNTS)
        self.person_decisions = table(schema.PERSON_DECISIONS)
        self.reviews = table(schema.REVIEWS)
        self.notices = table(schema.NOTICES)
        self.deliveries = table(schema.DELIVERIES)
        self.suspensions = table(schema.SUSPENSIONS)
        self.invitations = table(schema.INVITATIONS)
        self.ledger = SqlLedger(connection)
        self.peer_logs = table(schema.PEER_LOGS)
        self.peer_heads = table(schema.PEER_HEADS)
        self.peer_receipts = table(schema.PEER_RECEIPTS)
        self.expected_receipts = table(schema.EXPECTED_RECEIPTS)
        self.history = SqlLog[Any](connection, dialect, schema.HISTORY)
        self.journal = _Journal(connection, dialect)
        self.accesses = SqlAccesses(connection, dialect)
        self.room = SqlRoom(connection, dialect)
        self.callbacks: list[Callable[[], None]] = []
        self.rung: list[str] = []
        self._bell = bell
        self._alive = partial(alive, connection)

    def after_commit(self, callback: Callable[[], None]) -> None:
        self.callbacks.append(callback)

    def rings(self, subject: str) -> None:
        self.rung.append(subject)
        self.callbacks.append(partial(self._bell, subject))

    async def alive(self) -> frozenset[str]:
        return self._alive()


class _Journal(SqlLog[JournalEntry]):
    """The journal, which also keeps what this group added, for the sequencer."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        super().__init__(connection, dialect, schema.JOURNAL)
        self.added: list[tuple[int, JournalEntry]] = []

    async def append(self, record: JournalEntry) -> int:
        seq = await super().append(record)
        self.added.append((seq, record))
        return seq
