"""What the receivers of a notice of ours say: proven, and counted once."""

from __future__ import annotations

from datetime import datetime

from faifo import clock
from faifo.ai.passport import dsse, statement
from faifo.ai.passport.said import open_signed
from faifo.errors import NotFoundError, NotProvenError, RefusedError
from faifo.kinds.signed import ACKNOWLEDGEMENT, Acknowledgement, Followup
from faifo.node.announcing import wire
from faifo.node.announcing.booking import note
from faifo.node.announcing.counting import Counting
from faifo.node.announcing.sending import Sending
from faifo.node.membership.authentication import Participant, claim
from faifo.node.outward.resolver import Resolver
from faifo.node.outward.signers import KeyOf, proven
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction


class Hearing:
    """The use case of who sent."""

    def __init__(
        self, *, store: Store, resolver: Resolver, sending: Sending, counting: Counting
    ) -> None:
        self._store, self._resolver = store, resolver
        self._sending, self._counting = sending, counting

    async def told(self, body: bytes, participant: Participant) -> None:
        """Count what a receiver of a notice of ours says; the same statement counts once.

        Raises:
            MalformedMessageError, NotProvenError: forged, about another notice, dated wrongly.
            NotFoundError: there is no such notice, or it was not sent to him.
            ConflictError: too late, or something else was said before.
        """
        now = clock.now()
        signed = wire.read(body, wire.Word).signed.encode()
        is_word = statement.kind_of(dsse.read(signed).payload) == ACKNOWLEDGEMENT

        def opened(keys: KeyOf) -> Acknowledgement | Followup:
            if is_word:
                return open_signed(signed, Acknowledgement, _by, keys)
            return open_signed(signed, Followup, _by, keys)

        said = await proven(self._resolver, participant.did, opened, party=participant.did)
        if said.by != participant.did:
            raise NotProvenError(step="signer", reason=Phrase("errors.told.notice.not-caller"))

        async def work(tx: Transaction) -> None:
            await claim(tx, participant)
            if isinstance(said, Acknowledgement):
                await self._counting.count(tx, said, signed.decode(), now=now)
            elif isinstance(said, Followup):
                await self._answered(tx, said, signed.decode(), now)

        await self._store.run(work)

    async def _answered(self, tx: Transaction, said: Followup, signed: str, now: datetime) -> None:
        kept = await tx.notices.get(said.notice)
        sent = await tx.deliveries.get(said.notice, said.by)
        if kept is None or sent is None:
            raise NotFoundError(what=Phrase("errors.told.notice.the-out"), name=said.notice)
        if said.subject_sha256 != kept.sha256:
            raise NotProvenError(step="subject", reason=Phrase("errors.told.notice.about-other"))
        if said.act != "answer":
            raise RefusedError(
                what=Phrase("errors.told.notice.ending", id=kept.id),
                reasons=(Phrase("errors.told.notice.by-sender"),),
            )
        if signed not in kept.followups:
            await note(tx, "notice-answered", kept, now, by=said.by)
            await self._sending.attach(tx, kept, said, signed, now=now)


def _by(said: Acknowledgement | Followup) -> str:
    return said.by
