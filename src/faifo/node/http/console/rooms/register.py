"""The register that follows promises: how far each has come, its evidence, what has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from faifo import clock
from faifo.api import register as api
from faifo.node.http.console.visit import Facts, Visit
from faifo.phrases import say

LOOKED_BACK: Final = timedelta(days=90)


async def overview(visit: Visit) -> Facts:
    since = visit.query("since") or f"{clock.now() - LOOKED_BACK:%Y-%m-%d}"
    entries = (await visit.ask(api.GET_REGISTER)).items
    return {
        "measured": [one for one in entries if one.progress.indicator],
        "unmeasured": [one for one in entries if not one.progress.indicator],
        "since": since,
        "stands": lambda one: say(f"cli.register.state.{one.state}", visit.lang, days=one.delay),
        "changes": (await visit.ask(api.GET_REGISTER_CHANGES, query={"since": since})).items,
    }
