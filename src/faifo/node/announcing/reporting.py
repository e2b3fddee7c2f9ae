"""Reports that wait for a person: of the public, and of partners without standing.

Such a report acts on nothing until a person of this node says so by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from faifo import clock, ids
from faifo.errors import BusyError, ConflictError, MalformedMessageError, NotFoundError
from faifo.kinds.ai_incident import AI_INCIDENTS
from faifo.kinds.signed import Notice, read_kept
from faifo.node.announcing.booking import note
from faifo.node.announcing.effects import Effects
from faifo.node.delivery.changes import Changes
from faifo.node.outward.strangers import Bucket
from faifo.node.settings.model import NoticeSettings
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import KeptNotice, NoticeDirection, NoticeState

FIELDS: Final = ("system", "description", "harm", "occurred", "contact")
LONGEST: Final = 4000


class Reporting:
    """The use cases of who reports from outside, and of who looks at it."""

    def __init__(
        self, *, did: str, store: Store, effects: Effects, changes: Changes, limits: NoticeSettings
    ) -> None:
        self._did, self._store, self._effects, self._changes = did, store, effects, changes
        self._waiting = limits.reports_waiting
        self._pace = Bucket(limits.reports_per_minute)

    async def report_from_public(self, fields: Mapping[str, str]) -> str:
        """Hold a report of somebody without an account, and return its reference.

        `fields` are of `FIELDS`; `description` is needed. Who reports may give a contact.

        Raises:
            MalformedMessageError: an unknown field, no description, or too long a text.
            BusyError: too many come, or too many wait.
        """
        for name, text in fields.items():
            if name not in FIELDS or len(text) > LONGEST:
                raise MalformedMessageError(
                    what=Phrase("errors.told.notice.field", name=name[:40], most=LONGEST),
                    expected=", ".join(FIELDS),
                )
        if not fields.get("description", "").strip():
            raise MalformedMessageError(
                what=Phrase("errors.told.notice.no-description"), expected=", ".join(FIELDS)
            )
        wait = self._pace.wait()
        if wait:
            raise BusyError(what=Phrase("errors.told.notice.reports"), seconds=math.ceil(wait))
        self._pace.take()
        now = clock.now()
        reference = ids.new_secret()
        kept = KeptNotice(
            id=f"urn:faifo:report:{reference}",
            kind=AI_INCIDENTS.name,
            direction=NoticeDirection.PUBLIC,
            state=NoticeState.HELD,
            sender="",
            via="",
            dataset="",
            sha256="",
            at=now,
            fields={name: text for name, text in fields.items() if text.strip()},
            why="kinds.held.public",
        )

        async def work(tx: Transaction) -> None:
            held = await tx.notices.count(direction="public", state="held")
            if held >= self._waiting:
                raise BusyError(what=Phrase("errors.told.notice.reports"), seconds=3600)
            await tx.notices.put(kept)
            await note(tx, "notice-held", kept, now)
            tx.after_commit(lambda: self._changes.ring(kept.id))

        await self._store.run(work)
        return reference

    async def decide(self, name: str, *, person: str, accept: bool, reason: str) -> KeptNotice:
        """Let what is held act by the word of a person, or set it aside.

        Raises:
            NotFoundError: there is no such report.
            ConflictError: it is not held, or there is nothing in it that could act.
        """
        now = clock.now()

        async def work(tx: Transaction) -> KeptNotice:
            kept = await tx.notices.get(name)
            if kept is None:
                raise NotFoundError(what=Phrase("errors.told.notice.the-in"), name=name)
            if kept.state is not NoticeState.HELD:
                raise ConflictError(what=Phrase("errors.told.notice.not-held"))
            if accept and not kept.envelope:
                raise ConflictError(
                    what=Phrase("errors.told.notice.public"),
                    advice=Phrase("errors.told.notice.write-own"),
                )
            state = NoticeState.OPEN if accept else NoticeState.SET_ASIDE
            kept = await tx.notices.put(msgspec.structs.replace(kept, state=state))
            await self._decided(tx, kept, person, reason, now)
            return kept

        return await self._store.run(work)

    async def _decided(
        self, tx: Transaction, kept: KeptNotice, person: str, reason: str, now: datetime
    ) -> None:
        event = "notice-accepted" if kept.state is NoticeState.OPEN else "notice-set-aside"
        await note(tx, event, kept, now, person=person, reason=reason)
        if kept.state is NoticeState.OPEN:
            await self._effects.act(
                tx, kept, read_kept(kept.envelope, Notice), now=now, person=person
            )
        tx.after_commit(lambda: self._changes.ring(kept.id))
