"""All tables of a unit of work, on one connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from faifo.store import schema
from faifo.store.records import JournalEntry
from faifo.store.sqlite.accesses import SqlAccesses
from faifo.store.sqlite.catalog import SqlCatalog, SqlDatasets
from faifo.store.sqlite.ledger import SqlLedger
from faifo.store.sqlite.tables import SqlLog, SqlTable


class SqlTransaction:
    """All tables on one connection; see `contract.Transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.negotiations = SqlTable[Any](connection, schema.NEGOTIATIONS)
        self.transfers = SqlTable[Any](connection, schema.TRANSFERS)
        self.agreements = SqlTable[Any](connection, schema.AGREEMENTS)
        self.datasets = SqlDatasets(connection)
        self.catalog = SqlCatalog(connection)
        self.outbox = SqlTable[Any](connection, schema.OUTBOX)
        self.timers = SqlTable[Any](connection, schema.TIMERS)
        self.decisions = SqlTable[Any](connection, schema.DECISIONS)
        self.tokens = SqlTable[Any](connection, schema.TOKENS)
        self.credentials = SqlTable[Any](connection, schema.CREDENTIALS)
        self.issued = SqlTable[Any](connection, schema.ISSUED)
        self.issuances = SqlTable[Any](connection, schema.ISSUANCES)
        self.members = SqlTable[Any](connection, schema.MEMBERS)
        self.recognitions = SqlTable[Any](connection, schema.RECOGNITIONS)
        self.judgements = SqlTable[Any](connection, schema.JUDGEMENTS)
        self.passport_recognitions = SqlTable[Any](connection, schema.PASSPORT_RECOGNITIONS)
        self.answers = SqlTable[Any](connection, schema.ANSWERS)
        self.stops = SqlTable[Any](connection, schema.STOPS)
        self.uses = SqlTable[Any](connection, schema.USES)
        self.dues = SqlTable[Any](connection, schema.DUES)
        self.webhooks = SqlTable[Any](connection, schema.WEBHOOKS)
        self.accounts = SqlTable[Any](connection, schema.ACCOUNTS)
        self.person_decisions = SqlTable[Any](connection, schema.PERSON_DECISIONS)
        self.reviews = SqlTable[Any](connection, schema.REVIEWS)
        self.notices = SqlTable[Any](connection, schema.NOTICES)
        self.deliveries = SqlTable[Any](connection, schema.DELIVERIES)
        self.suspensions = SqlTable[Any](connection, schema.SUSPENSIONS)
        self.invitations = SqlTable[Any](connection, schema.INVITATIONS)
        self.ledger = SqlLedger(connection)
        self.peer_logs = SqlTable[Any](connection, schema.PEER_LOGS)
        self.peer_receipts = SqlTable[Any](connection, schema.PEER_RECEIPTS)
        self.expected_receipts = SqlTable[Any](connection, schema.EXPECTED_RECEIPTS)
        self.history = SqlLog[Any](connection, schema.HISTORY)
        self.journal = _Journal(connection)
        self.accesses = SqlAccesses(connection)
        self.callbacks: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None]) -> None:
        self.callbacks.append(callback)


class _Journal(SqlLog[JournalEntry]):
    """The journal, which also keeps what this group added, for the sequencer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection, schema.JOURNAL)
        self.added: list[tuple[int, JournalEntry]] = []

    async def append(self, record: JournalEntry) -> int:
        seq = await super().append(record)
        self.added.append((seq, record))
        return seq
