"""Facts for the policy room, and decisions for the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from faifo import ids
from faifo.node.membership.shown import MEMBERSHIP
from faifo.policy.canonical import flattened
from faifo.policy.constraints import Constraint, understand
from faifo.policy.decision import Decision
from faifo.policy.evaluate import evaluate
from faifo.policy.facts import Fact
from faifo.policy.vocabulary import CREDENTIAL, ECONOMY, PURPOSE
from faifo.store.contract import Transaction
from faifo.store.records import Proof, StoredDecision


def facts(
    *, consumer: str, now: datetime, purpose: str | None, proof: Proof | None = None
) -> dict[str, Fact]:
    """Return what is known about a use: who, when, the declared purpose, and what was proven."""
    known = {
        "recipient": Fact(value=consumer, provenance="proven by its self-issued token"),
        "dateTime": Fact(value=now, provenance="this node's clock"),
    }
    if purpose is not None:
        known["purpose"] = Fact(value=purpose, provenance="declared by the consumer, in the policy")
    if proof is not None and proof.did == consumer:
        known.update(_proven(proof))
    return known


def _proven(proof: Proof) -> dict[str, Fact]:
    """Return what credentials, or else this node's trust file, say about who was proven."""
    shown = proof.evidence.get("credentials")
    entries = [one for one in shown if isinstance(one, dict)] if isinstance(shown, list) else []
    known = {}
    economy = proof.claims.get("economy")
    if isinstance(economy, str) and economy:
        members = [one for one in entries if MEMBERSHIP in one.get("types", ())]
        source = _of(members[-1]) if members else "written in this node's trust file"
        known[ECONOMY] = Fact(value=economy, provenance=source)
    if isinstance(shown, list):
        types = tuple(sorted({name for one in entries for name in one.get("types", ())}))
        source = "; ".join(_of(one) for one in entries) or "none was presented"
        known[CREDENTIAL] = Fact(value=types, provenance=source)
    return known


def _of(entry: Mapping[str, Any]) -> str:
    return f"proven by credential {entry.get('id')} of {entry.get('issuer')}"


def purposes_of(policy: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the purposes that the permissions of `policy` name, in their order."""
    named: dict[str, None] = {}
    for rule in policy.get("permission") or ():
        for part in flattened(list(rule.get("constraint") or ())):
            meant = understand(part) if isinstance(part, dict) else None
            if not isinstance(meant, Constraint) or meant.operand != PURPOSE:
                continue
            if meant.operator in {"eq", "isAnyOf"}:
                named.update(dict.fromkeys(sorted(meant.values)))
    return tuple(named)


def decide(
    policy: Mapping[str, Any],
    *,
    consumer: str,
    now: datetime,
    purposes: tuple[str, ...] | None = None,
    proof: Proof | None = None,
) -> Decision:
    """Decide about a use for every purpose that `policy` names: all must be permitted.

    `purposes` are those of `policy`, for a caller that has looked already. `proof`: what the
    consumer has proven.

    The purposes stand in the agreement (design §8): a use is for one of them, which one is not
    told, so each must be allowed.
    """
    decision = None
    for purpose in (purposes_of(policy) if purposes is None else purposes) or (None,):
        known = facts(consumer=consumer, now=now, purpose=purpose, proof=proof)
        decision = evaluate(policy, known)
        if not decision.permits:
            break
    assert decision is not None  # noqa: S101 - the loop runs at least once
    return decision


def visible(
    policy: Mapping[str, Any], *, consumer: str, now: datetime, proof: Proof | None = None
) -> bool:
    """Tell whether `consumer` could agree to `policy` today, for at least one of its purposes."""
    return any(
        evaluate(policy, facts(consumer=consumer, now=now, purpose=purpose, proof=proof)).permits
        for purpose in purposes_of(policy) or (None,)
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
        document=msgspec.to_builtins(decision),
        process=process,
        agreement=agreement,
    )
    await tx.decisions.put(stored)
    return stored.id


def reasons(decision: Decision, lang: str = "en") -> tuple[str, ...]:
    """Return why, as sentences that may be told to the other side."""
    told: Sequence[str] = decision.sentences(lang)
    return tuple(told)
