"""Receipts on their way: ours to the other side, theirs to us.

Those of an agreement travel as a header with the message that needs them; all others follow in
batches, a moment after COMMIT, until the other side has taken them. With each batch both sides tell
which signed head of the other's log they have seen; one that our log does not hold shows that it
was restored from an older copy.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from faifo import clock
from faifo.bounded import Bounded
from faifo.errors import FaifoError, MalformedMessageError, NotProvenError, PeerError
from faifo.ledger.checkpoint import check_signed, parse_checkpoint
from faifo.ledger.leaf import Kind, write_opening
from faifo.ledger.refused import Fault, ProofError
from faifo.ledger.tree import Path
from faifo.machines.negotiation import Message
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.node.membership.authentication import Participant, claim
from faifo.node.outward.partners import Partners
from faifo.node.outward.service_addresses import SERVICE_URL
from faifo.node.receipts.agreements import VERIFIED, WAITING, AgreementReceipts, agreement_of
from faifo.node.receipts.leaves import opening_of
from faifo.node.receipts.log import NodeLog
from faifo.node.receipts.peers import RECEIPT_SERVICE, Heads, Parcel, PeerLogs, Proven
from faifo.node.receipts.witnessing import Cosigners
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.journal import happened
from faifo.store.records import LogRecord, LogSeen, OutboxRow, Process

log = logging.getLogger("faifo.log")

HEADER: Final = "faifo-receipt"
TAKEN: Final = "taken"
LEAF_HEADER: Final = "faifo-leaf"
PATH: Final = "/faifo/v1/receipts"
URL: Final = f"{SERVICE_URL}{RECEIPT_SERVICE}:"
AT_ONCE: Final = 64
FEW: Final = 16
"""Receipts that are kept before another thread would have been woken."""
MOST_BYTES: Final = 256 * 1024
MOST_HEADER: Final = 16 * 1024
ASKED: Final = 16
FOLLOWED: Final = 5
UNPROVEN: Final = 1000
ASKING_SECONDS: Final = 5.0
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 300.0
_CARRIERS: Final = frozenset({Message.VERIFICATION.value, Message.FINALIZED.value})


class Batch(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is handed over, and the newest signed head of the receiver's log that we have."""

    receipts: tuple[Parcel, ...] = ()
    seen: str | None = None


class Refused(msgspec.Struct, frozen=True):
    """A receipt by its number in the batch, and why it proves nothing."""

    number: int
    fault: str


