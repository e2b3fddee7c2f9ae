"""Whose evidence counts for more at this node: as its own key has signed, until it is withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from faifo.ai.decision.records import Recognition
from faifo.ai.passport import dsse, statement
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import PassportRecognition


async def keep(
    tx: Transaction, record: PassportRecognition, *, now: datetime
) -> PassportRecognition:
    """Keep a recognition that was proven to be ours; the same one once."""
    known = await _named(tx, dsse.names(record.envelope.encode()))
    if known is not None:
        return known
    kept = await tx.passport_recognitions.put(record)
    await _note(tx, "evidence-recognised", kept, now)
    return kept


async def withdraw(
    tx: Transaction, names: Sequence[str], withdrawal: str, *, now: datetime
) -> PassportRecognition | None:
    """Mark a recognition as withdrawn if a name is one's; it counts no more from then on."""
    known = await _named(tx, names)
    if known is None or known.withdrawal is not None:
        return known
    marked = await tx.passport_recognitions.put(known, withdrawal=withdrawal)
    await _note(tx, "recognition-withdrawn", marked, now)
    return marked


async def in_force(tx: Transaction, issuer: str, *, now: datetime) -> list[Recognition]:
    """Return what this node recognises of an issuer's evidence now."""
    return [
        read_recognition(one)
        for one in await tx.passport_recognitions.find(issuer=issuer)
        if one.withdrawal is None and now < one.valid_until
    ]


def read_recognition(kept: PassportRecognition) -> Recognition:
    """Return what stands in a recognition; it was proven when it was kept."""
    return statement.read_unproven(kept.envelope, statement.RECOGNITION, Recognition)


async def _named(tx: Transaction, names: Sequence[str]) -> PassportRecognition | None:
    for sha256 in names:
        known = await tx.passport_recognitions.first(sha256=sha256)
        if known is not None:
            return known
    return None


async def _note(tx: Transaction, event: str, kept: PassportRecognition, now: datetime) -> None:
    record = read_recognition(kept)
    detail = {
        "id": kept.id,
        "methods": list(record.methods),
        "counts_as": record.counts_as,
        "until": msgspec.to_builtins(kept.valid_until),
    }
    await happened(tx, event, now, {"peer": kept.issuer}, detail)
