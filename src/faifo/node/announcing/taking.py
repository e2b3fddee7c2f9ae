"""A notice arrives: proven, within bounds, and durable before it is answered.

Who brings a notice must have an agreement with us about the dataset that it names. Who signed it is
proven by his own DID document, also where another passes it on, which its marking must allow.
"""

from __future__ import annotations

import asyncio
import math
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from faifo import clock
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.said import open_signed, sign
from faifo.bounded import Bounded
from faifo.errors import (
    BusyError,
    ConflictError,
    MalformedMessageError,
    NotProvenError,
    RefusedError,
)
from faifo.kinds.kind import kind_of
from faifo.kinds.signed import FOLLOWUP, NOTICE, Acknowledgement, Followup, Notice, Stage
from faifo.machines.role import Role
from faifo.node.announcing import wire
from faifo.node.announcing.booking import ENDS, check_open, note
from faifo.node.announcing.effects import Effects
from faifo.node.announcing.held import HeldNotices
from faifo.node.announcing.sending import Sending
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.membership.authentication import Participant, claim
from faifo.node.outward.resolver import Resolver
from faifo.node.outward.signers import KeyOf, proven
from faifo.node.outward.strangers import Bucket
from faifo.phrases import Phrase
from faifo.phrases.figures import moment
from faifo.store.contract import Store, Transaction
from faifo.store.records import KeptNotice, NoticeDirection, NoticeState

A_MINUTE: Final = 60
HELD: Final = 100
SENDERS: Final = 10_000


class _Arrived(NamedTuple):
    notice: Notice
    sha256: str
    parcel: wire.Parcel
    followups: list[tuple[Followup, str]]


