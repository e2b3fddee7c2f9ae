"""Reports of the public: bounded, and held for a person (see `held.py`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from faifo import clock, ids
from faifo.errors import BusyError, MalformedMessageError
from faifo.kinds.ai_incident import AI_INCIDENTS
from faifo.node.announcing.booking import note
from faifo.node.announcing.held import HeldNotices
from faifo.node.outward.strangers import Bucket
from faifo.node.settings.model import NoticeSettings
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import KeptNotice, NoticeDirection, NoticeState

FIELDS: Final = ("system", "description", "harm", "occurred", "contact")
LONGEST: Final = 4000


class Reporting:
    """The use case of who reports from outside."""

    def __init__(self, *, store: Store, held: HeldNotices, limits: NoticeSettings) -> None:
        self._store, self._held = store, held
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
            await self._held.hold(tx, kept, now)
            tx.rings(kept.id)

        await self._store.run(work)
        return reference
