"""The node itself: maintenance, its keys, the end of its log, backups, and its languages."""

from __future__ import annotations

from typing import Final

from faifo.api import node as api
from faifo.api.dates import read_moment
from faifo.errors import SettingsError
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.node.http.pages.rendering import NAMES

LINES: Final = 100


async def overview(visit: Visit) -> Facts:
    log = None
    if visit.may(api.READ_LOG):
        log = await visit.ask(api.READ_LOG, query={"lines": LINES})
    return {
        "maintenance": await visit.ask(api.GET_MAINTENANCE),
        "keys": (await visit.ask(api.LIST_KEYS)).items,
        "log": log,
        "may_change": visit.may(api.BEGIN_MAINTENANCE),
    }


async def act(visit: Visit) -> str:
    """Begin maintenance, or end it."""
    form = visit.form
    if form.get("do") == "end":
        await visit.ask(api.END_MAINTENANCE)
        return to("node")
    try:
        until = read_moment("until", form["until"], end_of_day=True) if form.get("until") else None
    except SettingsError:
        raise IncompleteError(until="wrong.day") from None
    if form.get("sure") != "yes":
        raise IncompleteError(sure="wrong.sure")
    order: Facts = {"reason": form.get("reason", ""), "until": until}
    await visit.ask(api.BEGIN_MAINTENANCE, **order)
    return to("node")


async def backups(visit: Visit) -> Facts:
    return {"found": await visit.ask(api.LIST_BACKUPS), "may": visit.may(api.MAKE_BACKUP)}


async def back_up(visit: Visit) -> str:
    await visit.ask(api.MAKE_BACKUP)
    return to("backup")


async def languages(visit: Visit) -> Facts:
    return {"found": await visit.ask(api.LIST_LANGUAGES), "names": NAMES}
