"""What a notice does besides being read: suspend passports. An exercise does not."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from faifo.ai.passport.said import read_kept
from faifo.errors import RefusedError
from faifo.kinds.kind import Kind, kind_of
from faifo.kinds.signed import Notice
from faifo.node.announcing.booking import note
from faifo.node.evidence import suspending
from faifo.node.exchange.ending import Ending
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import KeptNotice, NoticeState, Suspension

LOOKED_AT: Final = 10_000


class Effects:
    """Acts within the unit of work in which a notice goes out, arrives or ends."""

    def __init__(self, *, did: str, ending: Ending) -> None:
        self._did, self._ending = did, ending

    async def standing(self, tx: Transaction, notice: Notice) -> bool:
        """Tell whether the sender may have a notice act; what is not known here may wait."""
        kind = kind_of(notice.kind)
        content = kind.read(notice.content)
        if not kind.stops(content):
            return True
        may = [
            await suspending.standing_of(tx, passport, notice.sender, self._did)
            for passport in kind.about(content)
        ]
        return False not in may

    async def sent(
        self, tx: Transaction, kept: KeptNotice, notice: Notice, *, now: datetime
    ) -> None:
        """Do what our own notice does here: our own people's word always counts at home."""
        await self.act(tx, kept, notice, now=now)

    async def act(
        self, tx: Transaction, kept: KeptNotice, notice: Notice, *, now: datetime, person: str = ""
    ) -> tuple[str, ...]:
        """Suspend what a notice stops; return the passports. Nothing in an exercise."""
        kind = kind_of(notice.kind)
        content = kind.read(notice.content)
        if notice.exercise or not kind.stops(content):
            return ()
        for passport in kind.about(content):
            one = Suspension(
                passport=passport, notice=kept.id, sender=notice.sender, at=now, person=person
            )
            await suspending.suspend(tx, one, self._ending, now=now)
            await note(tx, "passport-suspended", kept, now, passport=passport)
        return kind.about(content)

    async def over(self, tx: Transaction, kept: KeptNotice, *, now: datetime) -> None:
        """End what a notice does."""
        for passport in await suspending.lift(tx, kept.id):
            await note(tx, "passport-suspension-lifted", kept, now, passport=passport)

    async def check_not_stricter(self, tx: Transaction, kind: Kind, content: Any, tlp: str) -> None:
        """Return if no notice of the same source came here under a stricter marking.

        Raises:
            RefusedError: one did; to send it again with another marking is to pass it on.
        """
        source = getattr(content, "source", None)
        if source is None:
            return
        for kept in await tx.notices.find(
            kind=kind.name, direction="in", newest_first=True, limit=LOOKED_AT
        ):
            came = read_kept(kept.envelope, Notice)
            its = (came.content.get("source") or {}).get("identifier")
            if source.identifier not in {kept.id, its} or kept.state is NoticeState.SET_ASIDE:
                continue
            if kind.markings[came.tlp].strictness > kind.markings[tlp].strictness:
                raise RefusedError(
                    what=Phrase("errors.told.notice.passing", id=kept.id),
                    reasons=(Phrase(f"kinds.tlp.{came.tlp}"),),
                )
