"""The desk of an authority: who applied and who is a member, deciding, and whom it recognises."""

from __future__ import annotations

from typing import Final

from faifo.ai.decision.explain import sentences
from faifo.ai.packs import names
from faifo.api import authority as api
from faifo.api.dates import read_moment
from faifo.errors import NotFoundError, SettingsError, TooLargeError
from faifo.node.http.console.rooms.own import words
from faifo.node.http.console.rooms.passports import read, shown
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.phrases import Phrase
from faifo.store.records import Standing

MOST_PASSPORT: Final = 256 * 1024
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
    may_assure = visit.may(api.ASSURE_PASSPORT) and found[0].status is Standing.ACTIVE
    return {"member": found[0], "acts": acts, "may_assure": may_assure}


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


async def assurance(visit: Visit) -> Facts:
    """Show the form for a member's passport; what was decided on it, when that is known."""
    facts: Facts = {"did": visit.path("did"), "upload": visit.query("upload")}
    return {**facts, "packs": names(), "assured": None, "report": "", **(visit.found or {})}


async def assure(visit: Visit) -> str:
    """Judge the passport that was uploaded, vouch for it if it passes, and show why."""
    did, form = visit.path("did"), visit.form
    if upload := visit.upload:
        return to("assure", did, upload=upload.id)
    if not visit.query("upload"):
        raise IncompleteError(file="wrong.file")
    opinion: Facts | None = None
    if form.get("outcome"):
        said = ("person", "outcome", "reason", "passphrase")
        wrong = {one: "wrong.empty" for one in said[:3] if not form.get(one)}
        if wrong:
            raise IncompleteError(**wrong)
        opinion = {one: form.get(one, "") for one in said}
    content = visit.uploads.find(visit.query("upload")).read_bytes()
    if len(content) > MOST_PASSPORT:
        raise TooLargeError(what=Phrase("errors.noun.passport"), limit=MOST_PASSPORT)
    asked: Facts = {"passport": content.decode("utf-8", "replace"), "opinion": opinion}
    asked |= {"pack": form.get("pack", ""), "framework": form.get("framework", "")}
    found = await visit.ask(api.ASSURE_PASSPORT, did=did, **asked)
    lines = sentences(found.judged.decision, visit.lang, page=True)
    report = shown(read(found.judged.passport), visit.lang) if found.judged.passport else ""
    visit.found = {"assured": found, "lines": lines, "report": report}
    return ""
