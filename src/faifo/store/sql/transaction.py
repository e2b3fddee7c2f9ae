"""All tables of a unit of work, on one connection."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from faifo.store import records, schema
from faifo.store.records import JournalEntry
from faifo.store.sql.accesses import SqlAccesses
from faifo.store.sql.agreements import SqlAgreements
from faifo.store.sql.catalog import SqlCatalog, SqlDatasets
from faifo.store.sql.dialect import Connection, Dialect
from faifo.store.sql.ledger import SqlLedger
from faifo.store.sql.packs import SqlPacks
from faifo.store.sql.room import SqlRoom
from faifo.store.sql.tables import Seen, SqlLog, SqlTable

_SHAPES: Final = {
    name.lower(): shape
    for name, shape in vars(schema).items()
    if isinstance(shape, schema.TableShape)
}


def _unheard(_subject: str) -> None:
    """Ring nowhere: nobody writes here."""


def _nobody(_connection: Any) -> frozenset[str]:
    return frozenset()


class SqlTransaction:
    """All tables on one connection, inside one unit of work.

    `bell` is called with what is rung, and `alive` says which processes are at work.
    """

    negotiations: SqlTable[records.Negotiation]
    transfers: SqlTable[records.Transfer]
    outbox: SqlTable[records.OutboxRow]
    timers: SqlTable[records.Timer]
    decisions: SqlTable[records.StoredDecision]
    tokens: SqlTable[records.TokenUse]
    credentials: SqlTable[records.HeldCredential]
    issued: SqlTable[records.IssuedCredential]
    issuances: SqlTable[records.Issuance]
    members: SqlTable[records.Member]
    recognitions: SqlTable[records.RecognisedAuthority]
    judgements: SqlTable[records.Judgement]
    passport_recognitions: SqlTable[records.PassportRecognition]
    answers: SqlTable[records.KeptAnswer]
    stops: SqlTable[records.Stop]
    uses: SqlTable[records.AgreementUse]
    dues: SqlTable[records.Due]
    webhooks: SqlTable[records.WebhookPlace]
    accounts: SqlTable[records.Account]
    person_decisions: SqlTable[records.PersonDecision]
    reviews: SqlTable[records.Review]
    notices: SqlTable[records.KeptNotice]
    deliveries: SqlTable[records.NoticeDelivery]
    suspensions: SqlTable[records.Suspension]
    invitations: SqlTable[records.Invitation]
    peer_logs: SqlTable[records.PeerLog]
    peer_heads: SqlTable[records.PeerHead]
    peer_receipts: SqlTable[records.PeerReceipt]
    expected_receipts: SqlTable[records.ExpectedReceipt]

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        *,
        bell: Callable[[str], None] = _unheard,
        alive: Callable[[Any], frozenset[str]] = _nobody,
    ) -> None:
        self.packs = packs = SqlPacks(connection)
        self._seen: Seen = {}
        self._connection, self._dialect = connection, dialect
        # Those that know more than a table does.
        self.agreements = SqlAgreements(connection, dialect, packs, self._seen)
        self.datasets = SqlDatasets(connection, dialect, packs, self._seen)
        self.catalog = SqlCatalog(connection, dialect)
        self.ledger = SqlLedger(connection, dialect, packs)
        self.history = SqlLog[records.HistoryEntry](connection, dialect, schema.HISTORY, packs)
        self.journal = _Journal(connection, dialect, packs)
        self.accesses = SqlAccesses(connection, dialect)
        self.room = SqlRoom(connection, dialect, packs)
        self.callbacks: list[Callable[[], None]] = []
        self.rung: list[str] = []
        self._bell = bell
        self._alive = partial(alive, connection)

    def __getattr__(self, name: str) -> SqlTable[Any]:
        """Return a table, which is made when it is first asked for: who reads looks into few."""
        shape = _SHAPES.get(name)
        if shape is None:
            raise AttributeError(name)
        table = SqlTable[Any](self._connection, self._dialect, shape, self.packs, self._seen)
        setattr(self, name, table)
        return table

    def begun(self) -> None:
        """Take that a transaction has begun anew: nothing is known of what stands there."""
        self._seen.clear()
        self.journal.added, self.rung = [], []

    def undone(self, added: int, rung: int) -> None:
        """Take that a unit was rolled back, before which so many rows and bells were there."""
        self._seen.clear()
        del self.journal.added[added:], self.rung[rung:]

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` in the event loop once this work is durable, before `run` returns."""
        self.callbacks.append(callback)

    def rings(self, subject: str) -> None:
        """Have everybody who listens hear of `subject` once this work is durable.

        Here that is in the turn of the event loop in which `run` returns; in other processes over
        the same store a moment later.
        """
        self.rung.append(subject)
        self.callbacks.append(partial(self._bell, subject))

    async def alive(self) -> frozenset[str]:
        """Return the names of the processes that are at work over this store."""
        return self._alive()


class _Journal(SqlLog[JournalEntry]):
    """The journal, which also keeps what this group added, for the sequencer."""

    def __init__(self, connection: Connection, dialect: Dialect, packs: SqlPacks) -> None:
        super().__init__(connection, dialect, schema.JOURNAL, packs)
        self.added: list[tuple[int, JournalEntry]] = []

    async def append(self, record: JournalEntry) -> int:
        seq = await super().append(record)
        self.added.append((seq, record))
        return seq
