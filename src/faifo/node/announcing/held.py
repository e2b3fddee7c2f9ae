"""Reports that are held wait as reviews: a person decides on one, and signs what was shown.

They are those of the public, and of partners without standing. Such a report acts on nothing until
then; one of the public never does, since nobody answers for it: who takes it up writes an own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from faifo.ai.passport.said import read_kept
from faifo.errors import ConflictError, NotFoundError
from faifo.kinds.kind import kinds
from faifo.kinds.signed import Notice
from faifo.node.announcing.booking import note
from faifo.node.announcing.effects import Effects
from faifo.node.people.reviews import INCIDENT, Line, Reviews
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import KeptNotice, NoticeState, Review


class HeldNotices:
    """Lets a notice wait, shows it to a person, and acts on what that person decides."""

    def __init__(self, reviews: Reviews, effects: Effects) -> None:
        self._reviews, self._effects = reviews, effects
        reviews.handle({INCIDENT: self})

    async def hold(self, tx: Transaction, kept: KeptNotice, now: datetime) -> None:
        """Let a notice that is held, and kept, wait for a person."""
        text = kept.fields.get("description", "")
        if kept.envelope:
            notice = read_kept(kept.envelope, Notice)
            kind = kinds().get(notice.kind)
            text = kind.title(kind.read(notice.content), "en") if kind else notice.kind
        await self._reviews.hold(tx, INCIDENT, kept.id, text, now=now)

    async def shown(self, tx: Transaction, review: Review, lang: str) -> Sequence[Line]:
        kept = await tx.notices.get(review.subject)
        if kept is None:
            return []
        lines: list[Line] = [
            (Phrase(f"person.report.{name}"), text)
            for name, text in kept.fields.items()
            if name != "description"
        ]
        if kept.envelope:
            notice = read_kept(kept.envelope, Notice)
            kind = kinds().get(notice.kind)
            lines.append((Phrase("person.report.sender"), notice.sender))
            lines += kind.view(kind.read(notice.content), lang) if kind else ()
        return [*lines, (Phrase("person.report.why"), Phrase(kept.why))]

    async def decided(
        self, tx: Transaction, review: Review, *, upheld: bool, now: datetime
    ) -> None:
        """Let it act by the word of the person, or set it aside.

        Raises:
            NotFoundError: it is not kept any more.
            ConflictError: it is to act, and is over by now.
        """
        kept = await tx.notices.get(review.subject)
        if kept is None:
            raise NotFoundError(what=Phrase("errors.told.notice.the-in"), name=review.subject)
        if kept.state is not NoticeState.HELD:
            if upheld:
                raise ConflictError(what=Phrase("errors.told.notice.not-held"))
            return
        accepted = upheld and bool(kept.envelope)
        state = NoticeState.OPEN if accepted else NoticeState.SET_ASIDE
        kept = await tx.notices.put(kept, state=state)
        event = "notice-accepted" if accepted else "notice-set-aside"
        await note(tx, event, kept, now, person=review.person, reason=review.reason)
        if accepted:
            notice = read_kept(kept.envelope, Notice)
            await self._effects.act(tx, kept, notice, now=now, person=review.person)
        tx.rings(kept.id)
