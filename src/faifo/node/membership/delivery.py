"""Delivery of credentials, through the outbox: again and again until the holder has them.

Spec: DCP 1.0 §6.5.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

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
            done = msgspec.structs.replace(request, delivered=now, trouble=None)
            await tx.issuances.put(done)
        names = {"process": row.process, "peer": row.peer}
        await happened(tx, "credentials-delivered", now, names)

    async def refused(
        self, tx: Transaction, row: OutboxRow, outcome: Outcome, *, now: datetime
    ) -> None:
        await tx.outbox.delete(row.id)
        request = await tx.issuances.get(row.process)
        if request:
            trouble = outcome.trouble[:1000]
            await tx.issuances.put(msgspec.structs.replace(request, trouble=trouble))
        names, detail = {"process": row.process, "peer": row.peer}, {"why": list(outcome.reasons)}
        await happened(tx, "credentials-not-taken", now, names, detail)
