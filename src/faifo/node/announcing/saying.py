"""What people of this node say about a notice that came: known, acted on, or wrong.

It is signed, kept, and brought to who brought the notice.
"""

from __future__ import annotations

import asyncio

import msgspec

from faifo import clock
from faifo.ai.passport.said import read_kept, sign
from faifo.errors import ConflictError
from faifo.kinds import personal
from faifo.kinds.signed import Acknowledgement, Followup, Notice, Stage
from faifo.node.announcing import wire
from faifo.node.announcing.booking import check_open, found, note, stages
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.delivery.outbox import Outbox
from faifo.phrases import Phrase
from faifo.store.contract import Store, Transaction
from faifo.store.records import KeptNotice, NoticeDirection


class Saying:
    """The use cases of the receiver's people."""

    def __init__(self, *, did: str, store: Store, keys: CurrentKeys, outbox: Outbox) -> None:
        self._did, self._store, self._keys = did, store, keys
        self._outbox = outbox

    async def acknowledge(
        self, name: str, stage: Stage, *, person: str = "", text: str = ""
    ) -> KeptNotice:
        """Say as a person that a notice is known, or what was done, to who brought it.

        Raises:
            NotFoundError: no such notice came.
            ConflictError: it is over, or that was said already.
            RefusedError: personal data in the text.
        """
        return await self._say(name, stage, person, text)

    async def answer(self, name: str, *, person: str, text: str) -> KeptNotice:
        """Answer a notice that is wrong; the answer travels with it from then on. See above."""
        return await self._say(name, None, person, text)

    async def _say(self, name: str, stage: Stage | None, person: str, text: str) -> KeptNotice:
        personal.check_none((("text", text),))
        now = clock.now()

        async def look(tx: Transaction) -> KeptNotice:
            kept = await found(tx, name, NoticeDirection.IN)
            if stage is not None:
                check_open(kept, read_kept(kept.envelope, Notice), now)
                if stage in stages(kept.statements):
                    raise ConflictError(what=Phrase("errors.told.notice.said", stage=stage))
            elif len(kept.followups) >= wire.FOLLOWUPS:
                raise ConflictError(what=Phrase("errors.told.notice.full", most=wire.FOLLOWUPS))
            return kept

        kept = await self._store.read(look)
        about = {"notice": name, "subject_sha256": kept.sha256, "by": self._did, "at": now}
        said = {"person": person, "text": text}
        record = (
            Acknowledgement(to=kept.via, stage=stage, **about, **said)  # type: ignore[arg-type]
            if stage
            else Followup(act="answer", **about, **said)  # type: ignore[arg-type]
        )
        signed = (await asyncio.to_thread(sign, record, self._keys.passport())).decode()

        async def work(tx: Transaction) -> KeptNotice:
            kept = await look(tx)
            if isinstance(record, Followup):
                kept = msgspec.structs.replace(kept, followups=(*kept.followups, signed))
            else:
                kept = msgspec.structs.replace(kept, statements=(*kept.statements, signed))
            kept = await tx.notices.put(kept)
            await note(tx, f"notice-{stage or 'answered'}", kept, now, person=person)
            body = msgspec.json.encode(wire.Word(signed=signed))
            until = max(read_kept(kept.envelope, Notice).until, now + wire.LEEWAY)
            await self._outbox.queue(
                tx,
                wire.row(
                    wire.WORD, name, kept.via, body, now=now, until=until, path=wire.WORDS_PATH
                ),
            )
            tx.rings(name)
            return kept

        return await self._store.run(work)
