"""Notices in the books: finding one, whether it is over, and what happened with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from faifo.ai.passport.said import read_kept
from faifo.errors import ConflictError, NotFoundError
from faifo.kinds.signed import Acknowledgement, Notice
from faifo.phrases import Phrase
from faifo.phrases.figures import moment
from faifo.store.contract import Transaction
from faifo.store.journal import happened
from faifo.store.records import KeptNotice, NoticeDirection, NoticeState

ENDS: Final = {
    "cancelled": NoticeState.CANCELLED,
    "closed": NoticeState.CLOSED,
    "withdrawn": NoticeState.WITHDRAWN,
}
"""The state that the sender's own last word brings."""


async def found(tx: Transaction, name: str, direction: NoticeDirection) -> KeptNotice:
    """Return a notice of ours, or one that came; raises NotFoundError."""
    kept = await tx.notices.get(name)
    if kept is None or kept.direction is not direction:
        raise NotFoundError(what=Phrase(f"errors.told.notice.the-{direction.value}"), name=name)
    return kept


def check_open(kept: KeptNotice, notice: Notice, now: datetime) -> None:
    """Return if a notice is not over.

    Raises:
        ConflictError: its sender ended it, or its time is over.
    """
    if kept.state in ENDS.values():
        raise ConflictError(what=Phrase("errors.told.notice.ended", state=kept.state.value))
    if now >= notice.until:
        raise ConflictError(what=Phrase("errors.told.notice.over", at=moment(notice.until)))


async def note(tx: Transaction, event: str, kept: KeptNotice, now: datetime, **detail: Any) -> None:
    """Write down what happened with a notice, and that it is an exercise; nothing of its text."""
    told = {"notice": kept.id, "kind": kept.kind, **detail}
    if kept.envelope and read_kept(kept.envelope, Notice).exercise:
        told["exercise"] = True
    names = {"process": kept.id, "dataset": kept.dataset or None, "peer": kept.via or None}
    await happened(tx, event, now, names, told)


def stages(statements: Sequence[str]) -> dict[str, Acknowledgement]:
    """Return what a receiver has said, by its stage."""
    said = (read_kept(text, Acknowledgement) for text in statements)
    return {one.stage: one for one in said}
