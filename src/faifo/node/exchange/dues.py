"""What must be done by a day: duties of agreements, and dossiers of transfers abroad.

A duty binds the consumer; both books keep it from the agreement on. A dossier is opened with the
first transfer under an agreement whose dataset stands under a pack that asks for one. Timers remind
before the day and on it; what is done is said by a person, and stays in the books. Nothing here
does it by itself, and none is called enforced.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from faifo import clock, ids
from faifo.errors import ConflictError, NotFoundError
from faifo.node.delivery.timers import Timers
from faifo.packs import terms as packs
from faifo.phrases import Phrase
from faifo.policy.compile import compiled
from faifo.policy.decision import shown
from faifo.policy.duties import due_by
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import Agreement, Dataset, Due, Transfer

DUE: Final = "due"
DUTY: Final = "duty"
DOSSIER: Final = "dossier"
SPAN: Final = timedelta(days=60)
"""Viet Nam, Law 91/2025/QH15 with Decree 356/2025/NĐ-CP: from the first transfer."""
BEFORE: Final = (timedelta(days=14), timedelta(days=3), timedelta(0))
# Citizens from which data is important, and core: Viet Nam, Decision 20/2025/QĐ-TTg.
_CLASSES: Final = {False: (100_000, 1_000_000), True: (10_000, 100_000)}


def class_of(citizens: int, *, sensitive: bool) -> str:
    """Return `ordinary`, `important` or `core`."""
    important, core = _CLASSES[sensitive]
    if citizens < important:
        return "ordinary"
    return "important" if citizens < core else "core"


class Dues:
    """The use cases."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        timers.handle(DUE, self._remind)

    async def agreed(self, tx: Transaction, agreement: Agreement, *, now: datetime) -> None:
        """Keep the duties of an agreement that is in force from now on."""
        read = compiled(agreement.document)
        named = [(duty.name or str(number), duty) for number, duty in enumerate(read.duties)]
        first = [(duty.called, duty) for duty in read.first]
        for called, duty in (*named, *first):
            due, name = due_by(duty, agreement.created), f"{agreement.id}#{called}"
            detail = {"first": True} if duty in read.first else {}
            if await tx.dues.get(name) is None:
                action = duty.told()["action"]
                await self._open(tx, name, DUTY, agreement, action, due, detail, now=now)

    async def transferred(self, tx: Transaction, record: Transfer, *, now: datetime) -> None:
        """Open the dossier of the first transfer abroad under an agreement, where one is asked."""
        dataset = await tx.datasets.get(record.dataset)
        agreement = await tx.agreements.get(record.agreement or "", record.role)
        home = _home(dataset)
        economy = record.proof.claims.get("economy")
        if dataset is None or agreement is None or not home or economy == home:
            return
        name = f"{agreement.id}#{DOSSIER}"
        if await tx.dues.get(name):
            return
        detail: dict[str, Any] = {
            "packs": list(dataset.packs),
            "to": economy,
            "citizens": dataset.citizens,
            "sensitive": dataset.sensitive,
            "first_transfer": clock.text(now),
            "transfer": record.pid,
        }
        if dataset.citizens is not None:
            detail["class"] = class_of(dataset.citizens, sensitive=dataset.sensitive)
        await self._open(tx, name, DOSSIER, agreement, "file", now + SPAN, detail, now=now)

    async def done(
        self, tx: Transaction, name: str, note: str, *, now: datetime, statement: str = ""
    ) -> Due:
        """Keep that it was done, as a person says, or as the consumer has signed.

        Raises:
            NotFoundError: there is nothing of that name.
            ConflictError: it was done before.
        """
        kept = await tx.dues.get(name)
        if kept is None:
            raise NotFoundError(what=Phrase("errors.told.thing.due"), name=name)
        if kept.done is not None:
            raise ConflictError(what=Phrase("errors.told.due.done", at=clock.text(kept.done)))
        await self._timers.cancel(tx, DUE, name)
        detail = {**kept.detail, "statement": statement} if statement else kept.detail
        kept = await tx.dues.put(kept, done=now, note=note, detail=detail)
        await _note(tx, "due-done", kept, now)
        return kept

    async def _open(
        self,
        tx: Transaction,
        name: str,
        kind: str,
        agreement: Agreement,
        action: str,
        due: datetime | None,
        detail: dict[str, Any],
        *,
        now: datetime,
    ) -> None:
        kept = await tx.dues.put(
            Due(
                id=name,
                kind=kind,
                agreement=agreement.id,
                role=agreement.role,
                dataset=agreement.dataset,
                peer=agreement.peer,
                action=shown(action),
                opened=now,
                due=due,
                detail=detail,
                number=ids.new_urn(now),
            )
        )
        await _note(tx, "duty-opened" if kind == DUTY else "dossier-opened", kept, now)
        await self._next(tx, kept, now)

    async def _next(self, tx: Transaction, kept: Due, now: datetime) -> None:
        if kept.due is None:
            return
        coming = [kept.due - span for span in BEFORE if kept.due - span > now]
        if coming:
            await self._timers.set(tx, DUE, kept.id, min(coming))

    async def _remind(self, tx: Transaction, name: str, now: datetime) -> None:
        kept = await tx.dues.get(name)
        if kept is None or kept.done is not None or kept.due is None:
            return
        await _note(tx, "due-overdue" if now >= kept.due else "due-soon", kept, now)
        await self._next(tx, kept, now)


def _home(dataset: Dataset | None) -> str:
    """Return the economy from which a transfer goes abroad, by the first pack that asks."""
    known = packs.names()
    for name in dataset.packs if dataset else ():
        home = packs.open_pack(name).dossier if name in known else ""
        if home:
            return home
    return ""


async def _note(tx: Transaction, event: str, kept: Due, now: datetime) -> None:
    told: dict[str, Any] = {"id": kept.id, "action": kept.action}
    if kept.due is not None:
        told["due"] = clock.text(kept.due)
    await happened(tx, event, now, kept, told)
