"""What a new version of a publication means for what was agreed about the versions before.

An agreement goes on for the new version where its terms are not wider than the new ones. Its
running transfers start again, so that the consumer learns the version and the digest. The other
agreements end, and negotiations under way for terms that are no longer offered.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from faifo.machines.negotiation import TERMINAL
from faifo.machines.role import Role
from faifo.machines.transfer import State
from faifo.node.exchange.ending import Ending
from faifo.node.rules import deciding
from faifo.phrases import Phrase
from faifo.policy.compare import narrows
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Dataset


async def replaced(tx: Transaction, dataset: Dataset, ending: Ending, *, now: datetime) -> None:
    """Let each agreement about `dataset`, which is kept as its new version, go on or end."""
    for one in await tx.agreements.find(role=Role.PROVIDER.value, dataset=dataset.id):
        if one.ended or one.publication != dataset.offer_id:
            continue
        decision = narrows(one.document, dataset.policy)
        if decision.permits:
            await _goes_on(tx, one, dataset, ending, now=now)
        else:
            facts = {"version": dataset.version, "dataset": dataset.id}
            why = (str(Phrase("reason.narrowed", **facts)), *deciding.reasons(decision))
            await ending.end(tx, why, now=now, agreement=one.id)
    for process in await tx.negotiations.find(role=Role.PROVIDER.value, dataset=dataset.id):
        if process.state not in TERMINAL and not narrows(process.offer, dataset.policy).permits:
            await ending.negotiation(tx, process, (_said(dataset),), now=now)


async def _goes_on(
    tx: Transaction, agreement: Agreement, dataset: Dataset, ending: Ending, *, now: datetime
) -> None:
    kept = await ending.renew(tx, agreement, dataset.version, now=now)
    for one in await tx.transfers.find(role=Role.PROVIDER.value, agreement=kept.id):
        if one.state is State.STARTED and one.open and not one.of_guest:
            again = msgspec.structs.replace(one, renewing=True)
            await ending.transfer(
                tx, again, (_said(dataset),), now=now, suspend=True, event="transfer-renewed"
            )


def _said(dataset: Dataset) -> str:
    return str(Phrase("reason.replaced", version=dataset.version, dataset=dataset.id))
