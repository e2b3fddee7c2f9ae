"""Delivery of credentials, through the outbox: again and again until the holder has them.

Spec: DCP 1.0 §6.5.
"""

from __future__ import annotations

from datetime import datetime

from faifo.node.delivery.peer_answer import Outcome
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import OutboxRow

ISSUANCE = "issuance"


class Deliveries:
    """What becomes of a CredentialMessage; see `outbox.Outcomes`."""

    async def acknowledged(
        self,
        tx: Transaction,
        row: OutboxRow,
        outcome: Outcome,  # noqa: ARG002
        *,
        now: datetime,
    ) -> None:
        await tx.outbox.delete(row.id)
        request = await tx.issuances.get(row.process)
        if request:
            await tx.issuances.put(request, delivered=now, trouble=None)
        names = {"process": row.process, "peer": row.peer}
        await happened(tx, "credentials-delivered", now, names)

    async def refused(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        await tx.outbox.delete(row.id)
        request = await tx.issuances.get(row.process)
        if request:
            await tx.issuances.put(request, trouble=outcome.trouble[:1000])
        names, detail = {"process": row.process, "peer": row.peer}, {"why": list(outcome.reasons)}
        await happened(tx, "credentials-not-taken", now, names, detail)
