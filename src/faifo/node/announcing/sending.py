"""A notice goes out: signed once, to everybody whose agreement stands, under one rule.

The rows are durable before anything is sent. What the marking does not allow is not sent: by TLP
2.0 RED goes to named recipients, and what is not to be passed on is not passed on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from faifo import clock, ids
from faifo.ai.passport import dsse
from faifo.ai.passport.said import read_kept, sign
from faifo.errors import ConflictError, MalformedMessageError, NotFoundError, RefusedError
from faifo.kinds import personal
from faifo.kinds.kind import Kind, kind_of
from faifo.kinds.signed import Act, Followup, Notice
from faifo.machines.role import Role
from faifo.node.announcing import wire
from faifo.node.announcing.booking import ENDS, check_open, found, note
from faifo.node.announcing.effects import Effects
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.delivery.outbox import Outbox
from faifo.node.delivery.timers import Timers
from faifo.node.rules.booked import booked
from faifo.node.rules.standing import standing, stopped
from faifo.phrases import Phrase
from faifo.phrases.figures import moment
from faifo.policy.compile import compiled
from faifo.store.contract import Store, Transaction
from faifo.store.records import (
    Agreement,
    KeptNotice,
    NoticeDelivery,
    NoticeDirection,
    NoticeState,
)

DEADLINE: Final = "notice-deadline"
UNENDING: Final = timedelta(days=366)


class Wanted(NamedTuple):
    """What is to go out. `to` are DIDs, none for every subscriber; `within` is in seconds."""

    kind: str
    dataset: str
    content: dict[str, Any]
    tlp: str
    to: tuple[str, ...] = ()
    exercise: bool = False
    within: int = 900


class Drafted(NamedTuple):
    """What would go out to whom, or did."""

    kept: KeptNotice
    notice: Notice
    deliveries: list[NoticeDelivery]


class Sending:
    """The use cases of who sends."""

    def __init__(
        self,
        *,
        did: str,
        store: Store,
        keys: CurrentKeys,
        outbox: Outbox,
        timers: Timers,
        effects: Effects,
    ) -> None:
        self._did, self._store, self._keys = did, store, keys
        self._outbox, self._timers = outbox, timers
        self._effects = effects

    async def send(self, wanted: Wanted, *, confirmed: bool) -> Drafted:
        """Send a notice to all subscribers, or to those in `to`; unless confirmed, only draft it.

        Raises:
            MalformedMessageError: the content is not of its kind.
            RefusedError: personal data in it, or its marking does not allow this.
            NotFoundError: no such kind or dataset, or somebody named is no subscriber.
            ConflictError: the dataset carries another kind, it is over already, or nobody gets it.
        """
        kind, now = kind_of(wanted.kind), clock.now()
        content = kind.read(wanted.content)
        personal.check_none(kind.texts(content))
        ends = kind.ends(content) or now + UNENDING
        if ends <= now:
            raise ConflictError(
                what=Phrase("errors.told.notice.over", at=moment(ends)),
                advice=Phrase("errors.told.notice.later"),
            )
        notice = Notice(
            id=ids.new_urn(now),
            kind=kind.name,
            sender=self._did,
            dataset=wanted.dataset,
            sent=now,
            until=ends,
            deadline=min(now + timedelta(seconds=wanted.within), ends),
            tlp=wanted.tlp,  # type: ignore[arg-type]
            exercise=wanted.exercise,
            content=msgspec.to_builtins(content),
        )
        envelope = await asyncio.to_thread(sign, notice, self._keys.passport())
        kept = _kept(notice, envelope.decode(), self._did, wanted.dataset, now)

        async def work(tx: Transaction) -> Drafted:
            await self._effects.check_not_stricter(tx, kind, content, notice.tlp)
            deliveries = await self._receivers(tx, kind, kept, notice, wanted.to, now)
            if not confirmed:
                return Drafted(kept, notice, deliveries)
            return await self._out(tx, Drafted(kept, notice, deliveries), now)

        return await (self._store.run(work) if confirmed else self._store.read(work))

    async def pass_on(self, name: str, dataset: str, to: tuple[str, ...] = ()) -> Drafted:
        """Send a partner's notice to our own subscribers, as its sender signed it.

        Raises:
            NotFoundError: no such notice came, or as `send`.
            RefusedError: its marking does not allow that.
            ConflictError: it is over, or was passed on already.
        """
        now = clock.now()

        async def work(tx: Transaction) -> Drafted:
            kept = await found(tx, name, NoticeDirection.IN)
            notice = read_kept(kept.envelope, Notice)
            kind = kind_of(kept.kind)
            if not kind.markings[notice.tlp].passed_on:
                raise RefusedError(
                    what=Phrase("errors.told.notice.passing", id=name),
                    reasons=(Phrase(f"kinds.tlp.{notice.tlp}"),),
                )
            check_open(kept, notice, now)
            if await tx.deliveries.find(notice=name, limit=1):
                raise ConflictError(what=Phrase("errors.told.notice.passed", id=name))
            deliveries = await self._receivers(
                tx, kind, msgspec.structs.replace(kept, dataset=dataset), notice, to, now
            )
            await self._push(tx, kept, notice, deliveries, dataset=dataset, now=now)
            await note(tx, "notice-passed-on", kept, now, receivers=len(deliveries))
            return Drafted(kept, notice, deliveries)

        return await self._store.run(work)

    async def follow(
        self, name: str, act: Act, *, person: str = "", text: str = "", content: Any = None
    ) -> KeptNotice:
        """Say that a notice of ours is over, and tell everybody who got it.

        Raises:
            NotFoundError: no such notice of ours.
            ConflictError: it is over already.
            RefusedError: personal data in what is said.
        """
        said = {**(content or {}), **({"text": text} if text else {})}
        personal.check_none(said.items())
        now = clock.now()

        async def look(tx: Transaction) -> KeptNotice:
            kept = await found(tx, name, NoticeDirection.OUT)
            if kept.state is not NoticeState.OPEN:
                raise ConflictError(what=Phrase("errors.told.notice.ended", state=kept.state.value))
            return kept

        record = Followup(
            notice=name,
            subject_sha256=(await self._store.read(look)).sha256,
            by=self._did,
            at=now,
            act=act,
            person=person,
            text=text,
            content=content or {},
        )
        signed = await asyncio.to_thread(sign, record, self._keys.passport())

        async def work(tx: Transaction) -> KeptNotice:
            kept = await look(tx)
            await note(tx, f"notice-{act}", kept, now, person=person)
            await self._timers.cancel(tx, DEADLINE, name)
            return await self.attach(tx, kept, record, signed.decode(), now=now)

        return await self._store.run(work)

    async def attach(
        self, tx: Transaction, kept: KeptNotice, record: Followup, signed: str, *, now: datetime
    ) -> KeptNotice:
        """Keep what was said about a notice, have it act, and bring it to all that we sent it to.

        Raises:
            ConflictError: too much was said about it.
        """
        if signed in kept.followups:
            return kept
        if len(kept.followups) >= wire.FOLLOWUPS and record.act not in ENDS:
            raise ConflictError(what=Phrase("errors.told.notice.full", most=wire.FOLLOWUPS))
        followups = (*kept.followups, signed)[-wire.FOLLOWUPS :]
        kept = msgspec.structs.replace(kept, followups=followups)
        if record.act in ENDS and kept.state is not NoticeState.SET_ASIDE:
            kept = msgspec.structs.replace(kept, state=ENDS[record.act])
        kept = await tx.notices.put(kept)
        if record.act in ENDS:
            await self._effects.over(tx, kept, now=now)
        tx.rings(kept.id)
        deliveries = await tx.deliveries.find(notice=kept.id)
        if deliveries:
            notice = read_kept(kept.envelope, Notice)
            under = await tx.agreements.get(deliveries[0].agreement, Role.PROVIDER)
            dataset = under.dataset if under else kept.dataset
            await self._written(tx, kept, notice, deliveries, dataset, now)
        return kept

    async def _out(self, tx: Transaction, drafted: Drafted, now: datetime) -> Drafted:
        kept, notice, deliveries = drafted
        kept = await tx.notices.put(kept)
        await self._push(tx, kept, notice, deliveries, dataset=kept.dataset, now=now)
        await note(tx, "notice-sent", kept, now, receivers=len(deliveries))
        await self._effects.sent(tx, kept, notice, now=now)
        return Drafted(kept, notice, deliveries)

    async def _push(
        self,
        tx: Transaction,
        kept: KeptNotice,
        notice: Notice,
        deliveries: Sequence[NoticeDelivery],
        *,
        dataset: str,
        now: datetime,
    ) -> None:
        for one in deliveries:
            await tx.deliveries.put(one)
        await self._timers.set(tx, DEADLINE, kept.id, max(notice.deadline, now))
        await self._written(tx, kept, notice, deliveries, dataset, now)

    async def _written(
        self,
        tx: Transaction,
        kept: KeptNotice,
        notice: Notice,
        deliveries: Sequence[NoticeDelivery],
        dataset: str,
        now: datetime,
    ) -> None:
        parcel = wire.Parcel(dataset=dataset, signed=kept.envelope, followups=kept.followups)
        body = msgspec.json.encode(parcel)
        until = max(notice.until, now + timedelta(hours=24))
        for to in deliveries:
            row = wire.row(wire.NOTICE, kept.id, to.receiver, body, now=now, until=until)
            await self._outbox.queue(tx, row)

    async def _receivers(
        self,
        tx: Transaction,
        kind: Kind,
        kept: KeptNotice,
        notice: Notice,
        to: tuple[str, ...],
        now: datetime,
    ) -> list[NoticeDelivery]:
        dataset = await tx.datasets.get(kept.dataset)
        if dataset is None or dataset.withdrawn:
            raise NotFoundError(what=Phrase("errors.noun.published-dataset"), name=kept.dataset)
        if dataset.carries != kind.name:
            raise ConflictError(
                what=Phrase("errors.told.notice.carries", dataset=dataset.id, kind=kind.name),
                advice=Phrase("errors.told.notice.publish", kind=kind.name),
            )
        if kind.markings[notice.tlp].named and not to:
            raise RefusedError(
                what=Phrase("errors.told.notice.sending"),
                reasons=(Phrase(f"kinds.tlp.{notice.tlp}"),),
            )
        known = await subscribers(tx, kept.dataset, now=now)
        unknown = sorted(set(to) - known.keys())
        if unknown:
            raise NotFoundError(
                what=Phrase("errors.told.notice.subscriber", dataset=kept.dataset), name=unknown[0]
            )
        # Who signed it knows it already, and so does who brought it.
        aside = {notice.sender, kept.via, self._did}
        wanted = {did: known[did] for did in (to or known) if did not in aside}
        if not wanted:
            raise ConflictError(
                what=Phrase("errors.told.notice.nobody", dataset=kept.dataset),
                advice=Phrase("errors.told.notice.subscribe"),
            )
        return [
            NoticeDelivery(
                notice=kept.id,
                receiver=did,
                agreement=agreement.id,
                sent=now,
                name=str(claims.get("name") or ""),
                economy=str(claims.get("economy") or ""),
            )
            for did, (agreement, claims) in wanted.items()
        ]


async def subscribers(
    tx: Transaction, dataset: str, *, now: datetime
) -> dict[str, tuple[Agreement, dict[str, Any]]]:
    """Return who has an agreement about a dataset that stands now, and what they have proven."""
    published = await tx.datasets.get(dataset)
    found: dict[str, tuple[Agreement, dict[str, Any]]] = {}
    for agreement in await tx.agreements.find(role=Role.PROVIDER.value, dataset=dataset):
        begun = await tx.negotiations.get(agreement.negotiation or "")
        if begun is None or agreement.ended or not agreement.active:
            continue
        barred = await stopped(tx, begun.proof, dataset)
        policy = compiled(agreement.document)
        facts = await booked(tx, policy, begun.proof.did, agreement=agreement.id, now=now)
        decision = standing(
            begun.proof, dataset=published, agreement=agreement, now=now, barred=barred, **facts
        )
        if decision.permits:
            found[agreement.consumer] = (agreement, begun.proof.claims)
    return found


def _kept(notice: Notice, envelope: str, did: str, dataset: str, now: datetime) -> KeptNotice:
    if notice.tlp not in kind_of(notice.kind).markings:
        raise MalformedMessageError(
            what=Phrase("errors.told.notice.marking", tlp=notice.tlp),
            expected=", ".join(kind_of(notice.kind).markings),
        )
    return KeptNotice(
        id=notice.id,
        kind=notice.kind,
        direction=NoticeDirection.OUT,
        state=NoticeState.OPEN,
        sender=did,
        via="",
        dataset=dataset,
        sha256=dsse.name(envelope.encode()),
        at=now,
        envelope=envelope,
    )
