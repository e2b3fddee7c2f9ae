"""AI: what was decided on passports, this node's own, warnings and incidents, and what waits."""

from __future__ import annotations

from typing import Any, Final

from faifo.ai.decision.explain import reason
from faifo.ai.decision.records import Finding
from faifo.api import datasets, notices, passports, reviews
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to

SHOWN: Final = 50


async def overview(visit: Visit) -> Facts:
    judged = {"limit": SHOWN, "after": visit.query("judgements-after")}
    told = {"limit": SHOWN, "after": visit.query("notices-after")}
    return {
        "own": await visit.every(datasets.LIST_DATASETS, with_passport="1"),
        "judgements": await visit.ask(passports.LIST_JUDGEMENTS, query=judged),
        "notices": await visit.ask(notices.LIST_NOTICES, query=told),
        "waits": await visit.every(reviews.LIST_REVIEWS, state="open"),
    }


async def judgement(visit: Visit) -> Facts:
    found = await visit.ask(passports.GET_JUDGEMENT, visit.path("id"))
    said = [(one, _words(one, visit.lang)) for one in found.decision.findings]
    return {"found": found, "findings": said}


def _words(finding: Finding, lang: str) -> str:
    """Return the sentence of a rule; its code, where this version has none."""
    try:
        return reason(finding, lang, page=True)
    except KeyError:
        return finding.code


async def notice(visit: Visit) -> Facts:
    found = await visit.ask(notices.GET_NOTICE, visit.path("id"))
    report = None
    if found.direction == "out" and found.state != "draft":
        report = await visit.ask(notices.GET_REPORT, found.id)
    own = visit.may(notices.ACKNOWLEDGE) and found.direction == "in"
    return {
        "found": found,
        "report": report,
        "content": [(name, value) for name, value in found.content.items() if _plain(value)],
        "may_acknowledge": own and found.state == "open" and found.acted is None,
    }


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


async def acknowledge(visit: Visit) -> str:
    """Say to who brought it that a person knows of it, or what was done."""
    name, form = visit.path("id"), visit.form
    if not form.get("person"):
        raise IncompleteError(person="wrong.empty")
    stage = "acted" if form.get("do") == "acted" else "acknowledged"
    said: Facts = {"person": form["person"], "text": form.get("text", "")}
    await visit.ask(notices.ACKNOWLEDGE, name, stage=stage, **said)
    return to("notices", name)
