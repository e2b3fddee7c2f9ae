"""May this be used now? One answer, whoever asks, and nothing is done by asking.

The catalog asks before there is an agreement, then the request and the acceptance, each transfer,
each access, and the watch over what runs. A consumer's reuse of an agreement is the provider's to
decide, at the transfer that it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from faifo.node.rules import deciding
from faifo.node.rules.booked import booked
from faifo.policy.compile import compiled
from faifo.policy.decision import Decision, Reason, write
from faifo.policy.evaluate import evaluate
from faifo.policy.operands.passport import OPERAND as ACCEPTED
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Dataset, Negotiation, Proof, Stop

WITHDRAWN: Final = "standing.withdrawn"
PASSPORT: Final = "standing.passport-withdrawn"
SUSPENDED: Final = "standing.passport-suspended"
REPLACED: Final = "standing.replaced"
ENDED: Final = "standing.ended"
AGREEMENT_SUSPENDED: Final = "standing.agreement-suspended"
NOT_IN_FORCE: Final = "standing.not-in-force"
STOPPED: Final = "standing.stopped"
NOT_LET: Final = "standing.not-let"
ASSUMED: Final = "nobody yet"
SOMEBODY_ELSE: Final = "standing.somebody-else"


def standing(
    who: Proof,
    *,
    dataset: Dataset | None,
    now: datetime,
    agreement: Agreement | None = None,
    purpose: str | None = None,
    asked: Mapping[str, Any] | None = None,
    publication: str | None = None,
    barred: Stop | None = None,
    **more: Any,
) -> Decision:
    """Return whether `who` may use `dataset` now, with every reason.

    By `agreement`, or before there is one by the policy that is `asked` for out of `publication`,
    or by what the dataset offers. With a `purpose` for that one; otherwise for every purpose that
    was agreed or asked for (which one is not told, design §8), or any that is offered. `barred`:
    what a person has stopped of them. `more`: what else is known (`deciding.facts`).
    """
    fixed = agreement.document if agreement else asked
    offer = dataset.policy if dataset else {}
    policy = offer if fixed is None else fixed
    more = {"agreed": agreement.created if agreement else None, **more}
    terms = by_terms(who, policy, now=now, purpose=purpose, every=fixed is not None, **more)
    halt = (Reason(code=STOPPED, holds=False, facts={"why": barred.reason}),) if barred else ()
    barriers = (*halt, *_of_dataset(dataset), *_of_agreement(who, dataset, agreement, publication))
    return _refused(*barriers, terms=terms) if barriers else terms


async def would_agree(
    tx: Transaction, record: Negotiation, asked: Mapping[str, Any], *, now: datetime, **more: Any
) -> Decision:
    """Return whether `asked` may be agreed to in a negotiation now."""
    who = record.proof
    return standing(
        who,
        dataset=await tx.datasets.get(record.dataset),
        asked=asked,
        barred=await stopped(tx, who, record.dataset),
        publication=record.offer_id,
        now=now,
        **await booked(tx, compiled(asked), who.did, now=now),
        **more,
    )


def barred(decision: Decision, why: tuple[str, ...]) -> Decision:
    """Return the refusal of what the rules permit, for reasons of a person or of the conduct."""
    told = {"why": "; ".join(why) or "-"}
    return _refused(Reason(code=NOT_LET, holds=False, facts=told), terms=decision)


async def stopped(tx: Transaction, who: Proof, dataset: str) -> Stop | None:
    """Return what a person has stopped of the two, which ended all agreements about it."""
    return await tx.stops.get("partner", who.did) or await tx.stops.get("dataset", dataset)


def offered(who: Proof, dataset: Dataset, *, now: datetime) -> bool:
    """Tell whether `who` sees the dataset; that its passport is withdrawn is told with it."""
    return visible(who, dataset.visibility, now=now) and dataset.withdrawn is None


def visible(who: Proof, policy: Mapping[str, Any], *, now: datetime) -> bool:
    """Tell whether `who` sees what is under `policy`.

    What can still come hides nothing: that a person agrees, and that a passport is accepted.
    """
    packs = [one.value for one in compiled(policy).atoms if one.operand is ACCEPTED]
    accepted = tuple(frozenset[str]().union(*packs))
    return by_terms(who, policy, now=now, every=False, approved=ASSUMED, passports=accepted).permits


def by_terms(
    who: Proof,
    policy: Mapping[str, Any],
    *,
    now: datetime,
    purpose: str | None = None,
    every: bool = True,
    **more: Any,
) -> Decision:
    """Return what `policy` alone says, for `purpose`, or for every or any that it names.

    Purposes that the policy does not tell apart are judged once.
    """
    read = compiled(policy)
    last = None
    for one in (purpose,) if purpose else read.distinct or (None,):
        known = deciding.facts(
            consumer=who.did, now=now, purpose=one, proof=who, wanted=read.operands, **more
        )
        last = evaluate(read, known)
        if last.permits is not every:
            break
    assert last is not None  # noqa: S101 - the loop runs at least once
    return last


def _of_dataset(dataset: Dataset | None) -> tuple[Reason, ...]:
    if dataset is None or dataset.withdrawn:
        return (Reason(code=WITHDRAWN, holds=False),)
    if dataset.passport and dataset.passport.withdrawal is not None:
        return (Reason(code=PASSPORT, holds=False),)
    if dataset.passport and dataset.passport.suspended is not None:
        told = {"incident": dataset.passport.suspended}
        return (Reason(code=SUSPENDED, holds=False, facts=told),)
    return ()


def _of_agreement(
    who: Proof, dataset: Dataset | None, agreement: Agreement | None, publication: str | None
) -> tuple[Reason, ...]:
    found = []
    current = (dataset.offer_id, dataset.version) if dataset else ("", 0)
    if agreement is None:
        if publication not in {None, current[0]}:
            found.append(Reason(code=REPLACED, holds=False))
        return tuple(found)
    if agreement.ended:
        why = "; ".join(agreement.reason) or "-"
        found.append(Reason(code=ENDED, holds=False, facts={"why": why}))
    elif agreement.suspended:
        by = agreement.suspended_by.value if agreement.suspended_by else "-"
        told = {"by": by, "why": "; ".join(agreement.reason) or "-"}
        found.append(Reason(code=AGREEMENT_SUSPENDED, holds=False, facts=told))
    elif not agreement.active:
        told = {"agreement": agreement.id}
        found.append(Reason(code=NOT_IN_FORCE, holds=False, facts=told))
    elif (agreement.publication, agreement.version) != current:
        found.append(Reason(code=REPLACED, holds=False))
    if agreement.consumer != who.did:
        found.append(Reason(code=SOMEBODY_ELSE, holds=False, facts={"given": who.did}))
    return tuple(found)


def _refused(*barriers: Reason, terms: Decision | None = None) -> Decision:
    def whole() -> Any:
        judged = terms.written if terms else None
        others = judged.reason.children if judged and judged.policy else ()
        reason = Reason(code="decision", holds=False, children=(*barriers, *others))
        return write(reason, judged.policy if judged else {}, judged.facts if judged else {})

    return Decision(False, whole, barriers=tuple(reason.code for reason in barriers))
