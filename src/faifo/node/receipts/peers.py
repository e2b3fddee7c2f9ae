"""The logs of other nodes: what they prove to us, and whether what they show is one history.

Every head that comes is kept until tiles of that log show that the largest continues all others
(C2SP tlog-tiles). Two signed heads that cannot both be true are kept as the proof, and the partner
is stopped.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from faifo import clock
from faifo.bounded import Bounded
from faifo.errors import ConflictError, FaifoError
from faifo.ledger.checkpoint import Checkpoint, check_signed, parse_checkpoint
from faifo.ledger.leaf import Opening, check_leaf, check_opening, read_opening
from faifo.ledger.note import LOG, Key, parse_note
from faifo.ledger.reading import Rows, over_tiles
from faifo.ledger.receipt import Receipt, check_included, check_receipt, read_receipt
from faifo.ledger.refused import Fault, ProofError
from faifo.ledger.tiles import Tile
from faifo.ledger.tree import Path, Stored, root_of
from faifo.node.outward.outgoing import Outgoing
from faifo.node.outward.resolver import Resolver
from faifo.node.receipts.leaves import SEEN
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import LogSeen, PeerHead, PeerLog, PeerReceipt
from faifo.trust.did import DidDocument, did_web_place

LOG_SERVICE: Final = "FaifoLogService"
RECEIPT_SERVICE: Final = "FaifoReceiptService"
MOST_UNPROVEN: Final = 4096
BELIEVED: Final = 1024
COUNTED: Final = 64
"""At every so many heads of a log it is looked how many are unproven."""
_GENERATION: Final = re.compile(r"/([2-9]|[1-9][0-9]{1,5})\Z")

Fork = Callable[[Transaction, str, datetime], Awaitable[None]]
Heads = set[tuple[str, int, bytes]]
"""Heads by origin, size and root."""


class Parcel(msgspec.Struct, frozen=True, omit_defaults=True):
    """One receipt as it is handed over; `process` is the receiver's pid, where there is one."""

    receipt: str
    opening: str | None = None
    agreement: str | None = None
    process: str | None = None


class Proven(NamedTuple):
    """A receipt that was checked, as far as one receipt alone can be."""

    peer: str
    key: Key
    receipt: Receipt
    opening: Opening | None
    parcel: Parcel
    path: Path | None = None


class Named(NamedTuple):
    """What a node's document says of its logs; `place` is "" if it has none."""

    place: str
    keys: dict[str, Key]
    receipts: bool


def logs_of(document: DidDocument) -> Named:
    """Return the address of a node's log, its keys by origin, and whether it takes receipts.

    A log counts only where its node is: elsewhere it would be taken for that of another node.
    """
    place = (document.endpoint(LOG_SERVICE) or "").rstrip("/")
    parts = urlsplit(place)
    base = _GENERATION.sub("", f"{parts.netloc}{parts.path}")
    if place and not base.startswith(f"{did_web_place(document.id)}/"):
        place = ""
    found: dict[str, Key] = {}
    for method in document.methods:
        name = method.id.rpartition("#log-")[2]
        point = method.key.key if method.key else None
        if place and name.isdecimal() and isinstance(point, Ed25519PublicKey):
            origin = base if name == "1" else f"{base}/{name}"
            found[origin] = Key(origin, LOG, point.public_bytes_raw())
    return Named(place, found, document.endpoint(RECEIPT_SERVICE) is not None)