class Word(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer: what of it was refused, and the newest signed head of the sender's log."""

    refused: tuple[Refused, ...] = ()
    seen: str | None = None


class Handing:
    """See the module. Nothing is handed over where `terms` never require receipts."""

    def __init__(
        self,
        store: Store,
        ours: NodeLog,
        peers: PeerLogs,
        partners: Partners,
        terms: AgreementReceipts,
        cosigners: Cosigners,
        *,
        delay: float,
        deadline: float,
    ) -> None:
        self._store, self._log, self._peers = store, ours, peers
        self._partners, self._terms = partners, terms
        self._cosigners = cosigners
        self._delay, self._deadline = delay, timedelta(seconds=deadline)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, asyncio.Event] = {}
        self._again: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {}
        self._taken: Bounded[tuple[int, int], None] = Bounded(10 * AT_ONCE * AT_ONCE)
        self._enclosed: Bounded[str, tuple[int, int]] = Bounded(AT_ONCE * AT_ONCE)
        self._agreed: Bounded[str, LogRecord] = Bounded(4 * AT_ONCE)
        self._ready = asyncio.Event()
        self._on = terms.required != "never"
        ours.listen(self._grown)

    async def start(self) -> None:
        """Ask partners what they have seen of our log, then hand over what is owed."""
        self._go("", self._begin())

    async def stop(self) -> None:
        """Leave the rest for the next start."""
        self._again.clear()
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._log.keep_head()

    async def _begin(self) -> None:
        known = await self._store.read(lambda tx: tx.peer_logs.find(limit=ASKED))
        if self._on and self._log.current and self._log.current.size:
            asked = [asyncio.create_task(self._ask(one.did)) for one in known]
            if asked:
                await asyncio.wait(asked, timeout=ASKING_SECONDS)
        self._ready.set()
        await self.take_over()

    async def take_over(self) -> None:
        """Hand over what is owed, also that of processes that are gone."""
        if self._on:
            for peer in await self._store.read(lambda tx: tx.ledger.owed_to()):
                self.wake(peer)
            for one in await self._store.read(lambda tx: tx.peer_heads.find(limit=UNPROVEN)):
                self._follow_soon(one.did, one.origin)

    async def _ask(self, peer: str) -> None:
        with contextlib.suppress(FaifoError):  # who is away is asked with the next batch
            seen = await self._store.read(lambda tx: _seen_of(tx, peer))
            await self._tell(peer, Batch(seen=seen))

    def _go(self, name: str, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._done(name))

    def _done(self, name: str) -> None:
        del self._tasks[name]
        if again := self._again.pop(name, None):
            self._go(name, again())

    def _soon(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do it, and once more if it is being done: what that has read may be older."""
        if name in self._tasks:
            self._again[name] = work
        else:
            self._go(name, work())

    def _grown(self, records: Sequence[LogRecord]) -> None:
        for peer in {one.peer for one in records if one.owed and one.peer}:
            self.wake(peer)
        for one in records:
            if one.owed and one.kind == Kind.AGREEMENT and one.process:
                self._agreed[one.process] = one
        if "head" not in self._tasks:
            self._go("head", self._keep_head())

    async def _keep_head(self) -> None:
        await asyncio.sleep(self._delay)
        try:
            await self._log.keep_head()
        except FaifoError as error:  # with the next leaf it is tried again
            log.error("how far the log has come waits to be written down: %s", error)
        await self._cosigners.ask()

    # ── ours ─────────────────────────────────────────────────────────────────────────────────

    def wake(self, peer: str) -> None:
        """Hand over what is owed to `peer`, soon: who was away may be there again."""
        if self._on:
            self._soon(f"to:{peer}", partial(self._serve, peer))
            if rest := self._resting.get(peer):
                rest.set()

    async def _serve(self, peer: str) -> None:
        await self._ready.wait()
        wait = pause = self._delay
        while True:
            await asyncio.sleep(wait)
            try:
                handed = await self._hand(peer)
                if not handed:
                    return
                # What came meanwhile waits for others again.
                wait, pause = 0.0 if handed == AT_ONCE else self._delay, self._delay
            except (FaifoError, ProofError) as error:
                log.info("receipts for %s wait: %s", peer, error)
                await self._cosigners.ask()
                wait, pause = self._delay, min(max(pause, FIRST_PAUSE) * 2, LONGEST_PAUSE)
                await self._rest(peer, pause)

    async def _rest(self, peer: str, seconds: float) -> None:
        """Wait so long, or until something new is owed."""
        rest = self._resting[peer] = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await rest.wait()
        except TimeoutError:
            pass
        finally:
            del self._resting[peer]

    async def _hand(self, peer: str) -> int:
        """Hand over one batch; return how many receipts were owed, at most `AT_ONCE`."""
        taken, records, batch = await self._store.read(lambda tx: self._due(tx, peer))
        refused: tuple[Refused, ...] = ()
        if records:
            try:
                refused = (await self._tell(peer, batch)).refused
            except NotProvenError:  # its document names no place for receipts
                log.debug("%s takes no receipts", peer)
        faults = {one.number: one.fault for one in refused}
        later = {n for n, fault in faults.items() if fault == Fault.COSIGNATURES.value}
        done = [(one.log, one.place) for n, one in enumerate(records) if n not in later]
        bad = sorted({fault for n, fault in faults.items() if n not in later})
        now = clock.now()

        async def book(tx: Transaction) -> None:
            await tx.ledger.handed([*taken, *done])
            if bad:
                detail = {"faults": bad, "count": len(faults) - len(later)}
                await happened(tx, "receipt-not-taken", now, {"peer": peer}, detail)

        if taken or done:
            await self._store.run(book, few=True)
        if later:
            raise ProofError(Fault.COSIGNATURES, found=0, wanted=len(later))
        return len(taken) + len(records)

    async def _due(
        self, tx: Transaction, peer: str
    ) -> tuple[list[tuple[int, int]], list[LogRecord], Batch]:
        owed = await tx.ledger.records(peer=peer, owed=1, limit=AT_ONCE)
        taken = [(one.log, one.place) for one in owed if (one.log, one.place) in self._taken]
        rest = [one for one in owed if (one.log, one.place) not in self._taken]
        # One head serves one log; and a batch has room for so many bytes.
        chosen: list[LogRecord] = []
        size = 0
        for one in rest:
            size += 2048 + 2 * len(one.record or b"")
            if one.log != rest[0].log or (chosen and size > MOST_BYTES):
                break
            chosen.append(one)
        batch = Batch(await self._parcels(tx, chosen), await _seen_of(tx, peer))
        return taken, chosen, batch

    async def _parcels(self, tx: Transaction, records: list[LogRecord]) -> tuple[Parcel, ...]:
        receipts = await self._log.receipts(tx, records, cosigned=True)
        theirs: dict[str, str | None] = {}
        for one in records:
            if not one.process or one.process in theirs:  # many accesses are of one transfer
                continue
            process: Process | None = None
            if one.kind != Kind.AGREEMENT:
                process = await tx.transfers.get(one.process)
            process = process or await tx.negotiations.get(one.process)
            theirs[one.process] = process.peer_pid if process else None
        return tuple(
            _parcel(one, receipt, theirs.get(one.process or ""))
            for one, receipt in zip(records, receipts, strict=True)
        )

    async def _tell(self, peer: str, batch: Batch) -> Word:
        answer = await self._partners.send(URL, msgspec.json.encode(batch), audience=peer)
        if answer.status != 200:
            raise PeerError(who=peer, status=answer.status, reasons=())
        try:
            word = msgspec.json.decode(answer.body, type=Word)
        except msgspec.MsgspecError:
            raise PeerError(who=peer, status=200, reasons=()) from None
        await self._shown(peer, word.seen)
        return word

    async def _shown(self, peer: str, note: str | None) -> None:
        """Look at a head of our own log that another node has: does our log hold it?"""
        number = self._log.current_number
        if note is None or not number or self._log.halted:
            return
        with contextlib.suppress(ProofError):  # not signed by the key of today's log
            head = parse_checkpoint(note.encode())
            if self._log.has_signed(head.size, head.note.text):
                return
            check_signed(head, self._log.key(number))
            if not await self._log.holds(head.size, head.root):
                why = Phrase("reason.log.seen", peer=peer, size=head.size)
                await self._log.halt(str(why))

    # ── with a message ───────────────────────────────────────────────────────────────────────

    async def enclose(self, row: OutboxRow) -> dict[str, str]:
        """Return the headers that go with a message of ours."""
        if not self._on or row.kind != "negotiation" or row.message not in _CARRIERS:
            return {}
        fresh = self._agreed.pop(row.process, None)
        try:
            if not await self._peers.announces(row.peer):
                return {}
            if not self._ready.is_set():
                await asyncio.wait_for(self._ready.wait(), ASKING_SECONDS)
            record, parcel = await self._agreement(row, fresh)
        except (FaifoError, TimeoutError) as error:
            log.info("%s goes without its receipt: %s", row.message, error)
            return {}
        if record is None or parcel is None:
            return {}
        self._enclosed[row.id] = (record.log, record.place)
        text = base64.urlsafe_b64encode(msgspec.json.encode(parcel)).decode()
        return {HEADER: text} if len(text) <= MOST_HEADER else {}

    async def _agreement(
        self, row: OutboxRow, fresh: LogRecord | None
    ) -> tuple[LogRecord | None, Parcel | None]:
        """Return the leaf of the agreement that a message is about, and what goes with it."""
        receipt = await self._log.at_hand(fresh) if fresh else None
        if fresh and receipt:
            peer_pid = row.url.rpartition("/negotiations/")[2].partition("/")[0]
            return fresh, _parcel(fresh, receipt, unquote(peer_pid))

        async def look(tx: Transaction) -> tuple[LogRecord | None, Parcel | None]:
            found = await tx.ledger.records(process=row.process, kind=1, limit=1)
            return (found[0], (await self._parcels(tx, found))[0]) if found else (None, None)

        return await self._store.read(look)

    def answered(self, row: OutboxRow, answer: PeerAnswer) -> None:
        """Note that the other side took the receipt that went with a message."""
        place = self._enclosed.pop(row.id, None)
        if place and answer.headers.get(HEADER) == TAKEN:
            self._taken[place] = None

    # ── theirs ───────────────────────────────────────────────────────────────────────────────

    async def enclosed(self, header: str | None, peer: str) -> Proven | ProofError | None:
        """Return what came with a message of theirs, checked, or what is wrong with it."""
        if not self._on:
            return None
        self._terms.announcing[peer] = await self._peers.announces(peer)
        if header is None:
            return None
        try:
            data = base64.urlsafe_b64decode(header[: MOST_HEADER + 1])
            parcel = msgspec.json.decode(data, type=Parcel)
            return await self._peers.check(peer, parcel)
        except ProofError as error:
            return error
        except ValueError:
            return ProofError(Fault.SHAPE, what=HEADER)
        except FaifoError as error:
            log.info("a receipt of %s cannot be checked now: %s", peer, error)
            return None

    async def keep(
        self,
        tx: Transaction,
        peer: str,
        found: Proven | ProofError,
        heads: Heads | None = None,
        *,
        now: datetime,
    ) -> str:
        """Keep a receipt of theirs; return "" or the fault that it has.

        `heads` are those that were seen in this unit of work.
        """
        fault = found.fault.value if isinstance(found, ProofError) else ""
        if isinstance(found, Proven):
            ours = await agreement_of(tx, peer, found.parcel.agreement, found.opening)
            if ours is None and found.receipt.leaf[:1] == b"{":
                fault = Fault.OPENING.value
            elif not await self._peers.keep(tx, found, set() if heads is None else heads, now=now):
                fault = Fault.FORK.value
            elif ours is not None and ours.receipts == WAITING:
                await tx.agreements.put(ours, active=True, receipts=VERIFIED)
                await happened(tx, "agreement-proven", now, {"agreement": ours.id, "peer": peer})
                tx.rings(ours.id)
            elif found.opening is not None and found.opening.kind is Kind.ERASURE:
                agreement = found.parcel.agreement
                await happened(tx, "erasure-asked", now, {"peer": peer, "agreement": agreement})
            # Not for each head that is shown to us as a witness: idle logs would feed each other.
            tx.after_commit(partial(self._follow_soon, peer, found.key.name))
        if fault:
            await happened(tx, "receipt-bad", now, {"peer": peer}, {"fault": fault})
        return fault

    async def take(self, sender: Participant, body: bytes) -> bytes:
        """Take a batch of theirs and return the answer.

        Raises:
            MalformedMessageError: it is no batch.
            NotProvenError: the sender's token was used before.
        """
        peer = sender.did
        try:
            batch = msgspec.json.decode(body, type=Batch)
            if len(batch.receipts) > AT_ONCE:
                raise msgspec.ValidationError(f"over {AT_ONCE} receipts")
        except msgspec.MsgspecError as error:
            expected = Phrase("errors.told.receipts.batch", most=AT_ONCE)
            raise MalformedMessageError(
                what=str(error)[:200], expected=expected, where="$"
            ) from None
        await self._shown(peer, batch.seen)
        checked: list[Proven | ProofError] = []
        beside: Path | None = None
        for one in batch.receipts:
            try:
                proven = await self._peers.check(peer, one, beside)
                checked.append(proven)
                beside = proven.path
            except ProofError as error:
                checked.append(error)
        now = clock.now()
        refused: list[Refused] = []

        async def work(tx: Transaction) -> str | None:
            await claim(tx, sender)
            refused.clear()
            heads: Heads = set()
            for number, found in enumerate(checked):
                later = isinstance(found, ProofError) and found.fault is Fault.COSIGNATURES
                fault = (
                    Fault.COSIGNATURES.value
                    if later
                    else await self.keep(tx, peer, found, heads, now=now)
                )
                if fault:
                    refused.append(Refused(number, fault))
            return await _seen_of(tx, peer)

        seen = await self._store.run(work, few=len(checked) <= FEW)
        return msgspec.json.encode(Word(tuple(refused), seen))

    def _follow_soon(self, peer: str, origin: str) -> None:
        self._soon(f"follow:{origin}", partial(self._follow, peer, origin))

    async def _follow(self, peer: str, origin: str) -> None:
        # Its tiles show what many heads continue at once as cheaply as what one does.
        await asyncio.sleep(FOLLOWED * self._delay)
        name = f"again:{origin}"
        if not await self._followed(peer, origin) and name not in self._tasks:
            self._go(name, self._insist(peer, origin))

    async def _insist(self, peer: str, origin: str) -> None:
        """Ask on, ever more seldom, for what a log does not show now."""
        pause = FOLLOWED * self._delay
        while True:
            pause = min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)
            if await self._followed(peer, origin):
                return

    async def _followed(self, peer: str, origin: str) -> bool:
        try:
            await self._peers.follow(peer, origin)
        except (FaifoError, ProofError) as error:
            log.warning("%s does not show that its log continues what it signed: %s", peer, error)
            return False
        return True

    # ── what does not come ───────────────────────────────────────────────────────────────────

    async def overdue(self, tx: Transaction, *, now: datetime) -> None:
        """Write down which receipts were told of and have not come."""
        late = clock.text(now - self._deadline)
        for one in await tx.expected_receipts.find(before=late, limit=1000):
            await tx.expected_receipts.delete(one.peer, one.leaf)
            if not self._on:
                continue
            names = {"peer": one.peer, "agreement": one.agreement, "process": one.process}
            await happened(tx, "receipt-missing", now, names, {"leaf": one.leaf})


def _parcel(record: LogRecord, receipt: bytes, process: str | None) -> Parcel:
    opening = opening_of(record)
    told = write_opening(opening).decode() if opening else None
    return Parcel(receipt.decode(), told, record.agreement, process)


async def _seen_of(tx: Transaction, peer: str) -> str | None:
    """Return the largest head of `peer`'s log that came, be it shown to continue others or not.

    That is what shows that a node was restored, however soon after it had signed.
    """
    logs = [one for one in await tx.peer_logs.find(did=peer) if one.newest and not one.fork]
    if not logs:
        return None
    heads = await tx.peer_heads.find(did=peer, origin=logs[-1].origin, newest_first=True, limit=1)
    found: list[LogSeen] = [*heads, *(one.newest for one in logs[-1:] if one.newest)]
    return max(found, key=lambda one: one.size).note
