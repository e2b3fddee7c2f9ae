"""What this node asks of others: negotiations and transfers begun here, and their data."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from shlex import quote
from typing import Any, NamedTuple, TypeVar

import msgspec

from faifo import ids
from faifo.errors import (
    ConflictError,
    FaifoError,
    IllegalTransitionError,
    MalformedMessageError,
    NotFoundError,
    PeerError,
    RefusedError,
    SettingsError,
)
from faifo.machines import negotiation
from faifo.machines import transfer as transfers
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1.catalog import Dataset as CatalogDataset
from faifo.messages.dsp_2025_1.data_address import Endpoint, read_endpoint
from faifo.messages.dsp_2025_1.push_address import push_address, read_push_target
from faifo.node.exchange.conduct import Act
from faifo.node.exchange.engine import Engine
from faifo.node.exchange.negotiating import no_longer_asked, segment
from faifo.node.exchange.transferring import PULL, PUSH
from faifo.node.outward.partners import Partner
from faifo.node.rules.standing import by_terms
from faifo.phrases import Phrase
from faifo.policy.compile import compiled
from faifo.policy.foreign_terms import foreign_terms, without_terms
from faifo.policy.terms import Terms, impossible, offer, says_purpose, with_purpose
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import (
    Agreement,
    Negotiation,
    Process,
    Proof,
    Transfer,
)

P = TypeVar("P", bound=Process)

NEEDS_PURPOSE = "errors.told.terms.purposes"


class Wish(NamedTuple):
    """What is wanted of a dataset's offers; `accepted_terms` are named by a person.

    `terms`: an offer of one's own, under the id of the one that it answers.
    """

    purpose: str | None = None
    accepted_terms: tuple[str, ...] = ()
    offer: str | None = None
    terms: Terms | None = None


ANY = Wish()


class Destination(NamedTuple):
    """Where data is pushed to: an address, or without one this node's own inbox.

    `authorization` is the value of the header field that the receiver wants, a secret; `method` is
    how it takes what comes.
    """

    url: str | None = None
    authorization: str | None = None
    method: str = "POST"


class Consuming:
    """The use cases of a consumer, and of a person who ends, pauses or accepts."""

    def __init__(
        self,
        negotiations: Engine[Negotiation],
        transfers: Engine[Transfer],
        *,
        did: str,
        inbox: str,
    ) -> None:
        self._inbox = inbox
        self._did = did
        self._negotiations = negotiations
        self._transfers = transfers

    def wanted_offer(self, dataset: CatalogDataset, wish: Wish, *, now: datetime) -> dict[str, Any]:
        """Return the offer to ask for: the first that fits and permits, narrowed to the purpose.

        Without a word about purposes an offer is not narrowed: the declaration stays in our book.
        A purpose that the terms want is never chosen for anybody.

        Raises:
            RefusedError: no offer there, or none that fits; the reasons say why.
        """
        what = Phrase("errors.told.terms.dataset", dataset=dataset.id)
        offers = [one for one in dataset.has_policy if wish.offer in {None, one["@id"]}]
        if not offers:
            shown = ", ".join(str(one["@id"]) for one in dataset.has_policy)
            why = Phrase(f"errors.told.terms.{'offers' if shown else 'no-offer'}", shown=shown)
            raise RefusedError(what=what, reasons=(why,))
        if wish.terms is not None:
            return _own_offer(wish.terms, offers[0]["@id"], dataset.id)
        fitting: list[dict[str, Any]] = []
        refused: list[RefusedError] = []
        for one in offers:
            try:
                fitting.append(_fitted(msgspec.json.encode(one), wish.purpose, wish.accepted_terms))
            except RefusedError as error:
                refused.append(error)
        if not fitting and len(refused) == 1:
            raise refused[0]
        if not fitting:
            reasons = dict.fromkeys(reason for error in refused for reason in error.reasons)
            raise RefusedError(what=what, reasons=tuple(reasons))
        found = fitting[0]
        if len(fitting) > 1:
            found = next((one for one in fitting if self._permits(one, wish, now)), found)
        return {**found, "@type": "Offer", "target": dataset.id}

    def _permits(self, offer: dict[str, Any], wish: Wish, now: datetime) -> bool:
        own = without_terms(offer, wish.accepted_terms)
        return by_terms(Proof(did=self._did), own, now=now).permits

    async def note_refusal(
        self, tx: Transaction, provider: str, dataset: str, why: FaifoError, *, now: datetime
    ) -> None:
        """Write down that this node did not ask for what a person wanted, and why."""
        detail = {"why": [str(reason) for reason in getattr(why, "reasons", ()) or (why,)]}
        names = {"peer": provider, "dataset": dataset}
        await happened(tx, "request-not-made", now, names, detail)

    async def reusable(
        self,
        tx: Transaction,
        *,
        provider: str,
        dataset: str,
        purpose: str | None,
        offer: str | None = None,
    ) -> tuple[Negotiation | None, tuple[str, ...]]:
        """Return the newest negotiation whose agreement is in force and fits, if there is one.

        With an `offer`, one about that.

        Needs nobody else. Whether the use is permitted is the provider's to say, at the transfer:
        what this node knows of itself is not what the provider has proven. An agreement under
        which it said no is not proposed again; those reasons are returned.
        """
        agreements = await tx.agreements.find(
            provider=provider,
            dataset=dataset,
            role=Role.CONSUMER.value,
            newest_first=True,
            limit=100,
        )
        why: tuple[str, ...] = ()
        for agreement in agreements:
            if not agreement.active or agreement.ended:
                continue
            record = await tx.negotiations.get(agreement.negotiation or "")
            if offer is not None and (record is None or record.offer_id != offer):
                continue
            declared = record.purpose if record else None
            agreed = compiled(agreement.document).purposes
            if purpose is None and agreed:
                continue  # what it was declared for by somebody is not declared by anybody else
            if purpose is not None and declared != purpose and agreed != (purpose,):
                continue
            if record and not agreement.refused:
                return record, ()
            why = why or agreement.refused
        return None, why

    async def negotiate(
        self,
        tx: Transaction,
        partner: Partner,
        offer: dict[str, Any],
        *,
        now: datetime,
        wish: Wish = ANY,
    ) -> Negotiation:
        """Begin a negotiation for `offer`.

        Raises:
            ConflictError: a person here has stopped this partner.
        """
        stop = await tx.stops.get("partner", partner.did)
        if stop:
            raise ConflictError(
                what=Phrase("errors.told.stop.partner", name=partner.did, why=stop.reason),
                advice=Phrase("errors.told.stop.lift", kind="partner", name=partner.did),
            )
        accepted = wish.accepted_terms
        accepted = accepted and tuple(name for name in foreign_terms(offer) if name in accepted)
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
            purpose=wish.purpose,
            accepted_terms=accepted,
        )
        act = Act(negotiation.Message.REQUEST)
        detail = {"purpose": wish.purpose, "accepted_terms": list(accepted)}
        told = {name: value for name, value in detail.items() if value}
        return await self._negotiations.begin(tx, record, act, now=now, detail=told)

    async def transfer(
        self,
        tx: Transaction,
        agreement_id: str,
        *,
        now: datetime,
        base: str | None = None,
        push: Destination | None = None,
    ) -> Transfer:
        """Begin a transfer under an agreement that this node has as consumer.

        With `push` the provider brings the data there.

        Raises:
            MalformedMessageError: nothing can be pushed to that address.
        """
        agreement = await self._usable(tx, agreement_id)
        if base is None:
            record = await tx.negotiations.get(agreement.negotiation or "")
            base = record.callback if record else ""
        pid = ids.new_urn(now)
        begun = Transfer(
            pid=pid,
            role=Role.CONSUMER,
            state=None,
            peer=agreement.provider,
            proof=Proof(did=agreement.provider),
            created=now,
            updated=now,
            callback=base,
            dataset=agreement.dataset,
            agreement=agreement.id,
            format=PUSH if push else PULL,
            data_address=self._address(pid, push) if push else None,
        )
        act = Act(transfers.Message.REQUEST)
        return await self._transfers.begin(tx, begun, act, now=now)

    def _address(self, pid: str, push: Destination) -> dict[str, Any]:
        url, authorization = push.url, push.authorization
        if url is None:
            url = f"{self._inbox}/{segment(pid)}"
            authorization = f"Bearer {ids.new_secret()}"
        address: dict[str, Any] = msgspec.to_builtins(push_address(url, authorization, push.method))
        if read_push_target(address) is None:
            raise MalformedMessageError(
                what=Phrase("errors.told.push.no-target"),
                expected=Phrase("errors.told.push.target"),
            )
        return address

    async def _usable(self, tx: Transaction, agreement_id: str) -> Agreement:
        agreement = await tx.agreements.get(agreement_id, Role.CONSUMER)
        if agreement is None:
            raise NotFoundError(
                what=Phrase("errors.told.thing.agreement-consumer"), name=agreement_id
            )
        if agreement.ended:
            what = Phrase("errors.told.agreement.ended", id=agreement_id)
            raise RefusedError(what=what, reasons=agreement.reason)
        if agreement.suspended:
            what = Phrase("errors.told.agreement.suspended", id=agreement_id)
            raise RefusedError(what=what, reasons=agreement.reason)
        if not agreement.active:
            raise ConflictError(
                what=Phrase("errors.told.agreement.not-in-force", id=agreement_id),
                advice=Phrase("errors.told.agreement.finalized"),
            )
        return agreement

    async def say_in_negotiation(
        self,
        tx: Transaction,
        pid: str,
        message: negotiation.Message,
        reason: str,
        *,
        now: datetime,
        accepted: tuple[str, ...] = (),
    ) -> Negotiation:
        """Send a message that a person decided on, who takes care of the `accepted` terms."""
        record = await tx.negotiations.get(pid)
        if record is None:
            raise NotFoundError(what=Phrase("errors.told.thing.negotiation"), name=pid)
        if record.state is None and message is negotiation.Message.TERMINATION:
            return await self._negotiations.end(tx, record, reasons=(reason,), now=now)
        if accepted:
            named = [name for name in foreign_terms(record.offer) if name in accepted]
            known = tuple(dict.fromkeys((*record.accepted_terms, *named)))
            record = msgspec.structs.replace(record, accepted_terms=known)
        unknown = set(foreign_terms(record.offer)) - set(record.accepted_terms)
        if message is negotiation.Message.ACCEPTED and unknown:
            raise ConflictError(
                what=Phrase("errors.told.terms.offer-has", names=", ".join(sorted(unknown))),
                advice=Phrase("errors.told.terms.begin"),
            )
        act = Act(message, reason=(reason,))
        return await _said(self._negotiations, tx, record, act, now)

    async def counter(
        self, tx: Transaction, pid: str, terms: Terms, *, now: datetime
    ) -> Negotiation:
        """Answer the other side's proposal with one of ours (DSP 2025-1 §7.2.1 and §7.2.2).

        As consumer a provider's offer, as provider a request that still waits for a person here.

        Raises:
            NotFoundError: no such negotiation.
            ConflictError: nothing of the other side waits for an answer there.
            SettingsError: nobody can ever meet the terms that are offered.
        """
        record = await tx.negotiations.get(pid)
        if record is None:
            raise NotFoundError(what=Phrase("errors.told.thing.negotiation"), name=pid)
        provides = record.role is Role.PROVIDER
        waits = negotiation.State.REQUESTED if provides else negotiation.State.OFFERED
        why = impossible(terms, now=now) if provides else None
        if why:
            raise SettingsError(what=why, expected=Phrase("errors.told.terms.possible"))
        if record.state is waits:
            record = msgspec.structs.replace(
                await no_longer_asked(tx, record, now=now),
                offer=_own_offer(terms, record.offer_id, record.dataset),
                offered_by=record.role,
                countered=record.offer,
                accepted_terms=(),
                permitted=None,
            )
        message = negotiation.Message.OFFER if provides else negotiation.Message.REQUEST
        return await _said(self._negotiations, tx, record, Act(message), now)

    async def say_in_transfer(
        self, tx: Transaction, pid: str, message: transfers.Message, reason: str, *, now: datetime
    ) -> Transfer:
        """Send a message that a person decided on."""
        record = await tx.transfers.get(pid)
        if record is None:
            raise NotFoundError(what=Phrase("errors.told.thing.transfer"), name=pid)
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
            raise NotFoundError(what=Phrase("errors.told.thing.transfer-consumer"), name=pid)
        if record.format == PUSH:
            raise ConflictError(
                what=Phrase("errors.told.push.no-token", pid=pid),
                advice=Phrase("errors.told.transfer.new"),
            )
        if record.state is not transfers.State.STARTED or record.data_address is None:
            why = "; ".join(record.reason)
            state = record.state.value if record.state else Phrase("errors.told.transfer.unheard")
            key = f"errors.told.transfer.{'is-because' if why else 'is'}"
            raise ConflictError(
                what=Phrase(key, pid=pid, state=state, why=why),
                advice=Phrase("errors.told.transfer.new"),
            )
        endpoint = read_endpoint(record.data_address)
        if endpoint is None:
            raise PeerError(
                who=record.peer, status=200, reasons=(Phrase("errors.told.transfer.no-endpoint"),)
            )
        return record, endpoint


@lru_cache(maxsize=64)
def _fitted(text: bytes, purpose: str | None, accepted: tuple[str, ...]) -> dict[str, Any]:
    """Return an offer narrowed to a purpose; the same offer is not narrowed to it anew.

    Raises:
        RefusedError: it does not fit.
    """
    offer: dict[str, Any] = msgspec.json.decode(text)
    unknown = [name for name in foreign_terms(offer) if name not in accepted]
    if unknown:
        why = Phrase("errors.told.terms.unknown", names=", ".join(unknown))
        named = " --accept-terms ".join(map(quote, unknown))
        advice = Phrase("errors.told.terms.accept", name=named)
        raise RefusedError(
            what=Phrase("errors.told.terms.the"),
            reasons=(Phrase("errors.told.terms.why", why=why, advice=advice),),
        )
    purposes = compiled(offer).purposes
    if purpose is None and purposes:
        # Whoever uses the data says what for: nobody declares it for them.
        raise RefusedError(
            what=Phrase("errors.told.terms.without-purpose"),
            reasons=(Phrase(NEEDS_PURPOSE, purposes=", ".join(purposes)),),
        )
    if purpose is None or not says_purpose(offer):
        return offer
    return with_purpose(offer, purpose)


def _own_offer(terms: Terms, name: str, dataset: str) -> dict[str, Any]:
    return {**offer(terms), "@id": name, "@type": "Offer", "target": dataset}


async def _said(engine: Engine[P], tx: Transaction, record: P, act: Act, now: datetime) -> P:
    """Say something; what the state forbids is a conflict for a person, not a bad message."""
    try:
        return await engine.say(tx, msgspec.structs.replace(record, hold=None), act, now=now)
    except IllegalTransitionError as error:
        advice = Phrase("errors.told.look", pid=record.pid)
        raise ConflictError(what=error.said(), advice=advice) from None
