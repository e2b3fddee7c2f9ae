"""Terms and laws: what is due, the packs with their clauses, and terms built clause by clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from faifo import clock
from faifo.api import datasets, dues
from faifo.errors import FaifoError, NotFoundError
from faifo.node.http.console.rooms.exchanges import names, tree
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.packs import terms as packs
from faifo.phrases import Phrase
from faifo.policy.actions import AI, PARENTS
from faifo.policy.decision import Reason
from faifo.policy.explain import shareable
from faifo.policy.operands import operands
from faifo.policy.plain import policy_of

KINDS: Final = ("if", "forbid", "must")
DONE_SHOWN: Final = 100
LONGEST: Final = 2000
"""Terms stand in the page's address, so that they can be kept and sent on."""


async def overview(visit: Visit) -> Facts:
    found = await visit.every(dues.LIST_DUES, open="1")
    was = (await visit.ask(dues.LIST_DUES, query={"open": 0, "limit": DONE_SHOWN})).items
    ordered = [*sorted(found, key=lambda one: str(one.due or "~")), *was]
    may = visit.may(dues.DUE_DONE)
    return {"dues": ordered, "packs": packs_here(), "may_do": may, "trusted": await names(visit)}


async def done(visit: Visit) -> str:
    """Keep that a duty or a dossier is done, with the note that says how."""
    form = visit.form
    if not form.get("note"):
        raise IncompleteError(note="wrong.empty")
    await visit.ask(dues.DUE_DONE, id=form.get("id", ""), note=form["note"])
    return to("rules")


async def pack(visit: Visit) -> Facts:
    name = visit.path("name")
    if name not in packs.names():
        known = Phrase("errors.told.ai.pack.known", names=", ".join(packs.names()))
        raise NotFoundError(what=known, name=name)
    visit.asked["pack"] = packs.open_pack(name)
    return {"pack": packs.open_pack(name)}


async def built(visit: Visit) -> Facts:
    """Show terms as they stand, what they say, and for each partner what is decided and why."""
    given = {name: visit.form.get(name, visit.query(name)) for name in ("plain", "purpose")}
    named = (chosen(visit.form) if visit.form else visit.query("packs")).split(",")
    facts: Facts = {
        "given": given,
        "chosen": named,
        "packs": packs_here(),
        "may_publish": visit.may(datasets.PUBLISH_DATASET),
        "kinds": KINDS,
        "words": [one.name for one in operands().values()],
        "actions": [one.removeprefix(AI) for one in ("use", *PARENTS)],
        "operators": sorted({name for one in operands().values() for name in one.operators}),
        "tried": None,
        "seen": [],
    }
    try:
        policy = policy_given(given["plain"], named)
        order: Facts = {"policy": policy or policy_of({}), "purpose": given["purpose"] or None}
        facts["tried"] = await visit.ask(datasets.TRY_TERMS, **order)
    except FaifoError as error:
        visit.trouble = visit.trouble or error.sentence(visit.lang)
        return facts
    for one in facts["tried"].partners:
        told = [
            (judged, tree(judged.reason, visit.lang), _shared(judged.reason, visit.lang))
            for judged in one.judged
        ]
        facts["seen"].append((one, told))
    return facts


def _shared(reason: Any, lang: str) -> tuple[str, ...]:
    return shareable(msgspec.convert(reason, Reason), lang)


async def build(visit: Visit) -> str:
    """Add the clause of the form to the terms, or only look at them."""
    form = visit.form
    plain = form.get("plain", "")
    if form.get("do") == "add":
        plain = _added(plain, form)
    if len(plain) > LONGEST:
        raise IncompleteError(plain="wrong.long")
    return to("rules", "terms", plain=plain, packs=chosen(form), purpose=form.get("purpose", ""))


def _added(plain: str, form: Mapping[str, str]) -> str:
    what, value = form.get("what", "").strip(), form.get("value", "").strip()
    if not what or form.get("kind") not in KINDS:
        raise IncompleteError(what="wrong.empty")
    from faifo.policy.plain_text import read_plain, write_plain

    document = read_plain(plain) if plain.strip() else {}
    if form["kind"] == "if":
        if not value:
            raise IncompleteError(value="wrong.empty")
        said: Any = [one for text in value.split(",") if (one := text.strip())]
        said = said if len(said) > 1 else said[0]
        operator = form.get("operator", "")
        rules = document.setdefault("allow", ["use"])
        rules = [{"do": one} if isinstance(one, str) else one for one in rules]
        for rule in rules:
            rule.setdefault("if", []).append({what: {operator: said} if operator else said})
        document["allow"] = rules
    else:
        added = {"do": what, "by": value} if form["kind"] == "must" and value else what
        document.setdefault(form["kind"], []).append(added)
    policy_of(document)
    return write_plain(document)


def chosen(form: Mapping[str, str]) -> str:
    """Return the packs that are ticked in a form."""
    return ",".join(one for one in packs.names() if form.get(f"pack-{one}"))


def policy_given(plain: str, named: list[str]) -> dict[str, Any] | None:
    """Return the policy of terms in plain form and of packs; None if there is neither.

    Raises:
        SettingsError: they are of another form, or allow less than a pack asks for.
    """
    opened = tuple(packs.open_pack(one) for one in named if one in packs.names())
    if not plain.strip() and not opened:
        return None
    from faifo.policy.plain_text import read_plain

    policy = policy_of(read_plain(plain)) if plain.strip() else policy_of({})
    return packs.with_packs(policy, opened, on=clock.now().date())


def packs_here() -> list[tuple[str, packs.TermsPack]]:
    """Return the packs of terms by their names."""
    return [(name, packs.open_pack(name)) for name in packs.names()]
