"""How far a commitment has come, by its own indicator; what ships is in it too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec

from faifo import mission
from faifo.kinds.commitments import Commitment, Indicator, Point
from faifo.phrases import say
from faifo.skills.demand import TOTAL, YOUNG, Cell

OURS: Final = "faifo"
"""Whose word an entry is that ships with Faifo: press reports of public meetings."""
JOBS: Final = "jobs"
"""The entry on young people without work."""


class Edition(NamedTuple):
    """An entry as somebody had it from a day on; `by` is the DID that signed it, or `OURS`."""

    by: str
    at: date
    entry: Commitment


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`share` of the way to the target; `expected` by now, if one went evenly; None where unknown.

    `state`: done, on-time, behind, late (with `delay` in days), watched (a series without a
    target), or unmeasured. `trend` is the last value less the first.
    """

    id: str
    by: str
    title: str
    status: str
    who: str
    said: date
    owner: str
    due: date | None
    state: str
    share: float | None = None
    expected: float | None = None
    delay: int = 0
    last: float | None = None
    trend: float | None = None
    indicator: str = ""
    evidence: int = 0
    rule: str = ""


def progress(edition: Edition, lang: str, *, today: date) -> Progress:
    """Return how far an entry has come."""
    entry = edition.entry
    measured = _measured(entry, entry.indicator, today) if entry.indicator else {}
    return Progress(
        id=entry.id,
        by=edition.by,
        title=entry.text(lang),
        status=entry.status,
        who=entry.who,
        said=entry.said,
        owner=entry.owner,
        due=entry.due,
        evidence=len(entry.evidence),
        rule=entry.rule,
        **{"state": "unmeasured", **measured},
    )


def _measured(entry: Commitment, one: Indicator, today: date) -> dict[str, Any]:
    values = [point for point in one.series if point.at <= today]
    if not values:
        return {"indicator": one.name}
    last = values[-1].value
    told = {"indicator": one.name, "last": last, "trend": last - values[0].value}
    if one.baseline is None or one.target is None:
        return {**told, "state": "watched"}
    share = (last - one.baseline) / (one.target - one.baseline)
    expected, delay, state = None, 0, "on-time"
    if entry.due is not None:
        whole = (entry.due - entry.said).days
        expected = min(max((today - entry.said).days / whole, 0.0), 1.0)
        state = "on-time" if share >= expected else "behind"
        if today > entry.due and share < 1:
            state, delay = "late", (today - entry.due).days
    if share >= 1:
        state = "done"
    return {**told, "share": share, "expected": expected, "delay": delay, "state": state}


def shipped(lang: str, demand: Iterable[Cell] = ()) -> Iterator[Edition]:
    """Yield what leaders and ministers asked for; nobody has given it an indicator.

    `demand`: published counts. Those for people of 15 to 29 are then the series beside the entry on
    young people: a count of openings, which is not the rate that the entry names.
    """
    series = young(demand)
    for one in mission.asked():
        since, _ = mission.days(one.meeting)
        who = f"mission.by.{one.by}" if one.by else f"mission.body.{one.meeting}"
        entry = Commitment(
            id=one.id,
            title={"en": one.en, "vi": one.vi},
            quote=one.words,
            source=say("mission.source", lang, meeting=say(f"mission.meeting.{one.meeting}", lang)),
            said=date.fromisoformat(since if len(since) == 10 else f"{since}-01"),
            who=say(who, lang),
            status=say(f"mission.verb.{one.verb}", lang),
            indicator=_of_demand(series, lang) if one.id == JOBS and series else None,
        )
        yield Edition(OURS, entry.said, entry)


def young(cells: Iterable[Cell]) -> tuple[Point, ...]:
    """Return the counts for people of 15 to 29 by month, over all economies that show them."""
    months: dict[str, int] = {}
    for cell in cells:
        if cell.age == YOUNG and cell.economy != TOTAL and cell.value is not None:
            months[cell.month] = months.get(cell.month, 0) + cell.value
    return tuple(
        Point(at=date.fromisoformat(f"{month}-01"), value=value)
        for month, value in sorted(months.items())
    )


def _of_demand(series: tuple[Point, ...], lang: str) -> Indicator:
    # The report's 5 % is of another measure: no target, and no share, is told of this one.
    return Indicator(name=say("register.young", lang), series=series)
