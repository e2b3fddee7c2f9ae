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
from typing import Any, Final, NamedTuple

from faifo import clock
from faifo.errors import NotFoundError
from faifo.ledger.comparing import said_by
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


class Wanted(NamedTuple):
    """What is to be erased: all under an agreement, or of one process, or one leaf of ours."""

    agreement: str
    reason: str
    process: str | None = None
    place: int | None = None


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
    gone = [one for one in await _records(tx, wanted) if Kind(one.kind) not in _KEPT]
    digests = {digest for one in gone if (digest := _digest(said_by(opening_of(one))))}
    theirs = [one for one in await _theirs(tx, wanted) if _is_about(one, wanted, digests)]
    if not gone and not theirs:
        raise NotFoundError(what=Phrase("errors.noun.record"), name=wanted.agreement)
    await tx.ledger.erase((one.log, one.place) for one in gone)
    await _forget(tx, wanted.agreement, gone)
    for one in theirs:
        await tx.peer_receipts.put(one, opening=None)
    await _tell(tx, agreement, gone, theirs, wanted.reason, now)
    times = [*(one.at for one in gone), *(clock.text(one.at) for one in theirs)]
    return Erased(agreement.peer, [one.place for one in gone], len(theirs), times)


async def _records(tx: Transaction, wanted: Wanted) -> list[LogRecord]:
    records: list[LogRecord] = []
    after = (0, -1)
    while True:
        more = await tx.ledger.records(after=after, limit=PART, agreement=wanted.agreement)
        records += more
        if len(more) < PART:
            break
        after = (more[-1].log, more[-1].place)
    return [
        one
        for one in records
        if one.record is not None
        and wanted.process in (None, one.process)
        and wanted.place in (None, one.place)
    ]


async def _theirs(tx: Transaction, wanted: Wanted) -> list[PeerReceipt]:
    all_ = await tx.peer_receipts.find(agreement=wanted.agreement)
    return [one for one in all_ if one.opening is not None]


def _is_about(one: PeerReceipt, wanted: Wanted, digests: set[str]) -> bool:
    """Tell whether a receipt of theirs opens what is erased: by what was exchanged, or all."""
    try:
        opening = read_opening((one.opening or "").encode())
    except ProofError:
        return True
    if opening.kind in _KEPT:
        return False
    if wanted.process is None and wanted.place is None:
        return True
    return one.process == wanted.process or _digest(said_by(opening)) in digests


def _digest(said: dict[str, Any]) -> str:
    detail = said.get("detail")
    return str(detail.get("response_sha256", "")) if isinstance(detail, dict) else ""


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
