"""What partners offer: all of it with a search, one dataset, whether one may, and asking for it."""

from __future__ import annotations

import asyncio
from typing import Final

from faifo.api import catalog as api
from faifo.api import node, passports, processes
from faifo.errors import FaifoError, NotFoundError
from faifo.node.http.console.visit import Facts, Visit, to
from faifo.phrases import Phrase

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
    judge = visit.may(passports.CHECK_PASSPORT) and facts["one"].passport_status
    return {**facts, "known": known.items, "may_ask": may_ask, "may_judge": judge}


async def ask_for(visit: Visit) -> str:
    """Begin to negotiate or find the agreement that is in force, or look at the AI passport."""
    who, name = visit.query("node"), visit.query("dataset")
    if visit.form.get("do") == "passport":
        visit.whole = await _passport(visit, who, name)
        return ""
    purpose = visit.form.get("purpose") or None
    begun = await visit.ask(processes.BEGIN_NEGOTIATION, node=who, dataset=name, purpose=purpose)
    return to("exchanges", begun.agreement or begun.pid)


async def _passport(visit: Visit, who: str, name: str) -> str:
    """Return the passport with its pictures and tables, and what this node decides on it."""
    pack = visit.form.get("pack", "")
    judged = await visit.ask(passports.CHECK_PASSPORT, node=who, dataset=name, pack=pack)
    if judged.passport is None:
        raise NotFoundError(what=Phrase("errors.told.thing.passport", dataset=name), name=who)
    from faifo.ai.passport import statement
    from faifo.ai.passport.records import Passport
    from faifo.ai.report.page import passport_page

    passport = statement.read_unproven(judged.passport, statement.PASSPORT, Passport)
    return passport_page(passport, visit.lang, judged.decision)
