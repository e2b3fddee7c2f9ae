"""The log of this node: leaves and their head inside the unit of work, tiles to read.

A head is signed by who has the turn to write, in that turn, and what was signed stands beside it:
so there is one signer at a time, however many processes are at work over the store, and nobody has
a signature before its head is committed. The root is compared with the stored one whenever the tree
is taken up, and a head that was handed out is kept in `log.head`, outside of the database.
A database that is older than that file, or than what another node has seen, was restored from a
copy: nothing is signed then until `faifo restore` opens a successor.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from faifo import clock, ids
from faifo.bounded import Bounded
from faifo.errors import ConflictError, StorageError
from faifo.ledger.checkpoint import written
from faifo.ledger.growth import Growth
from faifo.ledger.leaf import SALT_BYTES, agreement_entry
from faifo.ledger.note import LOG, Key, Note, Signature, parse_note, public_bytes, sign
from faifo.ledger.reading import Rows, over_tiles
from faifo.ledger.receipt import write_receipt
from faifo.ledger.tiles import WIDTH, Tile
from faifo.ledger.tree import EMPTY_ROOT, Stored, consistency_proof, inclusion_proof, root_of
from faifo.node.custody.directory import Directory, write_secret
from faifo.node.custody.keyring import Keyring
from faifo.node.receipts.leaves import kind_of, leaf_of
from faifo.phrases import Phrase
from faifo.store.contract import Sequencer, Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import JournalEntry, LogHead, LogRecord
from faifo.trust.keys import KeyPurpose

log = logging.getLogger("faifo.log")

PATH: Final = "/log"
HEAD_FILE: Final = "log.head"
TOLD: Final = 4096
TILES: Final = 64
CATCH_UP: Final = 256
"""So many leaves of others are added to the tree as it is known; with more it is read anew."""
FOLLOW_S: Final = 0.05

Listener = Callable[[Sequence[LogRecord]], None]


class Edge(NamedTuple):
    """The tiles that are not full of a committed head."""

    head: LogHead
    tiles: dict[Tile, Rows]


class HeadFile(msgspec.Struct, frozen=True):
    """The newest head that was handed out, as it stands in `log.head`."""

    log: int
    size: int
    root: bytes


def origin_of(root: str, number: int) -> str:
    """Return the name of a log of the node whose public URL is `root`."""
    base = root.rstrip("/").partition("://")[2] + PATH
    return base if number == 1 else f"{base}/{number}"


def misnamed(head: LogHead, root: str) -> Phrase | None:
    """Return why others do not find a log under the public URL of today, if that is so."""
    now = origin_of(root, head.number)
    if not head.size or head.origin == now:
        return None
    return Phrase("reason.log.renamed", origin=head.origin, now=now)


class NodeLog:
    """See the module. `sequencer` goes to the store before `open` is given it."""

    def __init__(self, directory: Directory, *, did: str, root: str, hands: bool) -> None:
        self.did = did
        self._root = root
        self._file = directory.path / HEAD_FILE
        self._folder = directory.keys
        self._hands = hands
        self._growth: tuple[LogHead, Growth] | None = None
        self._following: asyncio.Task[None] | None = None
        self._keys: dict[int, Ed25519PrivateKey] = {}
        self._agreement_key: ec.EllipticCurvePrivateKey | None = None
        self._notes: Bounded[tuple[int, int], Note] = Bounded(TILES)
        self._tiles: Bounded[tuple[int, Tile], Rows] = Bounded(TILES)
        self._caching = threading.Lock()
        self._edge: Edge | None = None
        self._leaves: Bounded[int, tuple[int, bytes]] = Bounded(TOLD)
        self._cosigned: dict[int, tuple[LogHead, tuple[Signature, ...]]] = {}
        self._listeners: list[Listener] = []
        self._written = HeadFile(0, 0, b"")
        self.halted: str = ""
        self.current: LogHead | None = None

    # ── in the writer ────────────────────────────────────────────────────────────────────────

    def sequencer(self, first: Sequencer | None) -> Sequencer:
        """Return a sequencer that does what `first` does, and makes the leaves."""

        async def make(tx: Transaction, rows: Sequence[tuple[int, JournalEntry]]) -> None:
            if first is not None:
                await first(tx, rows)
            await self._sequence(tx, rows)

        return make

    async def _sequence(self, tx: Transaction, rows: Sequence[tuple[int, JournalEntry]]) -> None:
        if not any(kind_of(entry) for _, entry in rows):
            return
        head, growth = await self._taken_up(tx)
        made: list[LogRecord] = []
        # In one piece: each call of the system gives up the interpreter's lock.
        salts = memoryview(ids.new_bytes(SALT_BYTES * len(rows)))
        for at, (seq, entry) in enumerate(rows):
            salt = bytes(salts[at * SALT_BYTES : (at + 1) * SALT_BYTES])
            place = (head.number, growth.size + len(made))
            found = await leaf_of(tx, entry, self.did, salt, self._signed, place, hands=self._hands)
            if found is not None:
                made.append(found)
                self._leaves[seq] = (found.place, found.leaf)
        if not made:
            self._growth = (head, growth)
            return
        growth.add([one.leaf for one in made])
        now = head._replace(size=growth.size, root=growth.root, note=b"")
        note: Note | None = None
        if not self.halted and head.halted is None and head.number in self._keys:
            note = self._sign(now)
            now = now._replace(note=note.raw.encode())
        await tx.ledger.append(head.number, growth, made, now.note)
        self._growth = (now, growth)
        edge = Edge(now, growth.unfinished())
        tx.after_commit(lambda: self._grown(edge, note, made))

    async def _taken_up(self, tx: Transaction) -> tuple[LogHead, Growth]:
        """Return the tree as the database has it: what was rolled back is not in it."""
        head = await tx.ledger.head()
        if head is None:
            raise StorageError(what=Phrase("errors.told.ledger.none"))
        # Until the unit is written, nothing is known: it may be rolled back.
        known, self._growth = self._growth, None
        if known is not None and known[0][:4] == head[:4]:
            return head, known[1]
        growth = await _caught_up(tx, head, known) if known else None
        growth = growth or await tx.ledger.growth(head)
        if (growth.size, growth.root) != (head.size, head.root):
            raise StorageError(
                what=Phrase("errors.told.ledger.damaged", origin=head.origin),
                advice=Phrase("errors.told.ledger.restore"),
            )
        return head, growth

    def _signed(self, salt: bytes, record: bytes) -> bytes:
        key = self._agreement_key
        assert key is not None  # noqa: S101 - set before the store is opened
        return agreement_entry(
            salt, record, key.public_key(), key.sign(salt + record, ec.ECDSA(SHA256()))
        )

    # ── life ─────────────────────────────────────────────────────────────────────────────────

    def use(self, keyring: Keyring) -> None:
        """Take the keys of agreements and of logs; log N is signed by the key `log-N`."""
        for key in keyring:
            if key.purpose is KeyPurpose.LOG and isinstance(key.private_key, Ed25519PrivateKey):
                self._keys[int(key.id.rpartition("-")[2])] = key.private_key
        found = keyring.signing(KeyPurpose.AGREEMENT).private_key
        assert isinstance(found, ec.EllipticCurvePrivateKey)  # noqa: S101
        self._agreement_key = found

    async def open(self, store: Store) -> None:
        """Begin the first log if there is none.

        Halt if the database was restored. Sign nothing either while this node has another address
        than its log: its DID document does not name that one.
        """
        self.store = store

        found = await store.read(lambda tx: tx.ledger.head())
        if found is None or not found.size:
            await store.run(self._first)
            found = LogHead(1, self.origin(1), 0, EMPTY_ROOT)
        self.current = found
        if found.halted is not None:
            self.halted = found.why
        elif why := misnamed(found, self._root):
            self.halted = str(why)
            log.error("the log signs nothing: %s", why)
        elif found.size or self._file.exists():
            await self._compare(found)
        if not self.halted:
            await asyncio.to_thread(self._write_head)

    async def _first(self, tx: Transaction) -> None:
        head = await tx.ledger.head()
        if head is None or not head.size:  # another process may have been first
            await tx.ledger.begin(1, self.origin(1))

    async def _compare(self, found: LogHead) -> None:
        try:
            last = msgspec.json.decode(self._file.read_bytes(), type=HeadFile)
        except (OSError, msgspec.MsgspecError):
            await self.halt(str(Phrase("reason.log.unknown", file=HEAD_FILE)))
            return
        if last.log > found.number or (
            last.log == found.number and not await self.holds(last.size, last.root)
        ):
            await self.halt(str(Phrase("reason.log.older", size=last.size, ours=found.size)))

    async def holds(self, size: int, root: bytes) -> bool:
        """Tell whether our log had this root when it was so large."""
        if self.current is None or size > self.current.size:
            await self.refresh()
        head = self.current
        if head is None or size > head.size:
            return False
        ours: bytes = await self.compute(head, lambda stored: root_of(size, stored))
        return ours == root

    async def halt(self, why: str) -> None:
        """Sign nothing more, and keep why."""
        head = self.current
        self.halted = why
        log.error("the log is halted: %s", why)
        if head is None:
            return
        now = clock.now()

        async def work(tx: Transaction) -> None:
            await tx.ledger.halt(head.number, head.size, why)
            await happened(tx, "log-halted", now, None, {"why": [why]})

        await self.store.run(work)

    @property
    def current_number(self) -> int:
        return self.current.number if self.current else 0

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the records of new leaves, in the event loop."""
        self._listeners.append(listener)

    def _grown(self, edge: Edge, note: Note | None, records: Sequence[LogRecord]) -> None:
        self._edge = edge
        if note is not None:
            self._notes[edge.head.number, edge.head.size] = note
        self._advance(edge.head)
        for listener in self._listeners:
            listener(records)

    def _advance(self, head: LogHead) -> None:
        if self.current is None or head[:3:2] > self.current[:3:2]:
            self.current = head
        if head.halted is not None and head.number == self.current.number and not self.halted:
            self.halted = head.why

    def follow(self) -> None:
        """Look soon how far others have brought this log."""
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow(), name="faifo-log")

    async def _follow(self) -> None:
        await asyncio.sleep(FOLLOW_S)  # with many turns of others one look does
        with contextlib.suppress(StorageError):
            await self.refresh()

    async def refresh(self) -> None:
        """Take the newest head from the store."""
        found = await self.store.read(lambda tx: tx.ledger.head())
        if found is not None:
            self._advance(found)

    # ── heads ────────────────────────────────────────────────────────────────────────────────

    def key(self, number: int) -> Key:
        """Return the public key of a log of ours."""
        return Key(self.origin(number), LOG, public_bytes(self._keys[number]))

    def origin(self, number: int) -> str:
        return origin_of(self._root, number)

    def signed(self, head: LogHead | None = None) -> tuple[LogHead, Note]:
        """Return a committed head of ours and its note.

        Raises:
            ConflictError: the log is halted; the sentence says what to do.
        """
        head = head or self.current
        if self.halted or head is None or head.halted is not None:
            raise ConflictError(
                # Anybody may hear it: who knew better, a partner, is named to the owner alone.
                what=Phrase("errors.told.ledger.halted"),
                advice=Phrase("errors.told.ledger.restore"),
            )
        name = (head.number, head.size)
        if name not in self._notes:
            self._notes[name] = parse_note(head.note) if head.note else self._sign(head)
        return head, self._notes[name]

    def has_signed(self, size: int, text: str) -> bool:
        """Tell whether this is a head of today's log that this process signed, not long ago."""
        note = self._notes.get((self.current_number, size))
        return note is not None and note.text == text

    def _sign(self, head: LogHead) -> Note:
        text = written(head.origin, head.size, head.root)
        return Note(text, (sign(text, head.origin, self._keys[head.number]),))

    def cosigned(self, head: LogHead, lines: Iterable[Signature]) -> None:
        """Keep what witnesses put under a head of ours."""
        _, note = self.signed(head)
        self._notes[head.number, head.size] = note._replace(signatures=(*note.signatures, *lines))
        self._cosigned[head.number] = (head, tuple(lines))

    def provable(self, place: int) -> LogHead | None:
        """Return a head with cosignatures that a leaf is under, if there is one."""
        head = self.current
        found = self._cosigned.get(head.number) if head else None
        return found[0] if found and place < found[0].size else None

    async def keep_head(self) -> None:
        """Write down, outside of the database, how far this log has come."""
        if not self.halted:
            await asyncio.to_thread(self._write_head)

    def _write_head(self) -> None:
        head = self.current
        if head is not None:
            now = HeadFile(head.number, head.size, head.root)
            if now != self._written:
                write_secret(self._file, msgspec.json.encode(now))
                self._written = now

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    async def compute(self, head: LogHead, work: Callable[[Stored], Any]) -> Any:
        """Return what `work` makes of the tree as it was at `head`."""

        async def reading(tx: Transaction) -> Any:
            return await self._over(tx, head, work)

        return await self.store.read(reading)

    async def _over(
        self, tx: Transaction | None, head: LogHead, work: Callable[[Stored], Any]
    ) -> Any:
        with self._caching:
            known = {tile: rows for (log, tile), rows in self._tiles.items() if log == head.number}
        edge = self._edge
        if edge and edge.head.number == head.number and head.size <= edge.head.size:
            known |= edge.tiles

        async def fetch(tile: Tile) -> bytes:
            data = await tx.ledger.tile(head.number, tile) if tx else None
            if data is None:
                raise StorageError(what=Phrase("errors.told.ledger.damaged", origin=head.origin))
            return data

        found = await over_tiles(work, head.size, fetch, known)
        with self._caching:
            for tile, rows in known.items():
                if len(rows[0]) == WIDTH and (head.number, tile) not in self._tiles:
                    self._tiles[head.number, tile] = rows
        return found

    async def at_hand(self, record: LogRecord) -> bytes | None:
        """Return the receipt of a new leaf, if nothing has to be read for it."""
        edge = self._edge
        if edge is None or record.log != edge.head.number or record.place >= edge.head.size:
            return None
        try:
            head = self.provable(record.place) or edge.head
            return (await self._under(None, head, [record]))[0]
        except StorageError:
            return None

    async def receipts(
        self, tx: Transaction, records: Sequence[LogRecord], *, cosigned: bool = False
    ) -> list[bytes]:
        """Return the receipts of leaves of one log, under one head.

        Raises:
            ConflictError: the log is halted, or no head with cosignatures covers them yet.
        """
        if not records:
            return []
        last = max(one.place for one in records)
        if records[0].log != self.current_number:
            head: LogHead | None = await self._closed(tx, records[0].log)
        else:  # what is committed may be more by now than this unit sees
            head, edge = await tx.ledger.head(), self._edge
            # A head whose edge is in memory needs no reading, and serves others at the same time.
            if edge and head and edge.head.number == head.number:
                head = edge.head if last < edge.head.size <= head.size else head
            head = (self.provable(last) if cosigned else None) or head
        return await self._under(tx, head, records)

    async def _under(
        self, tx: Transaction | None, wanted: LogHead | None, records: Sequence[LogRecord]
    ) -> list[bytes]:
        head, note = self.signed(wanted)

        def proofs(stored: Stored) -> list[list[bytes]]:
            return [inclusion_proof(one.place, head.size, stored) for one in records]

        found = await self._over(tx, head, proofs)
        return [
            write_receipt(one.leaf, one.place, proof, note.raw)
            for one, proof in zip(records, found, strict=True)
        ]

    async def published(self, number: int) -> LogHead | None:
        """Return the newest head of a log of ours, also of one that has a successor."""
        if self.store.shared:
            await self.refresh()
        if number == self.current_number:
            return self.current
        if await self.store.read(lambda tx: tx.ledger.head(number)) is None:
            return None
        return await self.store.read(lambda tx: self._closed(tx, number))

    async def _closed(self, tx: Transaction, number: int) -> LogHead:
        """Return the last head of a log that a successor continues: never more than was signed."""
        head = await tx.ledger.head(number)
        assert head is not None  # noqa: S101 - the record is of it
        size = head.halted or 0
        root = await self._over(tx, head, lambda stored: root_of(size, stored))
        return head._replace(size=size, root=root, halted=None, note=b"")

    async def consistency(self, old: int, head: LogHead) -> list[bytes]:
        """Return the proof that `head` continues the log as it was with `old` leaves."""
        proof: list[bytes] = []
        if old and old < head.size:
            proof = await self.compute(
                head, lambda stored: consistency_proof(old, head.size, stored)
            )
        return proof

    def leaf_told(self, seq: int) -> str | None:
        """Return place and leaf of a journal row that was just written, for a header."""
        found = self._leaves.get(seq) if self._hands else None
        return f"{found[0]} {base64.b64encode(found[1]).decode()}" if found else None


async def _caught_up(
    tx: Transaction, head: LogHead, known: tuple[LogHead, Growth]
) -> Growth | None:
    """Return the tree that is known with the leaves that others have added, if that is it."""
    before, growth = known
    if before.number != head.number or not 0 < head.size - before.size <= CATCH_UP:
        return None
    missing = await tx.ledger.records(after=(head.number, before.size - 1), limit=CATCH_UP)
    growth.add([one.leaf for one in missing])
    growth.take()  # they are written already
    return growth if (growth.size, growth.root) == (head.size, head.root) else None
