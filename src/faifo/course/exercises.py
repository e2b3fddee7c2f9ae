"""Whether an exercise is done: asked of the nodes, never of the learner alone.

Each returns None, or the key of a phrase that says what is still to do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from faifo.course.room import PURPOSE, SCORES, Room
from faifo.folding import folded

Exercise = Callable[[Room], Awaitable[str | None]]


async def table(room: Room) -> str | None:
    """The table without people is shared, for a purpose and until a day; the other is not."""
    shared = [one async for one in room.mine.datasets() if one.withdrawn is None]
    names = {Path(one.location).name for one in shared}
    if "people.csv" in names:
        return "people"
    if "rice.csv" not in names:
        return "nothing"
    (rice,) = [one for one in shared if Path(one.location).name == "rice.csv"][:1]
    operands = str(rice.policy)
    if "purpose" not in operands:
        return "purpose"
    return None if "dateTime" in operands else "until"


async def refusal(room: Room) -> str | None:
    """The refusal was read: its reason is named, and what is allowed was asked for."""
    if folded(room.answer).strip() not in map(folded, ("purpose", "mục đích", "목적")):
        return "reason"
    got = room.desk / "scores.csv"
    if not got.is_file() or got.read_text("utf-8") != SCORES:
        return "get"
    agreed = [one async for one in room.mine.agreements(dataset="scores")]
    return None if any(PURPOSE in str(one.document) for one in agreed) else "get"


async def passport(room: Room) -> str | None:
    """Both passports were judged here, and the one that fails is named."""
    judged = {one.dataset async for one in room.mine.judgements()}
    if not {"loans-strict", "loans-lenient"} <= judged:
        return "both"
    return None if folded(room.answer).strip().endswith("strict") else "which"


async def scam(room: Room) -> str | None:
    """The warning was acknowledged, with what was done: the school has that, signed."""
    report = await room.school.notice_report(room.notice)
    states = {line.state for line in report.receivers}
    return None if "acted" in states else "act" if "acknowledged" in states else "know"


EXERCISES: Final[dict[str, Exercise]] = {
    "table": table,
    "refusal": refusal,
    "passport": passport,
    "scam": scam,
}
