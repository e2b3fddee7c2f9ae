"""What this node's books know of a use: counted, decided about passports, proven to be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from faifo.ai.decision import person
from faifo.ai.decision.records import Decision
from faifo.ai.passport import statement
from faifo.node.rules import counting
from faifo.policy.model import Policy
from faifo.policy.operands.passport import PASSPORT
from faifo.store.contract import Transaction

LOOKED_AT: Final = 100
"""Decisions about one partner's passports, the newest first."""


async def booked(
    tx: Transaction,
    policy: Policy,
    who: str,
    *,
    now: datetime,
    agreement: str | None = None,
    more: int = 0,
) -> dict[str, Any]:
    """Return what `policy` asks of the books, as members of a `Use`; with `more` uses counted."""
    found: dict[str, Any] = {}
    if agreement and policy.counts:
        found["counted"] = await counting.counts(tx, agreement, now, more=more)
    if PASSPORT in policy.operands:
        found["passports"] = await _accepted(tx, who, now)
    if agreement and policy.first:
        dues = await tx.dues.find(agreement=agreement)
        found["done"] = tuple(one.id.removeprefix(f"{agreement}#") for one in dues if one.done)
    return found


async def _accepted(tx: Transaction, who: str, now: datetime) -> tuple[str, ...]:
    """Return the packs by which a passport of `who` is accepted: the newest decision counts."""
    newest: dict[tuple[str, str], str | None] = {}
    for one in await tx.judgements.find(provider=who, newest_first=True, limit=LOOKED_AT):
        if (one.passport, one.pack) in newest:
            continue
        decision = statement.read_unproven(one.envelope, statement.DECISION, Decision)
        stands = person.passes(decision) and now < one.valid_until
        if stands and await tx.suspensions.find(passport=one.passport, limit=1):
            stands = False
        newest[one.passport, one.pack] = decision.pack if stands else None
    return tuple(sorted({pack for pack in newest.values() if pack}))
