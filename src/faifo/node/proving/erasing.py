"""Erasure: what a leaf stands for goes, the leaf stays, and the log stays whole (ADR-0021).

Salt and record are removed, the row of the journal that says the same, and what the other side's
receipts open about the same. The other side gets the receipt of the erasure, which asks it to do
likewise; its own erasure comes back as one, and is its answer. It is never done for it: who could
make the other side forget could hide what it did.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from faifo import clock
from faifo.errors import NotFoundError
from faifo.ledger.comparing import Entry, compare, said_by
from faifo.ledger.leaf import Kind, read_opening
from faifo.ledger.refused import ProofError
from faifo.node.proving.evidence import found
from faifo.node.receipts.leaves import opening_of
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import Agreement, LogRecord, PeerReceipt

PART: Final = 500
# An agreement, an erasure and what ties the logs together hold nothing of persons, and are needed.
_KEPT: Final = frozenset({Kind.AGREEMENT, Kind.PEER_CHECKPOINT, Kind.ERASURE, Kind.KEY_CHANGE})
_THEIRS: Final = "theirs"


class Wanted(NamedTuple):
    """What is to be erased: all under an agreement, or of one process, or one leaf of ours.

    `log` is the origin of one of our logs; a place alone is one in the log that is written today.
    """

    agreement: str
    reason: str
    process: str | None = None
    place: int | None = None
    log: str | None = None


class Erased(NamedTuple):
    """What was erased: places of our leaves, and how many openings of the other side's receipts.

    `times` are when it was written down: copies of the node made later hold it.
    """

    peer: str
    places: list[int]
    theirs: int
    times: list[str]


async def erase(tx: Transaction, wanted: Wanted, *, now: datetime) -> Erased:
    """Erase what `wanted` names.

    Raises:
        NotFoundError: there is no such agreement, or nothing more to erase.
    """
    agreement = await found(tx, wanted.agreement)
    records = await _records(tx, wanted.agreement)
    log = await _log(tx, wanted)
    gone = [one for one in records if Kind(one.kind) not in _KEPT and _is_wanted(one, wanted, log)]
    theirs = await _theirs(tx, wanted, records, gone)
    if not gone and not theirs:
        raise NotFoundError(what=Phrase("errors.noun.record"), name=wanted.agreement)
    await tx.ledger.erase((one.log, one.place) for one in gone)
    await _forget(tx, wanted.agreement, gone)
    for one in theirs:
        await tx.peer_receipts.put(one, opening=None)
    await _tell(tx, agreement, gone, theirs, wanted.reason, now)
    times = [*(one.at for one in gone), *(clock.text(one.at) for one in theirs)]
    return Erased(agreement.peer, [one.place for one in gone], len(theirs), times)


async def _records(tx: Transaction, agreement: str) -> list[LogRecord]:
    """Return what our leaves under an agreement stand for, where it is not erased."""
    records: list[LogRecord] = []
    after = (0, -1)
    while True:
        more = await tx.ledger.records(after=after, limit=PART, agreement=agreement)
        records += more
        if len(more) < PART:
            return [one for one in records if one.record is not None]
        after = (more[-1].log, more[-1].place)


async def _log(tx: Transaction, wanted: Wanted) -> int | None:
    """Return the number of the log that is meant; None: all."""
    head = await tx.ledger.head()
    if head is None or (wanted.log is None and wanted.place is None):
        return None
    newest = head.number
    if wanted.log is None:
        return newest
    for number in range(newest, 0, -1):
        head = await tx.ledger.head(number)
        if head is not None and head.origin == wanted.log:
            return number
    raise NotFoundError(what=Phrase("errors.noun.log"), name=wanted.log)


def _is_wanted(one: LogRecord, wanted: Wanted, log: int | None) -> bool:
    return (
        wanted.process in (None, one.process)
        and wanted.place in (None, one.place)
        and log in (None, one.log)
    )


async def _theirs(
    tx: Transaction, wanted: Wanted, records: list[LogRecord], gone: list[LogRecord]
) -> list[PeerReceipt]:
    """Return the receipts of theirs that open what is erased: all, of the process, or the same."""
    found: list[PeerReceipt] = []
    entries: list[Entry] = []
    for one in await tx.peer_receipts.find(agreement=wanted.agreement):
        if one.opening is None:
            continue
        try:
            opening = read_opening(one.opening.encode())
        except ProofError:
            found.append(one)
            continue
        if opening.kind not in _KEPT:
            found.append(one)
            leaf, said = base64.b64decode(one.leaf), said_by(opening)
            entries.append(Entry(_THEIRS, one.origin, one.place, leaf, opening.kind, said))
    if wanted.process is None and wanted.place is None and wanted.log is None:
        return found
    for own in records:
        said = said_by(opening_of(own))
        entries.append(Entry("", str(own.log), own.place, own.leaf, Kind(own.kind), said))
    places = {(str(one.log), one.place) for one in gone}
    same = {
        (theirs.origin, theirs.place)
        for both in compare(entries).both
        for own, theirs in (both, both[::-1])
        if (own.origin, own.place) in places
    }
    return [
        one
        for one in found
        if (one.origin, one.place) in same
        or (wanted.process is not None and one.process == wanted.process)
    ]


async def _forget(tx: Transaction, agreement: str, gone: Iterable[LogRecord]) -> None:
    """Delete the rows of the journal that the erased leaves were made from."""
    made_from = {(one.event, one.process, one.at) for one in gone}
    for seq, row in await tx.journal.find(agreement=agreement):
        if (row.event, row.process, clock.text(row.at)) in made_from:
            await tx.journal.forget(seq)


async def _tell(
    tx: Transaction,
    agreement: Agreement,
    gone: list[LogRecord],
    theirs: list[PeerReceipt],
    reason: str,
    now: datetime,
) -> None:
    """Write the fact down; the entries' leaves name what was erased, and say nothing of it."""
    leaves = [base64.b64encode(one.leaf).decode() for one in gone]
    others = [one.leaf for one in theirs]
    for start in range(0, max(len(leaves), len(others)), PART):
        part = slice(start, start + PART)
        detail = {"reason": reason, "leaves": leaves[part], "theirs": others[part]}
        await happened(tx, "erased", now, agreement, detail)
