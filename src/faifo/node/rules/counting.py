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
    tx: Transaction, agreement: str, now: datetime, *, more: int = 0
) -> dict[str, int]:
    """Return what is counted under `agreement`, with `more` uses."""
    return facts(await kept(tx, agreement, now), more=more)


def facts(use: AgreementUse, *, more: int = 0, size: int | None = 0) -> dict[str, int]:
    """Return what is counted, with `more` uses and `size` bytes.

    A size that is not known beforehand (None) leaves the bytes out: nothing is known of them.
    """
    known = {"count": use.uses + more, "usesPerHour": use.in_hour + more}
    return known if size is None else {**known, "bytes": use.bytes + size}


async def reserve(tx: Transaction, use: AgreementUse, *, more: int, size: int) -> AgreementUse:
    """Count a use."""
    return await tx.uses.put(
        use, uses=use.uses + more, bytes=use.bytes + size, in_hour=use.in_hour + more
    )


async def give_back(tx: Transaction, agreement: str, size: int) -> None:
    """Take back bytes that were reserved and not sent."""
    use = await tx.uses.get(agreement)
    if use and size:
        await tx.uses.put(use, bytes=max(use.bytes - size, 0))


async def kept(tx: Transaction, agreement: str, now: datetime) -> AgreementUse:
    """Return what was used under `agreement`, with nothing in an hour that has just begun."""
    hour = now.strftime("%Y-%m-%dT%H")
    use = await tx.uses.get(agreement) or AgreementUse(agreement=agreement, hour=hour)
    # A clock that is set back opens no new hour.
    return use if use.hour >= hour else msgspec.structs.replace(use, hour=hour, in_hour=0)
