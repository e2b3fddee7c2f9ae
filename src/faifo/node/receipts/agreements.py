"""When an agreement is in force, as far as receipts decide that (design §12).

With a partner that announces receipts, when its receipt for the agreement is proven; with any other
at FINALIZED, marked one-sided, or never.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from faifo.bounded import Bounded
from faifo.ledger.leaf import Kind, Opening, Side
from faifo.machines.role import Role
from faifo.store.contract import Transaction
from faifo.store.records import Agreement

Required = Literal["never", "announced", "always"]
VERIFIED: Final = "verified"
WAITING: Final = "waiting"
ONE_SIDED: Final = "one-sided"
PARTNERS: Final = 10_000


class AgreementReceipts:
    """`announcing` is told whenever a partner's document is looked at."""

    def __init__(self, required: Required = "never") -> None:
        self.required = required
        self.announcing: Bounded[str, bool] = Bounded(PARTNERS)

    async def one_sided(self, tx: Transaction, peer: str) -> bool:
        """Tell whether no receipts are to be had from `peer`."""
        known = self.announcing.get(peer)
        if known is None:
            known = await tx.peer_logs.first(did=peer) is not None
        return not known

    async def barred(self, tx: Transaction, peer: str) -> bool:
        """Tell whether there is to be no agreement with `peer`, which gives no receipts."""
        return self.required == "always" and await self.one_sided(tx, peer)

    async def in_force(self, tx: Transaction, agreement: Agreement) -> Agreement:
        """Return `agreement` at FINALIZED: in force, or waiting for the other side's receipt."""
        if self.required == "never":
            return msgspec.structs.replace(agreement, active=True)
        given = await tx.peer_receipts.find(
            agreement=agreement.id, peer=agreement.peer, state=VERIFIED
        )
        if any(one.kind == "agreement" for one in given):
            return msgspec.structs.replace(agreement, active=True, receipts=VERIFIED)
        if not await self.one_sided(tx, agreement.peer):
            return msgspec.structs.replace(agreement, receipts=WAITING)
        active = self.required == "announced"
        return msgspec.structs.replace(agreement, active=active, receipts=ONE_SIDED)


async def agreement_of(
    tx: Transaction, peer: str, name: str | None, opening: Opening | None
) -> Agreement | None:
    """Return the agreement of ours that a receipt is about, if it says the same as ours."""
    if opening is None or opening.kind is not Kind.AGREEMENT or name is None:
        return None
    try:
        told = msgspec.json.decode(opening.record)
        named, document = told["agreement"], told["document"]
    except (msgspec.MsgspecError, LookupError, TypeError):
        return None
    role = Role.CONSUMER if opening.side is Side.PROVIDER else Role.PROVIDER
    ours = await tx.agreements.get(name, role)
    same = ours is not None and ours.peer == peer and (named, document) == (name, ours.document)
    return ours if same else None
