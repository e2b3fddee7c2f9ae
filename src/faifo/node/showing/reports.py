"""Who read what: made from the counts that every access adds to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from faifo.api.reports import GROUPS, AccessReport, AccessRow
from faifo.errors import SettingsError
from faifo.node.showing.answers import answer
from faifo.phrases import Phrase
from faifo.store.contract import Transaction
from faifo.store.records import AccessCount

ROWS: Final = 1000
_COLUMN: Final = {name: "peer" if name == "partner" else name for name in GROUPS}


async def accesses(
    tx: Transaction,
    by: Sequence[str],
    *,
    days: tuple[date, date],
    names: Mapping[str, str],
    limit: int = ROWS,
    partner: str | None = None,
    dataset: str | None = None,
    purpose: str | None = None,
) -> AccessReport:
    """Return the report over `days`, the first and the last; `names` are those of partners."""
    since, until = days
    narrowed = {"peer": partner, "dataset": dataset, "purpose": purpose}
    columns = [_COLUMN[name] for name in by]
    found, total = await tx.accesses.sums(
        columns, since=since, until=until, limit=limit + 1, **narrowed
    )
    return AccessReport(
        since=since.isoformat(),
        until=until.isoformat(),
        by=tuple(by),
        rows=tuple(_row(one, by, names) for one in found[:limit]),
        more=len(found) > limit,
        served=total.served,
        refused=total.refused,
        bytes=total.bytes,
    )


def _row(one: AccessCount, by: Sequence[str], names: Mapping[str, str]) -> AccessRow:
    groups = {name: getattr(one, _COLUMN[name]) if name in by else None for name in GROUPS}
    return answer(AccessRow, one, **groups, name=names.get(one.peer, ""))


def days(since: str | None, until: str | None, now: datetime) -> tuple[date, date]:
    """Return the first and the last day of a report; this month until today unless given.

    Raises:
        SettingsError: one is no day.
    """
    last = _day("until", until) if until else now.date()
    return (_day("since", since) if since else last.replace(day=1)), last


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            what=Phrase("errors.told.option.is", option=option, text=text[:100]),
            expected=Phrase("errors.told.report.day"),
        ) from None
