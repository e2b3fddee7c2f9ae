"""What happened, as it is written into the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Due, JournalEntry, Process

Names = Mapping[str, str | None]


async def happened(
    tx: Transaction,
    event: str,
    now: datetime,
    about: Process | Agreement | Due | Names | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down what happened to a process, an agreement or a due, or to whom or what is named."""
    names = _names(about) if isinstance(about, Process | Agreement | Due) else about or {}
    await tx.journal.append(JournalEntry(event=event, at=now, detail=detail or {}, **names))


def _names(about: Process | Agreement | Due) -> Names:
    both = {"dataset": about.dataset, "peer": about.peer}
    if isinstance(about, Process):
        return {"process": about.pid, "agreement": about.agreement, **both}
    return {"agreement": about.id if isinstance(about, Agreement) else about.agreement, **both}
