"""Skills: badges issued and held, one that is checked, what levels are here, labour demand."""

from __future__ import annotations

from typing import Any

from faifo.api import register, skills
from faifo.api.operation import Operation, Page
from faifo.errors import NotFoundError
from faifo.node.http.console.visit import Facts, IncompleteError, Visit
from faifo.phrases import written

SHOWN = 100


async def overview(visit: Visit) -> Facts:
    checked: skills.CheckedBadge | None = visit.asked.get(skills.CHECK_BADGE.name)
    tables = (await visit.ask(skills.LIST_LEVEL_TABLES)).items
    return {
        "issued": (await _some(visit, skills.LIST_BADGES))[:SHOWN],
        "held": (await _some(visit, skills.LIST_HELD_BADGES))[:SHOWN],
        "checked": checked,
        "tables": tables,
        "economies": sorted({one.content.economy for one in tables}),
        "may_check": visit.may(skills.CHECK_BADGE),
        "named": lambda name: written(name, visit.lang),
    }


async def _some(visit: Visit, operation: Operation[Page[Any]]) -> tuple[Any, ...]:
    """Return what is listed; nothing where this node issues or holds none."""
    try:
        return (await visit.ask(operation)).items
    except NotFoundError:
        return ()


async def check(visit: Visit) -> str:
    """Prove a badge; what it proves is shown once."""
    form = visit.form
    if not form.get("badge", "").strip():
        raise IncompleteError(badge="wrong.empty")
    asked: Facts = {name: form.get(name, "").strip() for name in ("badge", "holder")}
    economy = form.get("economy", "").strip().upper()
    found = await visit.ask(skills.CHECK_BADGE, **asked, economy=economy)
    visit.told = visit.say("skills.proven", name=found.name, by=found.issuer_name or found.issuer)
    return ""


async def demand(visit: Visit) -> Facts:
    query = {"economy": visit.query("economy")}
    found = await visit.ask(register.GET_DEMAND, query=query)
    return {
        "found": found,
        "shown": [(one.month, one.shown) for one in found.months][-24:],
        "young": [(one.month, one.young) for one in found.months][-24:],
    }
