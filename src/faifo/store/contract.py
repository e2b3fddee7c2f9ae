"""What the node asks of a store: a unit of work, tables in it, and hooks around COMMIT.

A unit of work is an async function of a `Transaction`. Everything it wrote is durable when `run`
returns, or nothing of it is. It may await nothing but its transaction: a store may run it in a
thread, in a group with others, and a second time after a conflict between workers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final, Protocol, TypeVar

from faifo.ledger.growth import Growth
from faifo.ledger.tiles import Tile
from faifo.store import records
from faifo.store.finding import Sought
from faifo.store.records import LogHead, LogRecord

R = TypeVar("R")
T = TypeVar("T")

Value = str | int | bytes | None


class Table(Protocol[R]):
    """Records by key. `find` and `first` compare the table's indexed columns for equality."""

    async def get(self, *key: str | int) -> R | None: ...

    async def put(self, record: R, **changes: Any) -> R:
        """Write `record` with its `changes`, and return it with its new revision.

        Revision 0 inserts.

        Raises:
            ConflictError: the stored revision is another one, or a unique column is taken.
        """

    async def lay(self, record: R) -> None:
        """Write `record` in the place of whatever stands there; it has no other unique column."""

    async def delete(self, *key: str | int) -> None:
        """Delete the record, if it is there."""

    async def find(
        self,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int | None = None,
        newest_first: bool = False,
        **columns: Value,
    ) -> list[R]:
        """Return matching records in the order of the table's order column.

        `after` and `before` bound that column, exclusively.
        """

    async def first(self, **columns: Value) -> R | None: ...

    async def count(self, **columns: Value) -> int: ...


class Log(Protocol[R]):
    """Records that are never changed; each gets the next sequence number, from 1."""

    async def append(self, record: R) -> int: ...

    async def forget(self, seq: int) -> bool:
        """Delete the record of that number for good; no later record gets the number again."""

    async def find(
        self,
        *,
        after: int = 0,
        limit: int | None = None,
        newest_first: bool = False,
        **columns: Value,
    ) -> list[tuple[int, R]]: ...

    async def first(self, **columns: Value) -> R | None: ...

    async def count(self, **columns: Value) -> int: ...


class Agreements(Table[records.Agreement], Protocol):
    """The agreements."""

    async def with_peer(self, peer: str) -> int:
        """Return how many there are; of those with guests nothing is counted."""

    async def peers(self) -> list[str]:
        """Return with whom there are any, but for guests."""


class Catalog(Protocol):
    """What is published and not withdrawn, by its terms and by what stands in it.

    It follows every write of a dataset.
    """

    async def terms(
        self, *, after: int, upto: int | None, limit: int
    ) -> list[tuple[int, dict[str, Any]]]:
        """Return the distinct terms that say who sees datasets, by number.

        `after` and `upto` bound the numbers; terms that are new get a higher number than all.
        """

    async def find(self, sought: Sought) -> list[tuple[int, records.Dataset]]:
        """Return datasets with their places; one that is published later has a higher place.

        What a token stands for may be more than what was asked: `sought` leaves none out that
        fits, and who asks looks again.
        """


class Accesses(Protocol):
    """How often and how much was read, by day, peer, dataset, agreement and purposes."""

    async def count(self, entries: Iterable[records.JournalEntry]) -> None:
        """Count accesses and refusals whose partner is known; leave anything else aside."""

    async def sums(
        self,
        by: Sequence[str],
        *,
        since: date,
        until: date,
        limit: int,
        **narrowed: str | None,
    ) -> tuple[list[records.AccessCount], records.AccessCount]:
        """Return the sums of each group from `since` to `until`, who read most first; and of all.

        Grouped by at least one of day, peer, dataset, agreement and purpose.
        """

    async def forget(self, day: date, agreement: str) -> None:
        """Forget what was counted of an agreement on a day."""


class Ledger(Protocol):
    """The log of this node; see `node.receipts.log`. A log that was halted is not written on."""

    async def head(self, number: int | None = None) -> LogHead | None:
        """Return the newest log, or that of the number."""

    async def begin(self, number: int, origin: str) -> None:
        """Begin a log, or give one without leaves another name."""

    async def halt(self, number: int, size: int, why: str) -> None:
        """Keep that nothing of a log beyond `size` may be signed; the first time counts."""

    async def growth(self, head: LogHead) -> Growth: ...

    async def append(
        self, number: int, growth: Growth, records: Iterable[LogRecord], note: bytes
    ) -> None:
        """Write what has grown, what the new leaves stand for, and what was signed of the head."""

    async def tile(self, number: int, tile: Tile) -> bytes | None:
        """Return the bytes of a tile; a bundle that is full comes whole."""

    async def record(self, number: int, place: int) -> LogRecord | None: ...

    async def records(
        self, *, after: tuple[int, int] = (0, -1), limit: int = 100, **columns: str | int
    ) -> list[LogRecord]:
        """Return records by log, agreement, process, peer or owed, in the order of their places."""

    async def handed(self, places: Iterable[tuple[int, int]]) -> None:
        """Keep that the other side has the receipts of these (log, place)."""

    async def erase(self, places: Iterable[tuple[int, int]]) -> None:
        """Remove salt and record of the leaves at these (log, place); the leaves stay."""

    async def owed_to(self) -> list[str]:
        """Return whom receipts are owed."""

    async def move(
        self, old: int, place: int, first: LogRecord, growth: Growth, note: bytes
    ) -> None:
        """Begin a log with `first`, then what log `old` has from `place` on, never signed."""


