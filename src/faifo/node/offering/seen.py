"""Why a partner sees a dataset or does not: the decision that its next request would meet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from faifo.errors import NotFoundError
from faifo.node.custody.trust_file import TrustedParticipant
from faifo.node.membership.authentication import claims_of
from faifo.node.rules import deciding
from faifo.node.rules.booked import booked
from faifo.node.rules.standing import by_terms, visible
from faifo.phrases import Phrase
from faifo.policy.compile import compiled
from faifo.policy.decision import Decision
from faifo.policy.evaluate import evaluate
from faifo.store.contract import Transaction
from faifo.store.records import Dataset, Proof, SourceKind, StoredSource


class Seen(NamedTuple):
    """One decision for each purpose that the terms name.

    It is seen if any of them permits, or if `access` does, where who sees it has terms of its own.
    `proof` is what the partner last proved, or would by this node's trust file; None: nothing.
    `after_approval`: it is seen, though a person must agree to each request.
    """

    dataset: Dataset
    proof: Proof | None
    decisions: tuple[tuple[str | None, Decision], ...]
    access: Decision | None = None
    after_approval: bool = False

    @property
    def visible(self) -> bool:
        permitted = any(decision.permits for _, decision in self.decisions) or self.after_approval
        if self.access is not None:
            permitted = self.access.permits
        return permitted and self.dataset.withdrawn is None


async def seen_by(
    tx: Transaction,
    name: str,
    did: str,
    *,
    trusted: TrustedParticipant | None,
    now: datetime,
    purpose: str | None = None,
) -> Seen:
    """Decide as for `did`, without asking it anything.

    Raises:
        NotFoundError: no such dataset.
    """
    dataset = await tx.datasets.get(name)
    if dataset is None:
        raise NotFoundError(what=Phrase("errors.told.thing.dataset"), name=name)
    return await would_see(tx, dataset, did, trusted=trusted, now=now, purpose=purpose)


async def would_see(
    tx: Transaction,
    dataset: Dataset,
    did: str,
    *,
    trusted: TrustedParticipant | None,
    now: datetime,
    purpose: str | None = None,
    action: str = "use",
) -> Seen:
    """Decide as for `did` about a dataset that need not be published."""
    proof = await _known(tx, did, trusted)
    decisions = await _judged(
        tx, dataset.policy, did, proof, purpose=purpose, now=now, action=action
    )
    access = None
    if dataset.access is not None:
        who = proof or Proof(did=did)
        access = by_terms(who, dataset.access, now=now, every=False)
    asked = visible(proof or Proof(did=did), dataset.policy, now=now)
    return Seen(dataset, proof, decisions, access, after_approval=asked)


async def _judged(
    tx: Transaction,
    policy: Mapping[str, Any],
    did: str,
    proof: Proof | None,
    *,
    purpose: str | None,
    now: datetime,
    action: str,
) -> tuple[tuple[str | None, Decision], ...]:
    read = compiled(policy)
    facts = await booked(tx, read, did, now=now)
    decisions = []
    for one in (purpose,) if purpose else read.purposes or (None,):
        known = deciding.facts(
            consumer=did, now=now, purpose=one, proof=proof, wanted=read.operands, **facts
        )
        decisions.append((one, evaluate(read, known, action=action)))
    return tuple(decisions)


async def _known(tx: Transaction, did: str, trusted: TrustedParticipant | None) -> Proof | None:
    proof = await _last_proof(tx, did)
    if proof is None and trusted is not None:
        proof = Proof(did=did, claims=claims_of(trusted))
    return proof


def drafted(policy: dict[str, Any], access: dict[str, Any] | None, *, now: datetime) -> Dataset:
    """Return a dataset that stands nowhere, to be decided about."""
    source = StoredSource(kind=SourceKind.FILE, location="")
    return Dataset(
        id="draft",
        title="",
        offer_id="draft",
        policy=policy,
        access=access,
        source=source,
        media_type="",
        published=now,
    )


async def _last_proof(tx: Transaction, did: str) -> Proof | None:
    """Return what credentials last proved; the trust file may say another thing by now."""
    for table in (tx.transfers, tx.negotiations):
        for record in await table.find(peer=did, newest_first=True, limit=1):
            if isinstance(record.proof.evidence.get("credentials"), list):
                return record.proof
    return None
