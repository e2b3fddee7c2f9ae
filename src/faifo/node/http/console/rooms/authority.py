"""The desk of an authority: who applied and who is a member, deciding, and whom it recognises."""

from __future__ import annotations

from typing import Final

from faifo.api import authority as api
from faifo.api.dates import read_moment
from faifo.errors import NotFoundError, SettingsError
from faifo.node.http.console.rooms.own import words
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.phrases import Phrase
from faifo.store.records import Standing

# What may be decided about somebody who stands so.
ACTS: Final = {
    Standing.APPLIED: ("admit", "refuse"),
    Standing.ACTIVE: ("renew", "suspend", "revoke"),
    Standing.SUSPENDED: ("renew", "revoke"),
    Standing.REVOKED: ("renew",),
    Standing.REFUSED: ("admit",),
}


async def overview(visit: Visit) -> Facts:
    return {
        "members": (await visit.ask(api.LIST_MEMBERS)).items,
        "recognised": (await visit.ask(api.LIST_RECOGNISED_AUTHORITIES)).items,
        "may_decide": visit.may(api.RECOGNISE_AUTHORITY),
    }


async def recognise(visit: Visit) -> str:
    """Recognise another authority until a day; a day that is over ends it."""
    form = visit.form
    wrong = {name: "wrong.empty" for name in ("did", "types") if not form.get(name)}
    try:
        until = read_moment("until", form.get("until", ""), end_of_day=True)
    except SettingsError:
        raise IncompleteError(**wrong, until="wrong.day") from None
    if wrong:
        raise IncompleteError(**wrong)
    order: Facts = {"did": form["did"], "types": words(form["types"]), "until": until}
    await visit.ask(api.RECOGNISE_AUTHORITY, **order)
    return to("authority")


async def member(visit: Visit) -> Facts:
    did = visit.path("did")
    found = [one for one in (await visit.ask(api.LIST_MEMBERS)).items if one.did == did]
    if not found:
        raise NotFoundError(what=Phrase("errors.told.thing.member"), name=did)
    acts = ACTS[found[0].status] if visit.may(api.DECIDE_MEMBER) else ()
    waits = any(one.status == "RECEIVED" for one in found[0].requests)
    if waits and found[0].status is Standing.ACTIVE and acts:
        acts = ("admit", "refuse", *acts)  # a member asks for more
    return {"member": found[0], "acts": acts}


async def decide(visit: Visit) -> str:
    """Decide about an applicant or a member, as it stood when it was looked at."""
    did, form = visit.path("did"), visit.form
    if form.get("do") in {"suspend", "revoke"} and form.get("sure") != "yes":
        raise IncompleteError(sure="wrong.sure")
    pairs = [one.partition("=") for one in words(form.get("claims", ""))]
    if any(not (name and equals) for name, equals, _ in pairs):
        raise IncompleteError(claims="wrong.pairs")
    claims = {name.strip(): value.strip() for name, _, value in pairs}
    if name := form.get("name"):
        claims["name"] = name
    order: Facts = {"action": form.get("do", ""), "did": did, "reason": form.get("reason", "")}
    revision = int(form.get("revision", "")[:9] or 0)
    await visit.ask(api.DECIDE_MEMBER, **order, claims=claims, revision=revision)
    return to("authority", did)
