"""Contract negotiations: what each message does, and what ours say. Spec: DSP 2025-1 §7."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from faifo import clock, ids
from faifo.errors import MalformedMessageError, NotFoundError
from faifo.machines import negotiation
from faifo.machines.negotiation import Message, State
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1 import negotiation as wire
from faifo.messages.dsp_2025_1.codec import Received, write
from faifo.messages.dsp_2025_1.wire import CONTEXT
from faifo.node.exchange import history as books
from faifo.node.exchange.conduct import Act, Conduct, Next
from faifo.node.exchange.dues import Dues
from faifo.node.exchange.engine import Engine
from faifo.node.exchange.process_kind import UNKNOWN, Answer, ProcessKind, Said, told_pids
from faifo.node.membership.authentication import Participant
from faifo.node.people.reviews import Reviews
from faifo.node.receipts.agreements import AgreementReceipts
from faifo.node.receipts.leaves import CONCLUDED
from faifo.node.rules import deciding
from faifo.node.rules.standing import ASSUMED, offered, would_agree
from faifo.phrases import Phrase
from faifo.policy.compare import narrows
from faifo.policy.compile import compiled
from faifo.policy.decision import Decision
from faifo.policy.operands.approval import APPROVAL
from faifo.store.contract import Table, Transaction
from faifo.store.records import Agreement, Negotiation, ReviewState

ASKED = "approval"


def segment(pid: str | None) -> str:
    """Return a pid for use in a path."""
    return quote(pid or UNKNOWN, safe=":@!$&'()*+,;=")


def checked_callback(address: str, *, ours: str) -> str:
    """Return the callback address of the other side without its last slash.

    Raises:
        MalformedMessageError: plain http, while this node is reached by https only: what we send
            there, data tokens too, would travel in the clear.
    """
    if ours.startswith("https:") and not address.lower().startswith("https:"):
        raise MalformedMessageError(
            what=Phrase("errors.told.callback.plain"),
            expected=Phrase("errors.told.callback.https"),
            where="$.callbackAddress",
        )
    return address.rstrip("/")


class NegotiationKind(ProcessKind[Negotiation]):
    """What the engine needs to know of negotiations."""

    name = "negotiation"
    terminated = State.TERMINATED
    termination = Message.TERMINATION
    endings = (Message.TERMINATION,)
    states, terminal = State, negotiation.TERMINAL
    shown, refusal = wire.ContractNegotiation, wire.ContractNegotiationError

    def __init__(
        self,
        *,
        did: str,
        callback: str,
        conduct: Conduct,
        dues: Dues,
        reviews: Reviews,
        receipts: AgreementReceipts | None = None,
    ) -> None:
        self._reviews = reviews
        self._dues = dues
        self._did = did
        self._receipts = receipts or AgreementReceipts()
        self._callback = callback
        self._conduct = conduct

    def table(self, tx: Transaction) -> Table[Negotiation]:
        return tx.negotiations

    def advance(self, state: State | None, message: str, *, sender: Role) -> State:
        return negotiation.advance(state, Message(message), sender=sender)

    def awaits(self, state: State | None) -> bool:
        return state is not None

    async def next(self, tx: Transaction, record: Negotiation, *, now: datetime) -> Next:
        return await self._conduct.negotiation(tx, record, now=now)

    async def took(
        self,
        tx: Transaction,
        record: Negotiation,
        message: str,
        received: Received[Any],
        *,
        now: datetime,
    ) -> Negotiation:
        match Message(message):
            case Message.REQUEST:
                return await self._took_request(tx, record, received.message, now=now)
            case Message.OFFER:
                return self._took_offer(record, received.message)
            case Message.AGREEMENT:
                return await self._took_agreement(tx, record, received.message, now=now)
            case Message.ACCEPTED:
                # Our own offer was accepted; whether it may still be used is asked again.
                decision = await would_agree(tx, record, record.offer, now=now)
                record = await self._left_to_people(tx, record, record.offer, decision, now=now)
                return await self._judged(tx, record, decision, now=now)
            case Message.FINALIZED:
                await self._activate(tx, record, now=now)
            case Message.TERMINATION:
                return msgspec.structs.replace(record, reason=told_reasons(received.message))
        return record

    async def told(
        self,
        tx: Transaction,
        record: Negotiation,
        message: str,
        body: Mapping[str, Any],
        *,
        now: datetime,
    ) -> Negotiation:
        if message == Message.AGREEMENT:
            await self._keep_agreement(tx, record, body["agreement"], now=now)
        elif message == Message.FINALIZED:
            await self._activate(tx, record, now=now)
        return record

    async def compose(
        self,
        tx: Transaction,
        record: Negotiation,
        act: Act,
        *,
        now: datetime,
    ) -> Said:
        path = f"/negotiations/{segment(record.peer_pid)}"
        if act.message in {Message.VERIFICATION, Message.FINALIZED}:
            # From here on this side holds that there is an agreement.
            await books.note(tx, CONCLUDED, record, {"role": record.role.value}, now=now)
        fresh: dict[str, Any] = {"id": ids.new_urn(now), **told_pids(record)}
        match act.message:
            case Message.REQUEST:
                return self._compose_request(record, fresh, path)
            case Message.OFFER:
                offer, context = _contexts(record.offer)
                said = wire.ContractOfferMessage(**fresh, context=context, offer=offer)
                return Said(record, f"{path}/offers", said)
            case Message.AGREEMENT:
                document = self._agreement(record, now=now)
                record = msgspec.structs.replace(record, agreement=document["@id"])
                _, context = _contexts(record.offer)
                body = wire.ContractAgreementMessage(**fresh, context=context, agreement=document)
                return Said(record, f"{path}/agreement", body)
            case Message.VERIFICATION:
                verification = wire.ContractAgreementVerificationMessage(**fresh)
                return Said(record, f"{path}/agreement/verification", verification)
            case Message.ACCEPTED | Message.FINALIZED:
                kind = wire.EventType(act.message.name)
                event = wire.ContractNegotiationEventMessage(**fresh, event_type=kind)
                return Said(record, f"{path}/events", event)
            case Message.TERMINATION:
                reason = act.reason or (str(Phrase("reason.ended-there")),)
                record = msgspec.structs.replace(record, reason=reason, hold=None)
                end = wire.ContractNegotiationTerminationMessage(
                    **fresh, code="terminated", reason=reason
                )
                return Said(record, f"{path}/termination", end)
        raise ValueError(act.message)

    def said_anew(self, record: Negotiation, message: str) -> Negotiation | None:
        """A second agreement takes the place of the first until that is in force.

        EDC's memory store at times acts on a negotiation as it was before the first agreement was
        acknowledged, makes another one, and keeps that: the first is unknown to it afterwards.
        """
        if message == Message.AGREEMENT and record.state in {State.AGREED, State.VERIFIED}:
            return msgspec.structs.replace(record, state=State.REQUESTED)
        return None

    async def ended(self, tx: Transaction, record: Negotiation, *, now: datetime) -> Negotiation:
        """End the agreement that came of it, if that was refused before it was in force."""
        record = await no_longer_asked(tx, record, now=now)
        made = await tx.agreements.get(record.agreement or "", record.role)
        if record.state is State.TERMINATED and made and not (made.active or made.ended):
            await tx.agreements.put(made, ended=now, reason=record.reason)
        return record

    def _compose_request(self, record: Negotiation, fresh: dict[str, Any], path: str) -> Said:
        if record.state is None:
            fresh = {**fresh, "provider_pid": None, "callback_address": self._callback}
            path = "/negotiations"
        offer, context = _contexts(record.offer)
        message = wire.ContractRequestMessage(**fresh, context=context, offer=offer)
        return Said(record, f"{path}/request", message)

    def _agreement(self, record: Negotiation, *, now: datetime) -> dict[str, Any]:
        kept = {
            name: value
            for name, value in record.offer.items()
            if name not in {"@id", "@type", "@context", "assigner", "assignee", "timestamp"}
        }
        return {
            **kept,
            "@id": ids.new_urn(now),
            "@type": "Agreement",
            "target": record.dataset,
            "assigner": self._did,
            "assignee": record.peer,
            "timestamp": clock.text(now),
        }

    async def _took_request(
        self,
        tx: Transaction,
        record: Negotiation,
        message: wire.ContractRequestMessage,
        *,
        now: datetime,
    ) -> Negotiation:
        """Judge a request; its refusal is said by a termination, with the reasons."""
        offer = message.offer
        dataset = await tx.datasets.get(record.dataset)
        target = offer.get("target", record.dataset)
        if dataset is None or dataset.withdrawn or target != record.dataset:
            raise MalformedMessageError(
                what=Phrase("errors.told.offer.for", offer=offer["@id"], target=target),
                expected=Phrase("errors.told.offer.dataset", dataset=record.dataset),
                where="$.offer.target",
            )
        if await self._receipts.barred(tx, record.peer):
            why = (str(Phrase("reason.no-receipts", peer=record.peer)),)
            return msgspec.structs.replace(
                record, permitted=False, reason=why, offer=offer, offered_by=Role.CONSUMER
            )
        decision = narrows(offer, {**dataset.policy, "@id": dataset.offer_id})
        before = record.offer if record.offered_by is Role.PROVIDER else None
        if before is not None and not decision.permits:
            decision = narrows(offer, before)  # what we have offered to this one stands, too
        if decision.permits:
            decision = await would_agree(tx, record, offer, now=now)
            record = await self._left_to_people(tx, record, offer, decision, now=now)
        return await self._judged(
            tx,
            record,
            decision,
            now=now,
            offer=offer,
            offered_by=Role.CONSUMER,
            countered=before,
        )

    async def _left_to_people(
        self,
        tx: Transaction,
        record: Negotiation,
        offer: Mapping[str, Any],
        decision: Decision,
        *,
        now: datetime,
    ) -> Negotiation:
        """Ask a person, if nothing but that is lacking."""
        if decision.permits or APPROVAL not in compiled(offer).operands:
            return record
        assumed = await would_agree(tx, record, offer, now=now, approved=ASSUMED)
        if not assumed.permits:
            return record
        if not record.asks:
            await self._reviews.hold(tx, ASKED, record.pid, "", now=now)
        return msgspec.structs.replace(record, asks=ASKED)

    def _took_offer(self, record: Negotiation, message: wire.ContractOfferMessage) -> Negotiation:
        target = message.offer.get("target")
        if target != record.dataset:
            raise MalformedMessageError(
                what=Phrase("errors.told.offer.target", target=target),
                expected=record.dataset,
                where="$.offer.target",
            )
        return msgspec.structs.replace(
            record,
            offer=message.offer,
            offer_id=message.offer["@id"],
            offered_by=Role.PROVIDER,
            countered=record.offer if record.offered_by is Role.CONSUMER else record.countered,
            permitted=None,
        )

    async def _took_agreement(
        self,
        tx: Transaction,
        record: Negotiation,
        message: wire.ContractAgreementMessage,
        *,
        now: datetime,
    ) -> Negotiation:
        """Judge whether the agreement is what was asked for; nothing else is verified.

        What is not is taken all the same, and refused by a termination with the reason: an error
        alone would leave both sides waiting.
        """
        agreement = message.agreement
        parties = {"assigner": record.peer, "assignee": self._did, "target": record.dataset}
        for name, expected in parties.items():
            if agreement.get(name) != expected:
                facts = {"given": agreement.get(name), "expected": expected}
                why = Phrase("reason.other-agreement", name=name, **facts)
                return msgspec.structs.replace(record, permitted=False, reason=(str(why),))
        for role in Role:
            known = await tx.agreements.get(agreement["@id"], role)
            # Whoever makes an agreement names it: not as one of ours with somebody else is named.
            if known and (known.provider, known.consumer) != (record.peer, self._did):
                why = Phrase("reason.agreement-id", id=agreement["@id"])
                return msgspec.structs.replace(record, permitted=False, reason=(str(why),))
        if await self._receipts.barred(tx, record.peer):
            why = Phrase("reason.no-receipts", peer=record.peer)
            return msgspec.structs.replace(record, permitted=False, reason=(str(why),))
        # What was asked for must be permitted; what binds us beyond it must not be there.
        decision = narrows(record.offer, agreement)
        if record.agreement:  # another one came before, and was not in force yet
            await tx.agreements.delete(record.agreement, record.role)
        record = msgspec.structs.replace(record, agreement=agreement["@id"])
        await self._keep_agreement(tx, record, agreement, now=now)
        return await self._judged(tx, record, decision, now=now)

    async def _judged(
        self,
        tx: Transaction,
        record: Negotiation,
        decision: Decision,
        *,
        now: datetime,
        **changes: Any,
    ) -> Negotiation:
        kept = await deciding.keep(tx, decision, stage=self.name, now=now, process=record.pid)
        why = () if decision.permits else deciding.reasons(decision)
        return msgspec.structs.replace(
            record, decision=kept, permitted=decision.permits, reason=why, **changes
        )

    async def _keep_agreement(
        self, tx: Transaction, record: Negotiation, document: dict[str, Any], *, now: datetime
    ) -> None:
        ours = record.role is Role.PROVIDER
        dataset = await tx.datasets.get(record.dataset) if ours else None
        await tx.agreements.put(
            Agreement(
                id=document["@id"],
                role=record.role,
                provider=document["assigner"],
                consumer=document["assignee"],
                dataset=document["target"],
                document=document,
                negotiation=record.pid,
                created=now,
                publication=record.offer_id,
                version=dataset.version if dataset else 1,
            )
        )

    async def _activate(self, tx: Transaction, record: Negotiation, *, now: datetime) -> None:
        agreement = await tx.agreements.get(record.agreement or "", record.role)
        if agreement:
            kept = await tx.agreements.put(await self._receipts.in_force(tx, agreement))
            await self._dues.agreed(tx, kept, now=now)


async def no_longer_asked(tx: Transaction, record: Negotiation, *, now: datetime) -> Negotiation:
    """Return `record` with no person asked about it any more."""
    if not record.asks:
        return record
    for one in await tx.reviews.find(subject=record.pid, state=ReviewState.OPEN.value):
        await tx.reviews.put(one, state=ReviewState.LAPSED, decided=now)
    return msgspec.structs.replace(record, asks="")


class Negotiations:
    """The use cases of negotiations."""

    def __init__(self, engine: Engine[Negotiation], *, base: str) -> None:
        self._engine = engine
        self._base = base

    def begins(self) -> dict[str, tuple[type[Any], Any]]:
        """Return the first messages that come in, by path."""
        return {
            "request": (wire.ContractRequestMessage, self.requested),
            "offers": (wire.ContractOfferMessage, self.offered),
        }

    async def requested(
        self,
        tx: Transaction,
        received: Received[wire.ContractRequestMessage],
        participant: Participant,
        *,
        now: datetime,
    ) -> Answer:
        """Take the first request of a consumer. Keyed by sender and consumerPid (design §7)."""
        message = received.message
        known = await tx.negotiations.first(
            role=Role.PROVIDER.value, peer=participant.did, peer_pid=message.consumer_pid
        )
        if known:
            return await self._engine.again(tx, known, received, participant)
        try:
            record = await self._opened(tx, message, participant, now=now)
            first = Message.REQUEST
            return await self._engine.enter(tx, record, first, received, participant, now=now)
        except (MalformedMessageError, NotFoundError) as error:
            await self._engine.turned_away(tx, Message.REQUEST, participant, (str(error),), now=now)
            body = wire.ContractNegotiationError(
                provider_pid="",
                consumer_pid=message.consumer_pid,
                code=error.code,
                reason=(str(error),),
            )
            return Answer(400, write(body))

    async def _opened(
        self,
        tx: Transaction,
        message: wire.ContractRequestMessage,
        participant: Participant,
        *,
        now: datetime,
    ) -> Negotiation:
        offer_id = str(message.offer["@id"])
        dataset = None
        target = message.offer.get("target")
        if target is not None:
            dataset = await tx.datasets.get(target)
        else:
            dataset = await tx.datasets.first(offer_id=offer_id, withdrawn=None)
        if (
            dataset is None
            or dataset.withdrawn
            or dataset.offer_id != offer_id
            or not offered(participant.proof, dataset, now=now)
        ):
            raise NotFoundError(what=Phrase("errors.told.thing.offer"), name=offer_id)
        return Negotiation(
            pid=ids.new_urn(now),
            role=Role.PROVIDER,
            state=None,
            peer=participant.did,
            peer_pid=message.consumer_pid,
            proof=participant.proof,
            created=now,
            updated=now,
            callback=checked_callback(message.callback_address or "", ours=self._base),
            dataset=dataset.id,
            offer_id=offer_id,
            offer=message.offer,
            offered_by=Role.CONSUMER,
        )

    async def offered(
        self,
        tx: Transaction,
        received: Received[wire.ContractOfferMessage],
        participant: Participant,
        *,
        now: datetime,
    ) -> Answer:
        """Take the first offer of a provider that came on its own; a person decides about it."""
        message = received.message
        known = await tx.negotiations.first(
            role=Role.CONSUMER.value, peer=participant.did, peer_pid=message.provider_pid
        )
        if known:
            return await self._engine.again(tx, known, received, participant)
        try:
            callback = checked_callback(message.callback_address or "", ours=self._base)
        except MalformedMessageError as error:
            await self._engine.turned_away(tx, Message.OFFER, participant, (str(error),), now=now)
            return self._engine.refusal(None, error)
        record = Negotiation(
            pid=ids.new_urn(now),
            role=Role.CONSUMER,
            state=None,
            peer=participant.did,
            peer_pid=message.provider_pid,
            proof=participant.proof,
            created=now,
            updated=now,
            callback=callback,
            dataset=message.offer["target"],
            offer_id=message.offer["@id"],
            offer=message.offer,
            offered_by=Role.PROVIDER,
        )
        return await self._engine.enter(tx, record, Message.OFFER, received, participant, now=now)


def _contexts(policy: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a policy, and the contexts that its terms need in the message that holds it."""
    bare = {name: value for name, value in policy.items() if name != "@context"}
    more = (one for one in policy.get("@context", ()) if one != CONTEXT)
    return bare, (CONTEXT, *more)


def told_reasons(message: Any) -> tuple[str, ...]:
    """Return code and reasons of a message of the other side, as short texts."""
    texts = [item if isinstance(item, str) else _text(item) for item in message.reason]
    if message.code and not texts:
        texts = [message.code]
    return tuple(text[:500] for text in texts[:10]) or (str(Phrase("reason.none")),)


def _text(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("@value"), str):
        return str(value["@value"])
    return msgspec.json.encode(value).decode()