class PeerLogs:
    """Takes receipts, and follows the logs that they are of."""

    def __init__(
        self,
        store: Store,
        resolver: Resolver,
        outgoing: Outgoing,
        *,
        witnesses: tuple[Key, ...],
        quorum: int,
        stop: Fork,
    ) -> None:
        self._store = store
        self._resolver = resolver
        self._outgoing = outgoing
        self._witnesses, self._quorum = witnesses, quorum
        self._stop = stop
        self._believed: Bounded[tuple[Key, str], None] = Bounded(BELIEVED)
        # With several exchanges at once their receipts are under one head.
        self._kept: Bounded[tuple[str, str, int, bytes], None] = Bounded(BELIEVED)
        self._turns: Bounded[str, int] = Bounded(BELIEVED)
        self._named: Bounded[str, tuple[DidDocument, Named]] = Bounded(BELIEVED)

    async def _logs(self, did: str, *, since: datetime | None = None) -> Named:
        document = await self._resolver.resolve(did, since=since)
        known = self._named.get(did)
        if known is None or known[0] is not document:
            known = self._named[did] = (document, logs_of(document))
        return known[1]

    async def announces(self, did: str) -> bool:
        """Tell whether a node announces that it gives and takes receipts."""
        try:
            return (await self._logs(did)).receipts
        except FaifoError:
            return False

    async def key(self, did: str, origin: str) -> Key:
        """Return the key of a log that the node `did` says is its own.

        Raises:
            ProofError: it names no such log.
            FaifoError: its document cannot be had.
        """
        found = (await self._logs(did)).keys.get(origin)
        if found is None:  # a successor may be younger than the document that is remembered
            found = (await self._logs(did, since=clock.now())).keys.get(origin)
        if found is None:
            raise ProofError(Fault.ORIGIN, origin=origin[:200], wanted=did)
        return found

    async def check(self, peer: str, parcel: Parcel, beside: Path | None = None) -> Proven:
        """Check a receipt that `peer` brings, `beside` the path of the one before it.

        Raises:
            ProofError: it does not prove what it should.
            FaifoError: the peer's document cannot be had.
        """
        receipt = read_receipt(parcel.receipt.encode())
        key = await self.key(peer, receipt.checkpoint.origin)
        note = (key, receipt.checkpoint.note.raw)
        path = None
        if note in self._believed:
            check_leaf(receipt.leaf)
            path = check_included(receipt, beside)
        else:
            check_receipt(receipt, key, witnesses=self._witnesses, quorum=self._quorum)
            self._believed[note] = None
        opening = read_opening(parcel.opening.encode()) if parcel.opening else None
        if opening is not None:
            check_opening(receipt.leaf, opening)
        return Proven(peer, key, receipt, opening, parcel, path)

    async def keep(self, tx: Transaction, proven: Proven, heads: Heads, *, now: datetime) -> bool:
        """Keep a receipt and the head that it is under; tell whether that head is believed.

        `heads` are those that were found to be believed in this unit of work.
        """
        receipt, parcel = proven.receipt, proven.parcel
        head = receipt.checkpoint
        origin, place = head.origin, receipt.place
        believed = head[:3] in heads or await self.see(tx, proven.peer, proven.key, head, now=now)
        leaf = base64.b64encode(receipt.leaf).decode()
        state, why = ("verified", "") if believed else ("bad", Fault.FORK.value)
        record = PeerReceipt(
            origin=origin,
            place=place,
            peer=proven.peer,
            receipt=parcel.receipt,
            opening=parcel.opening,
            kind=proven.opening.kind.name.lower() if proven.opening else "",
            agreement=parcel.agreement,
            process=parcel.process,
            state=state,
            why=why,
            at=now,
        )
        try:
            await tx.peer_receipts.put(record)
        except ConflictError:  # it has come before, or another one of the same place
            old = await tx.peer_receipts.get(origin, place)
            if old is None or old.leaf != leaf:
                # Under heads that are one history no place has two leaves.
                await self._forked(tx, proven, now=now)
                heads.clear()
                return False
            await tx.peer_receipts.put(msgspec.structs.replace(record, revision=old.revision))
        if believed:
            heads.add(head[:3])
        else:
            heads.clear()  # what else of the log is in the unit is to be seen as it stands now
        if not receipt.leaf.startswith(b"{"):  # of agreements nobody is told beforehand
            await tx.expected_receipts.delete(proven.peer, leaf)
        return believed

    async def see(
        self, tx: Transaction, peer: str, key: Key, head: Checkpoint, *, now: datetime
    ) -> bool:
        """Keep a signed head of another log; tell whether it can be of the history we know."""
        known = await tx.peer_logs.get(peer, key.name)
        known = known or PeerLog(did=peer, origin=key.name, key=key.key)
        if known.fork:
            return False
        if known.newest is None:
            newest = LogSeen(size=head.size, root=head.root, note=head.note.raw)
            await tx.peer_logs.put(known, newest=newest)
            return True
        name = (peer, *head[:3])
        if name in self._kept:
            return True
        same: LogSeen | None = known.newest
        if known.newest.size != head.size:
            same = await tx.peer_heads.get(peer, key.name, head.size)
        if same is not None:
            if same.root != head.root:
                await self._fork(tx, known, (same.note, head.note.raw), now=now)
            return bool(same.root == head.root)
        if await self._full(tx, peer, key.name):
            return False
        await tx.peer_heads.put(
            PeerHead(did=peer, origin=key.name, size=head.size, root=head.root, note=head.note.raw)
        )
        tx.after_commit(lambda: self._kept.__setitem__(name, None))
        return True

    async def _full(self, tx: Transaction, peer: str, origin: str) -> bool:
        """Tell whether too many heads of a log wait for their proof; counted now and then."""
        turn = self._turns[origin] = self._turns.get(origin, -1) + 1
        if turn % COUNTED:
            return False
        return await tx.peer_heads.count(did=peer, origin=origin) >= MOST_UNPROVEN

    async def follow(self, peer: str, origin: str) -> None:
        """Have a log show by its tiles that its largest head continues all the others.

        Tiles are not signed. Where they do not fit, the log has to sign what they do fit: with a
        head as large as the one in question that is the proof of two histories.

        Raises:
            ProofError: it does not show it; what is unproven stays so.
            FaifoError: it cannot be reached.
        """

        async def look(tx: Transaction) -> tuple[PeerLog | None, list[PeerHead]]:
            found = await tx.peer_heads.find(did=peer, origin=origin)
            return await tx.peer_logs.get(peer, origin), found

        known, unproven = await self._store.read(look)
        if known is None or known.fork or not unproven or known.newest is None:
            return
        heads: tuple[LogSeen, ...] = (known.newest, *unproven)
        last = max(heads, key=lambda one: one.size)
        try:
            odd = await self._odd(peer, origin, last, heads)
        except ProofError:
            shown = await self._newest(peer, origin)
            if shown.size < last.size:
                if await self._ended(peer, origin):
                    return  # it was restored, and its successor is another log
                raise
            last, heads = shown, (*heads, shown)
            odd = await self._odd(peer, origin, last, heads)
        now = clock.now()

        async def learn(tx: Transaction) -> None:
            kept = await tx.peer_logs.get(peer, origin)
            if kept is None or kept.fork:
                return
            if odd is not None:
                await self._fork(tx, kept, (odd.note, last.note), now=now)
                return
            for one in unproven:
                await tx.peer_heads.delete(peer, origin, one.size)
            newest = LogSeen(size=last.size, root=last.root, note=last.note)
            await tx.peer_logs.put(kept, newest=newest, logged=now)
            text = parse_note(last.note.encode()).text
            await happened(tx, SEEN, now, {"peer": peer}, {"note": text})

        await self._store.run(learn)

    async def _odd(
        self, peer: str, origin: str, last: LogSeen, heads: tuple[LogSeen, ...]
    ) -> LogSeen | None:
        """Return a head that the log, as it is at `last`, does not continue."""

        async def fetch(tile: Tile) -> bytes:
            return await self._fetched(peer, origin, tile.path)

        def roots(stored: Stored) -> list[bytes]:
            return [root_of(one.size, stored) for one in heads]

        known: dict[Tile, Rows] = {}
        found = await over_tiles(roots, last.size, fetch, known)
        mine = dict(zip(heads, found, strict=True))
        if mine[last] != last.root:
            raise ProofError(Fault.INCLUSION, index=last.size, size=last.size)
        return next((one for one in heads if mine[one] != one.root), None)

    async def _newest(self, peer: str, origin: str) -> LogSeen:
        """Return the head that a log signs now."""
        head = parse_checkpoint(await self._fetched(peer, origin, "checkpoint"))
        check_signed(head, await self.key(peer, origin))
        return LogSeen(size=head.size, root=head.root, note=head.note.raw)

    async def _ended(self, peer: str, origin: str) -> bool:
        """Tell whether a log has a successor: its node's document names the newest."""
        place = (await self._logs(peer, since=clock.now())).place
        return place.partition("://")[2] != origin

    async def _fetched(self, peer: str, origin: str, path: str) -> bytes:
        place, keys, _ = await self._logs(peer)
        if origin not in keys:
            raise ProofError(Fault.ORIGIN, origin=origin, wanted=peer)
        url = f"{urlsplit(place).scheme}://{origin}/{path}"
        answer = await self._outgoing.get(url, who=peer)
        if answer.status != 200:
            raise ProofError(Fault.SHAPE, what=path)
        return answer.body

    async def _forked(self, tx: Transaction, proven: Proven, *, now: datetime) -> None:
        known = await tx.peer_logs.get(proven.peer, proven.key.name)
        if known is not None and known.newest is not None:
            notes = (known.newest.note, proven.receipt.checkpoint.note.raw)
            await self._fork(tx, known, notes, now=now)

    async def _fork(
        self, tx: Transaction, known: PeerLog, notes: tuple[str, str], *, now: datetime
    ) -> None:
        """Keep the proof that a log has two histories, and stop its node."""
        await tx.peer_logs.put(known, fork=notes)
        sums = [sha256(one.encode()).hexdigest() for one in notes]
        detail = {"origin": known.origin, "notes": sums}
        await happened(tx, "peer-log-forked", now, {"peer": known.did}, detail)
        await self._stop(tx, known.did, now)
