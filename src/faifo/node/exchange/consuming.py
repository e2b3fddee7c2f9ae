"""What this node asks of others: negotiations and transfers begun here, and their data."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from faifo import ids
from faifo.errors import (
    ConflictError,
    IllegalTransitionError,
    NotFoundError,
    PeerError,
    RefusedError,
)
from faifo.machines import negotiation
from faifo.machines import transfer as transfers
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.catalog import Dataset as CatalogDataset
from faifo.messages.dsp_2025_1.data_address import Endpoint, read_endpoint
from faifo.node.exchange.conduct import Act
from faifo.node.exchange.engine import Engine
from faifo.node.exchange.transferring import PULL
from faifo.node.membership.shown import own_proof
from faifo.node.outward.partners import Partner
from faifo.node.rules import deciding
from faifo.policy.compile import compiled
from faifo.policy.terms import with_purpose
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Negotiation, Process, Proof, Transfer

P = TypeVar("P", bound=Process)


class Consuming:
    """The use cases of a consumer, and of a person who ends, pauses or accepts."""

    def __init__(self, negotiations: Engine[Negotiation], transfers: Engine[Transfer]) -> None:
        self._negotiations = negotiations
        self._transfers = transfers

    def wanted_offer(self, dataset: CatalogDataset, purpose: str | None) -> dict[str, Any]:
        """Return the offer to ask for: the dataset's first, narrowed to `purpose` if given.

        Raises:
            RefusedError: the dataset is not on offer, or the offer does not allow the purpose.
        """
        if not dataset.has_policy:
            raise RefusedError(
                what=f"the dataset {dataset.id!r}",
                reasons=("its owner shows it without an offer that can be read",),
            )
        offer = dict(dataset.has_policy[0])
        if purpose is not None:
            offer = with_purpose(offer, purpose)
        return {**offer, "@type": "Offer", "target": dataset.id}

    async def reusable(
        self,
        tx: Transaction,
        *,
        provider: str,
        dataset: str,
        purpose: str | None,
        did: str,
        now: datetime,
    ) -> tuple[Negotiation | None, tuple[str, ...]]:
        """Return the newest negotiation whose agreement still permits the use, if there is one.

        Needs nobody else: an agreement is enough, whatever the provider's catalog shows today.
        Without one, the reasons say why those that there are do not do.
        """
        agreements = await tx.agreements.find(
            provider=provider, dataset=dataset, newest_first=True, limit=100
        )
        why: tuple[str, ...] = ()
        proof = await own_proof(tx, did, now=now)
        for agreement in agreements:
            if not agreement.active or agreement.ended or agreement.role is not Role.CONSUMER:
                continue
            agreed = compiled(agreement.document).purposes
            if purpose is not None and agreed != (purpose,):
                continue
            decision = deciding.decide(agreement.document, consumer=did, now=now, proof=proof)
            record = await tx.negotiations.get(agreement.negotiation or "")
            if decision.permits and record:
                return record, ()
            why = why or deciding.reasons(decision)
        return None, why

    async def negotiate(
        self, tx: Transaction, partner: Partner, offer: dict[str, Any], *, now: datetime
    ) -> Negotiation:
        """Begin a negotiation for `offer`."""
        record = Negotiation(
            pid=ids.new_urn(now),
            role=Role.CONSUMER,
            state=None,
            peer=partner.did,
            proof=Proof(did=partner.did),
            created=now,
            updated=now,
            callback=partner.base,
            dataset=offer["target"],
            offer_id=offer["@id"],
            offer=offer,
            offered_by=Role.CONSUMER,
        )
        act = Act(negotiation.Message.REQUEST)
        return await self._negotiations.begin(tx, record, act, now=now)

    async def transfer(
        self, tx: Transaction, agreement_id: str, *, now: datetime, base: str | None = None
    ) -> Transfer:
        """Begin a transfer under an agreement that this node has as consumer."""
        agreement = await self._usable(tx, agreement_id)
        if base is None:
            record = await tx.negotiations.get(agreement.negotiation or "")
            base = record.callback if record else ""
        begun = Transfer(
            pid=ids.new_urn(now),
            role=Role.CONSUMER,
            state=None,
            peer=agreement.provider,
            proof=Proof(did=agreement.provider),
            created=now,
            updated=now,
            callback=base,
            dataset=agreement.dataset,
            agreement=agreement.id,
            format=PULL,
        )
        act = Act(transfers.Message.REQUEST)
        return await self._transfers.begin(tx, begun, act, now=now)

    async def _usable(self, tx: Transaction, agreement_id: str) -> Agreement:
        agreement = await tx.agreements.get(agreement_id, Role.CONSUMER)
        if agreement is None:
            raise NotFoundError(what="agreement as consumer", name=agreement_id)
        if not agreement.active or agreement.ended:
            raise ConflictError(
                what=f"the agreement {agreement_id} is not in force",
                advice="its negotiation must be FINALIZED",
            )
        return agreement

    async def say_in_negotiation(
        self, tx: Transaction, pid: str, message: negotiation.Message, reason: str, *, now: datetime
    ) -> Negotiation:
        """Send a message that a person decided on."""
        record = await tx.negotiations.get(pid)
        if record is None:
            raise NotFoundError(what="negotiation", name=pid)
        if record.state is None and message is negotiation.Message.TERMINATION:
            return await self._negotiations.end(tx, record, reasons=(reason,), now=now)
        act = Act(message, reason=(reason,))
        return await _said(self._negotiations, tx, record, act, now)

    async def say_in_transfer(
        self, tx: Transaction, pid: str, message: transfers.Message, reason: str, *, now: datetime
    ) -> Transfer:
        """Send a message that a person decided on."""
        record = await tx.transfers.get(pid)
        if record is None:
            raise NotFoundError(what="transfer", name=pid)
        if record.state is None and message is transfers.Message.TERMINATION:
            return await self._transfers.end(tx, record, reasons=(reason,), now=now)
        act = Act(message, reason=(reason,))
        return await _said(self._transfers, tx, record, act, now)

    async def data_address(self, tx: Transaction, pid: str) -> tuple[Transfer, Endpoint]:
        """Return a running transfer and where its data is.

        Raises:
            NotFoundError: no such transfer as consumer.
            ConflictError: it is not running.
            PeerError: what the provider sent is not usable.
        """
        record = await tx.transfers.get(pid)
        if record is None or record.role is not Role.CONSUMER:
            raise NotFoundError(what="transfer as consumer", name=pid)
        if record.state is not transfers.State.STARTED or record.data_address is None:
            why = "; ".join(record.reason)
            state = record.state.value if record.state else "not acknowledged yet"
            raise ConflictError(
                what=f"the transfer {pid} is {state}" + (f" ({why})" if why else ""),
                advice="request a new transfer under the agreement",
            )
        endpoint = read_endpoint(record.data_address)
        if endpoint is None:
            raise PeerError(
                who=record.peer, status=200, reasons=("its data address has no endpoint or token",)
            )
        return record, endpoint


async def _said(engine: Engine[P], tx: Transaction, record: P, act: Act, now: datetime) -> P:
    """Say something; what the state forbids is a conflict for a person, not a bad message."""
    try:
        return await engine.say(tx, msgspec.structs.replace(record, hold=None), act, now=now)
    except IllegalTransitionError as error:
        raise ConflictError(what=str(error), advice="look with: faifo show " + record.pid) from None
