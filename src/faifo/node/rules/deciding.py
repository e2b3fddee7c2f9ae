"""Facts for the policy room, and decisions for the books."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import structs, to_builtins

from faifo import ids
from faifo.policy.decision import Decision
from faifo.policy.explain import shareable
from faifo.policy.model import DUTY, NOT_YET, Fact, Use
from faifo.policy.operands import operands
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Proof, StoredDecision


def facts(
    *,
    consumer: str,
    now: datetime,
    purpose: str | None,
    proof: Proof | None = None,
    wanted: Collection[str] = (),
    **more: Any,
) -> dict[str, Fact]:
    """Return what is known about a use: who, when, the declared purpose, and what was proven.

    `wanted`: the operands that a policy names. `more`: the other members of a `Use`.
    """
    known_of = Use(who=consumer, at=now, purpose=purpose, **more)
    if proof is not None and proof.did == consumer:
        known_of = structs.replace(known_of, claims=proof.claims, evidence=proof.evidence)
    known = {
        term: fact
        for term, look_up in _looked_up(frozenset(wanted))
        if (fact := look_up(known_of)) is not None
    }
    if DUTY in wanted:
        known[DUTY] = _done(known_of)
    return known


def _done(known_of: Use) -> Fact:
    if known_of.agreed is None:
        return Fact(value=NOT_YET, provenance="no agreement yet")
    return Fact(value=known_of.done, provenance="this node's books, by the agreement")


@lru_cache(maxsize=256)
def _looked_up(wanted: frozenset[str]) -> tuple[tuple[str, Callable[[Use], Fact | None]], ...]:
    return tuple(
        (term, operand.fact)
        for term, operand in operands().items()
        if not operand.on_demand or term in wanted
    )


def use(proof: Proof, agreement: Agreement, now: datetime) -> Use:
    """Return what is known of a use under an agreement, apart from the books."""
    agreed, evidence = agreement.created, proof.evidence
    return Use(who=proof.did, at=now, agreed=agreed, claims=proof.claims, evidence=evidence)


async def keep(
    tx: Transaction,
    decision: Decision,
    *,
    stage: str,
    now: datetime,
    process: str | None = None,
    agreement: str | None = None,
) -> str:
    """Store the whole decision and return its id."""
    stored = StoredDecision(
        id=ids.new_urn(now),
        stage=stage,
        at=now,
        permitted=decision.permits,
        document=to_builtins(decision.written),
        process=process,
        agreement=agreement,
    )
    await tx.decisions.put(stored)
    return stored.id


def reasons(decision: Decision) -> tuple[str, ...]:
    """Return why, as sentences that may be told to the other side; the books keep it whole."""
    return shareable(decision.reason, "en")
