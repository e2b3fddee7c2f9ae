"""Reports and diagnostics: what the doctor finds, and who read what."""

from __future__ import annotations

from faifo.api import node
from faifo.api import today as api
from faifo.node.http.console.visit import Facts, Visit


async def overview(visit: Visit) -> Facts:
    facts: Facts = {"own": await visit.ask(node.GET_NODE), "findings": None}
    facts["found"] = await visit.ask(api.GET_TODAY)
    if visit.query("look"):
        facts["findings"] = (await visit.ask(node.GET_EXAMINATION)).items
    return facts
