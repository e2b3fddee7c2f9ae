"""Large policies, judged before the unit of work that needs them: nobody's write waits for that.

What was judged is remembered by what it says (`policy.compile`, `policy.compare`), so that the unit
of work has it at hand.
"""

from __future__ import annotations

from typing import Any, Final

from faifo.policy.compare import narrows
from faifo.policy.compile import compiled
from faifo.store.contract import Transaction

LARGE: Final = 8_192
"""Bytes of a message from which on it is looked at beforehand, and parsed in a thread."""


async def consider(tx: Transaction, message: Any, pid: str | None) -> None:
    """Judge what `message` asks for, or agrees to in the process `pid`, and forget the answer."""
    agreement = getattr(message, "agreement", None)
    record = await tx.negotiations.get(pid) if pid else None
    if isinstance(agreement, dict) and record:
        compiled(agreement)
        narrows(record.offer, agreement)
    asked = getattr(message, "offer", None)
    if not isinstance(asked, dict):
        return
    compiled(asked)
    name = record.dataset if record else asked.get("target")
    if isinstance(name, str):
        dataset = await tx.datasets.get(name)
    else:
        dataset = await tx.datasets.first(offer_id=str(asked.get("@id")), withdrawn=None)
    if dataset is not None:
        narrows(asked, {**dataset.policy, "@id": dataset.offer_id})
