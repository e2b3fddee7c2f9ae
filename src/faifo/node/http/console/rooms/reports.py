"""Reports and checks: who read what, and what the doctor finds."""

from __future__ import annotations

from typing import Final

from faifo.api import node, reports
from faifo.node.http.console.visit import Facts, Visit

NARROWED: Final = ("since", "until", "partner", "dataset", "purpose")
SHOWN: Final = 500
DAYS: Final = 31


async def overview(visit: Visit) -> Facts:
    given = {name: visit.query(name) for name in NARROWED}
    by = [name for name in visit.request.all_of("by") if name in reports.GROUPS]
    limit = reports.MOST if visit.query("as") else SHOWN
    query = {**given, "by": ",".join(dict.fromkeys(by)), "limit": limit}
    each = {**given, "by": "day", "limit": reports.MOST}
    days = await visit.ask(reports.GET_ACCESSES, query=each)
    found = await visit.ask(reports.GET_ACCESSES, query=query)
    facts: Facts = {
        "found": found,
        "days": [(one.day, one.served) for one in days.rows][-DAYS:],
        "given": given,
        "all_groups": reports.GROUPS,
        "csv": reports.as_csv(found),
        "own": await visit.ask(node.GET_NODE),
        "findings": None,
        "may_back_up": visit.may(node.LIST_BACKUPS),
    }
    if visit.query("look"):
        facts["findings"] = (await visit.ask(node.GET_EXAMINATION)).items
    return facts
