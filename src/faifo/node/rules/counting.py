"""How often, and how much, was used under an agreement: counted in the unit of work that lets it.

An access is counted before its first byte, so that neither a restart nor two at once give more than
was agreed. What was reserved and not sent is given back.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from faifo.store.contract import Transaction
from faifo.store.records import AgreementUse


async def counts(
    tx: Transaction, agreement: str, now: datetime, *, more: int = 0, size: int | None = 0
) -> dict[str, int]:
    """Return what is counted under `agreement`, with `more` uses and `size` bytes.

    A size that is not known beforehand (None) leaves the bytes out: nothing is known of them.
    """
    return _facts(await _kept(tx, agreement, now), more, size)


async def reserve(
    tx: Transaction, agreement: str, now: datetime, *, more: int, size: int
) -> AgreementUse:
    """Count a use."""
    kept = await _kept(tx, agreement, now)
    return await tx.uses.put(
        msgspec.structs.replace(
            kept,
            uses=kept.uses + more,
            bytes=kept.bytes + size,
            in_hour=kept.in_hour + more,
        )
    )


async def give_back(tx: Transaction, agreement: str, size: int) -> None:
    """Take back bytes that were reserved and not sent."""
    kept = await tx.uses.get(agreement)
    if kept and size:
        await tx.uses.put(msgspec.structs.replace(kept, bytes=max(kept.bytes - size, 0)))


async def _kept(tx: Transaction, agreement: str, now: datetime) -> AgreementUse:
    hour = now.strftime("%Y-%m-%dT%H")
    kept = await tx.uses.get(agreement) or AgreementUse(agreement=agreement, hour=hour)
    # A clock that is set back opens no new hour.
    return kept if kept.hour >= hour else msgspec.structs.replace(kept, hour=hour, in_hour=0)


def _facts(kept: AgreementUse, more: int, size: int | None) -> dict[str, int]:
    known = {"count": kept.uses + more, "usesPerHour": kept.in_hour + more}
    return known if size is None else {**known, "bytes": kept.bytes + size}