PACKED = (
    "history",
    "journal",
    "log_record",
    "peer_receipt",
    "decision",
    "negotiation",
    "transfer",
    "agreement",
)
"""The tables that grow with every exchange."""


class Room(Protocol):
    """What old rows take; a store that sees to it by itself does nothing here."""

    async def pack(self, table: str, *, after: int, old: str, limit: int) -> int:
        """Keep records of one of `PACKED` in fewer bytes; they are read as before.

        Goes on behind `after` in the order in which rows came, until one that is not older than
        `old` (as `clock.text` writes it), and looks at `limit` rows. Returns how far it came:
        `after` where there was nothing to do.
        """

    async def give_back(self, limit: int) -> bool:
        """Give up to `limit` pages back that nothing stands in; tell whether there are more."""


class Transaction(Protocol):
    """The tables, inside one unit of work."""

    negotiations: Table[records.Negotiation]
    transfers: Table[records.Transfer]
    agreements: Agreements
    datasets: Table[records.Dataset]
    catalog: Catalog
    outbox: Table[records.OutboxRow]
    timers: Table[records.Timer]
    decisions: Table[records.StoredDecision]
    tokens: Table[records.TokenUse]
    credentials: Table[records.HeldCredential]
    issued: Table[records.IssuedCredential]
    issuances: Table[records.Issuance]
    members: Table[records.Member]
    recognitions: Table[records.RecognisedAuthority]
    judgements: Table[records.Judgement]
    passport_recognitions: Table[records.PassportRecognition]
    answers: Table[records.KeptAnswer]
    stops: Table[records.Stop]
    uses: Table[records.AgreementUse]
    dues: Table[records.Due]
    webhooks: Table[records.WebhookPlace]
    accounts: Table[records.Account]
    person_decisions: Table[records.PersonDecision]
    reviews: Table[records.Review]
    notices: Table[records.KeptNotice]
    deliveries: Table[records.NoticeDelivery]
    suspensions: Table[records.Suspension]
    invitations: Table[records.Invitation]
    ledger: Ledger
    peer_logs: Table[records.PeerLog]
    peer_heads: Table[records.PeerHead]
    peer_receipts: Table[records.PeerReceipt]
    expected_receipts: Table[records.ExpectedReceipt]
    history: Log[records.HistoryEntry]
    journal: Log[records.JournalEntry]
    accesses: Accesses
    room: Room

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` in the event loop once this work is durable, before `run` returns."""

    def rings(self, subject: str) -> None:
        """Have everybody who listens hear of `subject` once this work is durable.

        Here that is in the turn of the event loop in which `run` returns; in other processes over
        the same store a moment later.
        """

    async def alive(self) -> frozenset[str]:
        """Return the names of the processes that are at work over this store."""


Work = Callable[[Transaction], Awaitable[T]]
"""A unit of work: it changes nothing but the transaction, and tells the rest in what it returns.

It is called again, from its start, where what it did was undone because another unit failed.
"""

Bell = Callable[[str, bool], None]
"""Takes what was rung, and whether another process did it; `EVERYTHING`: anything may have been."""

EVERYTHING: Final = "*"

Sequencer = Callable[[Transaction, Sequence[tuple[int, records.JournalEntry]]], Awaitable[None]]
"""Called inside the writer just before COMMIT with the journal rows of the whole group.

The log makes its leaves here. If it raises, the whole group is rolled back.
"""


class Store(Protocol):
    """A durable store. All calls may be made from the node's event loop only."""

    async def run(self, work: Work[T], *, few: bool = False) -> T:
        """Run `work` and return its result once it is durable.

        `few`: it reads and writes some rows by their keys, as in `read`, so that it may be run
        before another thread would have been woken.

        Raises:
            StorageError: the disk or database failed; nothing of `work` was kept.
            Whatever `work` raises; nothing of it was kept then either.
        """

    def queue(self, work: Work[T], *, soon: bool = True, few: bool = False) -> asyncio.Future[T]:
        """Put `work` behind what is queued, and return what will be as `run` returns or raises.

        Without `soon` it may wait a moment for a unit that comes after it, to share its COMMIT;
        the order of the two stays.

        Raises:
            StorageError: the store is closed.
        """

    async def read(self, work: Work[T], *, few: bool = False) -> T:
        """Run `work` on a consistent snapshot; writing in it is an error.

        `few`: it reads some rows by their keys. Where the database is a file, that is done before
        another thread would have been woken.
        """

    name: str
    """What this process is called by what it holds; a start, and a return after it was given up
    for dead, have a name of their own."""

    @property
    def shared(self) -> bool:
        """Whether other processes may be at work over this store."""

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be durable, so that what is read now is all there is.

        Then `read` with `few` looks before anything else happens. Never where others are at work.
        """

    @property
    def hears(self) -> bool:
        """Whether what others change is heard of at once; else what is remembered may be old."""

    def listen(self, bell: Bell) -> None:
        """Call `bell` in the event loop with what is rung."""

    async def scrub(self) -> bool:
        """Leave no copy of what was deleted in any file; False where a reader was in the way."""

    async def size(self) -> int:
        """Return how many bytes the store takes."""

    async def close(self) -> None:
        """Finish what is queued and close."""
