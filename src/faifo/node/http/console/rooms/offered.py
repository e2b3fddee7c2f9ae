"""What partners offer: all of it with a search, one dataset, whether one may, and asking for it."""

from __future__ import annotations

import asyncio
from typing import Final

from faifo.api import catalog as api
from faifo.api import node, processes
from faifo.errors import FaifoError
from faifo.node.http.console.visit import Facts, Visit, to

LISTED: Final = 200
PATIENCE: Final = 15.0


async def catalog(visit: Visit) -> Facts:
    """Show the partners, and what those show that were asked; one that fails hides no other."""
    partners = (await visit.ask(node.LIST_PARTNERS)).items
    words, chosen = visit.query("q"), visit.query("node")
    facts: Facts = {"partners": partners, "chosen": chosen, "words": words, "asked": False}
    if not (words or chosen):
        return {**facts, "offers": (), "silent": (), "more": False}
    asked = [one for one in partners if chosen in {"", "all", one.did}]
    answers = await asyncio.gather(*(_of(visit, one.did, words) for one in asked))
    offers, silent = [], []
    for partner, answer in zip(asked, answers, strict=True):
        if isinstance(answer, str):
            silent.append((partner, answer))
        else:
            offers += [(partner, one) for one in answer.datasets]
    more = len(offers) > LISTED
    return {**facts, "asked": True, "offers": offers[:LISTED], "silent": silent, "more": more}


async def _of(visit: Visit, did: str, words: str) -> api.Catalog | str:
    try:
        asking = visit.ask(api.READ_CATALOG, node=did, search=words[:200])
        return await asyncio.wait_for(asking, PATIENCE)
    except TimeoutError:
        return visit.say("catalog.late")
    except FaifoError as error:
        return error.sentence(visit.lang)


async def offer(visit: Visit) -> Facts:
    who, name = visit.query("node"), visit.query("dataset")
    found = await visit.ask(api.READ_CATALOG, node=who, dataset=name)
    asked = {"provider": found.participant, "dataset": name, "role": "consumer", "limit": 5}
    known = await visit.ask(processes.LIST_AGREEMENTS, query=asked)
    facts: Facts = {"one": found.datasets[0], "participant": found.participant, "may": None}
    if visit.query("ask"):
        purpose = visit.query("purpose") or None
        facts["may"] = await visit.ask(api.MAY_USE, node=who, dataset=name, purpose=purpose)
    may_ask = visit.may(processes.BEGIN_NEGOTIATION)
    return {**facts, "known": known.items, "may_ask": may_ask}


async def ask_for(visit: Visit) -> str:
    """Begin to negotiate, or find the agreement that is in force."""
    who, name = visit.query("node"), visit.query("dataset")
    purpose = visit.form.get("purpose") or None
    begun = await visit.ask(processes.BEGIN_NEGOTIATION, node=who, dataset=name, purpose=purpose)
    return to("exchanges", begun.agreement or begun.pid)
