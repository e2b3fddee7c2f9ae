"""Decisions about persons: booked by whoever decides, found by the person who has the reference.

A reference is 256 random bits, told once; kept is its SHA-256 alone, so the books give none away
and how long a look-up takes says nothing about any. Figures and answer stay in this node, for as
long as `retention.person_days` says, and longer while somebody has to decide on an objection.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from faifo import ids
from faifo.ai.passport import dsse
from faifo.errors import BusyError, ConflictError, FaifoError, NotFoundError
from faifo.machines.role import Role
from faifo.messages.dsp_2025_1 import catalog
from faifo.node.delivery.timers import Timers
from faifo.node.people.reviews import Reviews
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import (
    Agreement,
    PersonDecision,
    PersonsContact,
    Review,
    ReviewState,
)

OVER: Final = "person-decision"
REVIEWED_FIRST: Final = timedelta(days=30)
OPEN_AT_ONCE: Final = 1
OBJECTIONS: Final = 10


class Booking(NamedTuple):
    """What the deployer says of a decision; figures and answer are texts."""

    agreement: str
    transfer: str | None
    figures: str
    answer: str
    outcome: str
    decided_by: str
    shared_with: tuple[str, ...] = ()


class About(NamedTuple):
    """What the provider says of the system: its name, its passport, whom to ask."""

    provider_name: str
    title: str
    passport: str | None
    passport_status: str
    persons: PersonsContact | None


class Seen(NamedTuple):
    """A decision with what was objected to it, the newest first."""

    decision: PersonDecision
    reviews: tuple[Review, ...]

    @property
    def full(self) -> bool:
        """Whether so much was objected to it that nothing more is taken."""
        return len(self.reviews) >= OBJECTIONS


class Deciding:
    """The use cases."""

    def __init__(self, *, reviews: Reviews, timers: Timers, days: int) -> None:
        self._reviews = reviews
        self._timers = timers
        self._span = timedelta(days=days) if days else None
        timers.handle(OVER, self._over)

    async def book(
        self, tx: Transaction, booking: Booking, about: About, *, now: datetime
    ) -> tuple[PersonDecision, str]:
        """Keep a decision, and return it with its reference.

        Raises:
            NotFoundError: this node has no such agreement as consumer.
        """
        agreement = await agreed(tx, booking.agreement)
        reference = ids.new_secret()
        decision = PersonDecision(
            id=ids.new_urn(now),
            reference=_sha256(reference),
            at=now,
            expires=now + self._span if self._span else None,
            provider=agreement.provider,
            dataset=agreement.dataset,
            purpose=await _purpose(tx, agreement),
            terms=agreement.document,
            judged=await _judged(tx, agreement.provider, about.passport),
            **booking._asdict(),
            **about._asdict(),
        )
        kept = await tx.person_decisions.put(decision)
        await note(tx, "person-decided", kept, now)
        if kept.expires:
            await self._timers.set(tx, OVER, kept.id, kept.expires)
        return kept, reference

    async def seen(self, tx: Transaction, reference: str) -> Seen:
        """Return what the holder of a reference may see.

        Raises:
            NotFoundError: there is no such decision, or it is no longer kept.
        """
        decision = await tx.person_decisions.first(reference=_sha256(reference))
        if decision is None:
            raise NotFoundError(what=Phrase("errors.told.thing.person-decision"), name="")
        found = await tx.reviews.find(subject=decision.id, newest_first=True)
        return Seen(decision, tuple(found))

    async def object(
        self, tx: Transaction, reference: str, kind: str, text: str, *, now: datetime
    ) -> Review:
        """Keep an objection, or the wish that a person looks at it.

        Raises:
            NotFoundError: as `seen`.
            ConflictError: it is reversed already.
            BusyError: one waits already, or there were too many.
        """
        seen = await self.seen(tx, reference)
        if seen.decision.reversed_at is not None:
            raise ConflictError(what=Phrase("errors.told.person.reversed"))
        waiting = [one for one in seen.reviews if one.state is ReviewState.OPEN]
        if len(waiting) >= OPEN_AT_ONCE or seen.full:
            raise BusyError(what=Phrase("errors.told.person.waits"), seconds=86_400)
        return await self._reviews.hold(tx, kind, seen.decision.id, text, now=now)

    async def _over(self, tx: Transaction, name: str, now: datetime) -> None:
        """Forget a decision, and what was objected to it, unless that still waits."""
        found = await tx.reviews.find(subject=name)
        if any(one.state is ReviewState.OPEN for one in found):
            await self._timers.set(tx, OVER, name, now + REVIEWED_FIRST)
            return
        for one in found:
            await tx.reviews.delete(one.id)
        await tx.person_decisions.delete(name)
        await happened(tx, "person-decision-forgotten", now)


def about(dataset: catalog.Dataset, *, provider_name: str, title: str) -> About:
    """Return what a partner's dataset document says of the system, each text shortened."""
    name = None
    if isinstance(dataset.passport, str):
        try:
            name = dsse.name(dataset.passport.encode())
        except FaifoError:
            name = None
    texts = [_text(dataset.contact), _text(dataset.notice), _text(dataset.appeal)]
    persons = PersonsContact(contact=texts[0], notice=texts[1], appeal=texts[2])
    return About(
        provider_name=provider_name[:200],
        title=title[:200],
        passport=name,
        passport_status=_text(dataset.passport_status)[:40],
        persons=persons if any(texts) else None,
    )


def _text(value: Any) -> str:
    return value[:1000] if isinstance(value, str) else ""


async def agreed(tx: Transaction, name: str) -> Agreement:
    """Return the agreement under which this node uses a partner's system."""
    agreement = await tx.agreements.get(name, Role.CONSUMER)
    if agreement is None:
        raise NotFoundError(what=Phrase("errors.told.thing.agreement-consumer"), name=name)
    return agreement


async def _purpose(tx: Transaction, agreement: Agreement) -> str:
    negotiation = await tx.negotiations.get(agreement.negotiation or "")
    return (negotiation.purpose if negotiation else None) or ""


async def _judged(tx: Transaction, provider: str, passport: str | None) -> str:
    """Return what this node last decided on the passport, if it did."""
    if passport is None:
        return ""
    found = await tx.judgements.find(
        passport=passport, provider=provider, newest_first=True, limit=1
    )
    return found[0].outcome if found else ""


async def note(
    tx: Transaction, event: str, decision: PersonDecision, now: datetime, **detail: Any
) -> None:
    """Write what happened to a decision into the journal: nothing of the person."""
    whose = {"dataset": decision.dataset, "peer": decision.provider}
    names = {"agreement": decision.agreement, **whose}
    await happened(tx, event, now, names, {"decision": decision.id, **detail})


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
