"""What partners offer: all of it with a search, one dataset, whether one may, and asking for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

from faifo.api import catalog as api
from faifo.api import node, passports, processes
from faifo.errors import FaifoError, NotFoundError
from faifo.node.http.console.rooms.passports import read, shown
from faifo.node.http.console.visit import Facts, Visit, to
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from markupsafe import Markup

LISTED: Final = 200
FACETS: Final = {"media": "media_type", "licence": "licence", "passport": "passport_status"}
SHOWN: Final = 8
PATIENCE: Final = 15.0


async def catalog(visit: Visit) -> Facts:
    """Show the partners, and what those show that were asked; one that fails hides no other."""
    partners = (await visit.ask(node.LIST_PARTNERS)).items
    words, chosen = visit.query("q"), visit.query("node")
    facts: Facts = {"partners": partners, "chosen": chosen, "words": words, "asked": False}
    if not (words or chosen):
        return {**facts, "offers": (), "silent": (), "more": False, "facets": {}}
    asked = [one for one in partners if chosen in {"", "all", one.did}]
    answers = await asyncio.gather(*(_of(visit, one.did, words) for one in asked))
    offers, silent = [], []
    for partner, answer in zip(asked, answers, strict=True):
        if isinstance(answer, str):
            silent.append((partner, answer))
        else:
            offers += [(partner, one) for one in answer.datasets]
    facets, offers = _narrowed(visit, offers)
    more = len(offers) > LISTED
    told = {"asked": True, "offers": offers[:LISTED], "silent": silent, "more": more}
    return {**facts, **told, "facets": facets}


Offers = list[tuple[node.Partner, api.OfferedDataset]]


def _narrowed(visit: Visit, offers: Offers) -> tuple[Facts, Offers]:
    """Return how many there are of each kind, with a link to those alone, and what is chosen."""
    asked = {name: visit.query(name) for name in ("q", "node", *FACETS)}
    facets = {}
    for name, member in FACETS.items():
        counts = Counter(said for _, one in offers if (said := getattr(one, member)))
        divides = len(counts) > 1 or 0 < counts.total() < len(offers)
        if divides or asked[name]:
            every = [("", len(offers))] if asked[name] else []
            facets[name] = [
                (said, count, to("catalog", **(asked | {name: said})))
                for said, count in every + counts.most_common(SHOWN)
            ]
    for name, member in FACETS.items():
        if wanted := asked[name]:
            offers = [each for each in offers if getattr(each[1], member) == wanted]
    return facets, offers


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
        visit.found = await _passport(visit, who, name)
        return ""
    purpose = visit.form.get("purpose") or None
    begun = await visit.ask(processes.BEGIN_NEGOTIATION, node=who, dataset=name, purpose=purpose)
    return to("exchanges", begun.agreement or begun.pid)


async def _passport(visit: Visit, who: str, name: str) -> Markup:
    """Return the passport with its pictures and tables, and what this node decides on it."""
    pack = visit.form.get("pack", "")
    judged = await visit.ask(passports.CHECK_PASSPORT, node=who, dataset=name, pack=pack)
    if judged.passport is None:
        raise NotFoundError(what=Phrase("errors.told.thing.passport", dataset=name), name=who)
    return shown(read(judged.passport), visit.lang, judged.decision)
