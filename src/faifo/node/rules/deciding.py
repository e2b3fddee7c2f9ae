"""Facts for the policy room, and decisions for the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import structs, to_builtins

from faifo import ids
from faifo.policy.compile import compiled
from faifo.policy.decision import Decision
from faifo.policy.evaluate import evaluate
from faifo.policy.model import Fact, Use
from faifo.policy.operands import operands
from faifo.store.contract import Transaction
from faifo.store.records import Proof, StoredDecision


def facts(
    *, consumer: str, now: datetime, purpose: str | None, proof: Proof | None = None
) -> dict[str, Fact]:
    """Return what is known about a use: who, when, the declared purpose, and what was proven."""
    use = Use(who=consumer, at=now, purpose=purpose)
    if proof is not None and proof.did == consumer:
        use = structs.replace(use, claims=proof.claims, evidence=proof.evidence)
    found = ((term, operand.fact(use)) for term, operand in operands().items())
    return {term: fact for term, fact in found if fact is not None}


def decide(
    policy: Mapping[str, Any],
    *,
    consumer: str,
    now: datetime,
    proof: Proof | None = None,
) -> Decision:
    """Decide about a use for every purpose that `policy` names: all must be permitted.

    `proof`: what the consumer has proven.

    The purposes stand in the agreement (design §8): a use is for one of them, which one is not
    told, so each must be allowed.
    """
    decision = None
    read = compiled(policy)
    for purpose in read.purposes or (None,):
        known = facts(consumer=consumer, now=now, purpose=purpose, proof=proof)
        decision = evaluate(read, known)
        if not decision.permits:
            break
    assert decision is not None  # noqa: S101 - the loop runs at least once
    return decision


def visible(
    policy: Mapping[str, Any], *, consumer: str, now: datetime, proof: Proof | None = None
) -> bool:
    """Tell whether `consumer` could agree to `policy` today, for at least one of its purposes."""
    read = compiled(policy)
    return any(
        evaluate(read, facts(consumer=consumer, now=now, purpose=purpose, proof=proof)).permits
        for purpose in read.purposes or (None,)
    )


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


def reasons(decision: Decision, lang: str = "en") -> tuple[str, ...]:
    """Return why, as sentences that may be told to the other side."""
    told: Sequence[str] = decision.sentences(lang)
    return tuple(told)
