"""Exchanges: negotiations, agreements and transfers, one timeline each, and acting on them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from faifo.api import datasets, processes, stops
from faifo.api import node as api
from faifo.api.operation import Operation
from faifo.errors import NotFoundError
from faifo.machines.role import Role
from faifo.node.http.console.visit import Facts, Visit, to
from faifo.phrases import Phrase, spoken
from faifo.policy.compare import narrows
from faifo.policy.decision import Reason
from faifo.policy.explain import below, sentence

LISTS: Final[dict[str, Operation[Any]]] = {
    "agreements": processes.LIST_AGREEMENTS,
    "transfers": processes.LIST_TRANSFERS,
    "negotiations": processes.LIST_NEGOTIATIONS,
}
NARROWED: Final = ("role", "dataset", "provider", "consumer", "peer")
SHOWN: Final = 50

_ENDED: Final = {"COMPLETED", "TERMINATED", "FINALIZED"}
_SAID: Final[dict[str, Operation[Any]]] = {
    "negotiation-end": processes.TERMINATE_NEGOTIATION,
    "transfer-end": processes.TERMINATE_TRANSFER,
    "transfer-pause": processes.SUSPEND_TRANSFER,
    "transfer-resume": processes.RESUME_TRANSFER,
}


async def listed(visit: Visit) -> Facts:
    kind = visit.query("kind")
    kind = kind if kind in LISTS else "agreements"
    known = {one.name for one in LISTS[kind].query}
    narrowed: dict[str, str] = {
        name: text for name in NARROWED if name in known and (text := visit.query(name))
    }
    query = {"limit": SHOWN, "after": visit.query("after"), **narrowed}
    found = await visit.ask(LISTS[kind], query=query)
    return {
        "kind": kind,
        "kinds": tuple(LISTS),
        "found": found,
        "narrowed": narrowed,
        "here": to("exchanges", kind=kind, **narrowed),
        "trusted": await names(visit),
    }


async def names(visit: Visit) -> dict[str, str]:
    """Return what the partners are called here, by their DIDs."""
    found = await visit.ask(api.LIST_PARTNERS)
    return {one.did: one.name or one.did for one in found.items}


async def one(visit: Visit) -> Facts:
    found = await visit.ask(api.GET_TIMELINE, visit.path("id"))
    reason = found.record.get("reason") or ()
    trees = [tree(entry.detail.get("reason"), visit.lang) for entry in found.entries]
    return {
        "found": found,
        "trees": trees,
        "why": [spoken(processes.why_ended(each), visit.lang) for each in reason],
        "acts": _acts(found, visit),
        "trusted": await names(visit),
        "difference": await _difference(found.record, visit),
    }


async def _difference(record: dict[str, Any], visit: Visit) -> Facts | None:
    """Return how what a partner asks for, or is offered, parts from what the dataset offers."""
    asked = record.get("offer")
    if record.get("role") != Role.PROVIDER or not isinstance(asked, dict):
        return None
    try:
        dataset = await visit.ask(datasets.GET_DATASET, str(record["dataset"]))
    except NotFoundError:
        return None
    return _told(narrows(asked, dataset.policy).reason, visit.lang)


def tree(reason: Any, lang: str) -> Facts | None:
    """Return a tree of reasons with a sentence at each node, as a template unfolds it."""
    if not isinstance(reason, dict):
        return None
    try:
        return _told(msgspec.convert(reason, Reason), lang)
    except (msgspec.ValidationError, KeyError):
        return None


def _told(reason: Reason, lang: str, *, forbids: bool = False) -> Facts:
    children = [_told(one, lang, forbids=f) for one, f in below(reason, forbids=forbids)]
    text = sentence(reason, lang, forbids=forbids)
    return {"text": text, "holds": reason.holds, "children": children}


def _acts(found: api.Timeline, visit: Visit) -> list[str]:
    """Return what whoever looks can do about it now."""
    state, kind = found.record.get("state"), found.kind
    if kind == "agreement":
        return ["agreement-stop"] if not found.record["ended"] and visit.may(stops.STOP) else []
    if state in _ENDED or not visit.may(processes.TERMINATE_TRANSFER):
        return []
    if kind == "negotiation":
        return ["negotiation-end"]
    if kind != "transfer":
        return []
    more = {"STARTED": ["transfer-pause"], "SUSPENDED": ["transfer-resume"]}
    return [*more.get(str(state), []), "transfer-end"]


async def act(visit: Visit) -> str:
    """End, pause, resume or stop what is shown; the other side is told the reason."""
    name, do, reason = visit.path("id"), visit.form.get("do", ""), visit.form.get("reason", "")
    if do == "agreement-stop":
        await visit.ask(stops.STOP, kind="agreement", name=name, reason=reason)
    elif do in _SAID:
        await visit.ask(_SAID[do], name, reason=reason)
    else:
        raise NotFoundError(what=Phrase("errors.noun.shown"), name=do[:50])
    return to("exchanges", name)