class Taking:
    """The use case of who receives."""

    def __init__(
        self,
        *,
        did: str,
        store: Store,
        keys: CurrentKeys,
        resolver: Resolver,
        effects: Effects,
        held: HeldNotices,
        sending: Sending,
        at_once: bool,
    ) -> None:
        self._did, self._store, self._keys = did, store, keys
        self._resolver = resolver
        self._effects, self._held = effects, held
        self._sending = sending
        self._first: Stage = "acknowledged" if at_once else "received"
        self._pace = Bounded[str, Bucket](SENDERS)

    async def take(self, body: bytes, participant: Participant) -> bytes:
        """Keep what a partner brings, and return our signed word that it is here.

        Raises:
            MalformedMessageError, TooLargeError: it cannot be read, or is dated wrongly.
            NotProvenError: a signature does not hold, or is not of whom it should be.
            NotFoundError: this node knows no such kind.
            RefusedError: no agreement, or its marking does not let it be passed on.
            ConflictError: it is over, or another notice has its id.
            BusyError: this partner brings too many.
        """
        now = clock.now()
        arrived = await self._proven(body, participant.did, now)
        notice = arrived.notice
        word = Acknowledgement(
            notice=notice.id,
            subject_sha256=arrived.sha256,
            by=self._did,
            to=participant.did,
            at=now,
            stage=self._first,
        )
        signed = await asyncio.to_thread(sign, word, self._keys.passport())

        async def work(tx: Transaction) -> bytes:
            await claim(tx, participant)
            kept = await tx.notices.get(notice.id)
            if kept is None:
                kept = await self._keep(tx, arrived, participant.did, signed.decode(), now)
            elif kept.sha256 != arrived.sha256 or participant.did not in {kept.via, notice.sender}:
                raise ConflictError(what=Phrase("errors.told.notice.id-taken", id=notice.id))
            for record, text in arrived.followups:
                kept = await self._add(tx, kept, record, text, now)
            # Who signed it may bring it after another has, and say more: a word to him is his own.
            return kept.statements[0].encode() if kept.via == participant.did else signed

        return await self._store.run(work)

    async def _proven(self, body: bytes, via: str, now: datetime) -> _Arrived:
        parcel = wire.read(body, wire.Parcel)
        signed = parcel.signed.encode()
        unproven = statement.read_statement(dsse.read(signed).payload, NOTICE, Notice)[0]

        async def asked_for(tx: Transaction) -> None:
            known = await tx.notices.get(unproven.id)
            if known is None or known.via != via:  # of what is here, the rest may always come
                await _check_agreed(tx, via, parcel.dataset)

        # Nobody is asked for anything before it is clear that we asked for this.
        await self._store.read(asked_for)

        def opened(keys: KeyOf) -> Notice:
            return open_signed(signed, Notice, lambda one: one.sender, keys)

        notice = await proven(self._resolver, unproven.sender, opened, party=via)
        kind = kind_of(notice.kind)
        kind.read(notice.content)
        if notice.tlp not in kind.markings or notice.sent > now + wire.LEEWAY:
            raise MalformedMessageError(
                what=Phrase("errors.told.notice.dated", at=moment(notice.sent)),
                expected=Phrase("errors.told.notice.past"),
            )
        if notice.sender != via and not kind.markings[notice.tlp].passed_on:
            raise RefusedError(
                what=Phrase("errors.told.notice.passing", id=notice.id),
                reasons=(Phrase(f"kinds.tlp.{notice.tlp}"),),
            )
        sha256 = dsse.name(signed)
        followups = [
            (await self._followup(text, notice, sha256, via), text) for text in parcel.followups
        ]
        return _Arrived(notice, sha256, parcel, followups)

    async def _followup(self, text: str, notice: Notice, sha256: str, via: str) -> Followup:
        signed = text.encode()
        said = statement.read_statement(dsse.read(signed).payload, FOLLOWUP, Followup)[0]

        def opened(keys: KeyOf) -> Followup:
            return open_signed(signed, Followup, _by, keys)

        said = await proven(self._resolver, said.by, opened, party=via)
        if said.notice != notice.id or said.subject_sha256 != sha256:
            raise NotProvenError(step="subject", reason=Phrase("errors.told.notice.about-other"))
        if said.act in ENDS and said.by != notice.sender:
            raise NotProvenError(step="signer", reason=Phrase("errors.told.notice.by-sender"))
        return said

    async def _keep(
        self, tx: Transaction, arrived: _Arrived, via: str, word: str, now: datetime
    ) -> KeptNotice:
        notice, dataset = arrived.notice, arrived.parcel.dataset
        await _check_agreed(tx, via, dataset)
        self._check_pace(via)
        kept = KeptNotice(
            id=notice.id,
            kind=notice.kind,
            direction=NoticeDirection.IN,
            state=NoticeState.OPEN,
            sender=notice.sender,
            via=via,
            dataset=dataset,
            sha256=arrived.sha256,
            at=now,
            envelope=arrived.parcel.signed,
            statements=(word,),
        )
        if not any(record.act in ENDS for record, _ in arrived.followups):
            check_open(kept, notice, now)
        if not await self._effects.standing(tx, notice):
            if await tx.notices.count(via=via, state=NoticeState.HELD.value) >= HELD:
                raise BusyError(
                    what=Phrase("errors.told.notice.held-many", most=HELD), seconds=3600
                )
            kept = msgspec.structs.replace(
                kept, state=NoticeState.HELD, why="kinds.held.no-standing"
            )
        kept = await tx.notices.put(kept)
        await note(tx, "notice-received", kept, now, tlp=notice.tlp)
        if kept.state is NoticeState.OPEN:
            await self._effects.act(tx, kept, notice, now=now)
        else:
            await self._held.hold(tx, kept, now)
        tx.rings(kept.id)
        return kept

    async def _add(
        self, tx: Transaction, kept: KeptNotice, record: Followup, text: str, now: datetime
    ) -> KeptNotice:
        full = len(kept.followups) >= wire.FOLLOWUPS and record.act not in ENDS
        if full or text in kept.followups or kept.state in ENDS.values():
            return kept
        await note(tx, f"notice-{'answered' if record.act == 'answer' else record.act}", kept, now,
                   by=record.by)  # fmt: skip
        return await self._sending.attach(tx, kept, record, text, now=now)

    def _check_pace(self, via: str) -> None:
        bucket = self._pace.get(via)
        if bucket is None:
            bucket = self._pace[via] = Bucket(A_MINUTE)
        wait = bucket.wait()
        if wait:
            what = Phrase("errors.told.notice.too-many", most=A_MINUTE)
            raise BusyError(what=what, seconds=math.ceil(wait))
        bucket.take()


async def _check_agreed(tx: Transaction, via: str, dataset: str) -> None:
    agreed = await tx.agreements.find(role=Role.CONSUMER.value, provider=via, dataset=dataset)
    if await tx.stops.get("partner", via) or not any(
        one.active and not one.ended for one in agreed
    ):
        raise RefusedError(
            what=Phrase("errors.told.notice.taking", dataset=dataset),
            reasons=(Phrase("errors.told.notice.no-agreement"),),
        )


def _by(said: Acknowledgement | Followup) -> str:
    return said.by
