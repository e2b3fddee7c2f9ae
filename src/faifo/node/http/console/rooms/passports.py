"""A table of answers: uploaded, measured, and made into an AI passport; passports of this node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from faifo.api import assessments as api
from faifo.api import datasets, node, passports
from faifo.node.http.console.rooms.own import words
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.node.http.pages.rendering import made_here

if TYPE_CHECKING:
    from markupsafe import Markup

    from faifo.ai.decision.records import Decision
    from faifo.ai.passport.records import Passport

COLUMNS: Final = ("label", "prediction", "score", "weight")
TEXTS: Final = ("name", "version", "purpose", "users", "affected", "limits")
KINDS: Final = ("system", "dataset")


async def start(visit: Visit) -> Facts:
    return {"may": visit.may(api.BEGIN_ASSESSMENT)}


async def uploaded(visit: Visit) -> str:
    """Go on with the table that has just come."""
    if visit.upload is None:
        raise IncompleteError(file="wrong.file")
    return to("assess", visit.upload.id)


async def one(visit: Visit) -> Facts:
    """Show what is asked of a table, how far it is, or what was found."""
    name = visit.path("id")
    found = await visit.ask(api.GET_ASSESSMENT, name)
    if visit.query("file") and found.signed:
        content = found.signed.encode()
        return {"download": ("passport.json", "application/json", content)}
    facts: Facts = {"found": found, "report": "", "draft": "", "peek": None}
    if found.state == "done":
        facts["report"] = _report(found, visit.lang)
        own = await visit.ask(node.GET_NODE)
        facts |= {"own": own, "draft": visit.found or ""}
    elif found.state != "running":
        facts["peek"] = await visit.ask(datasets.PEEK_UPLOAD, name)
    return {**facts, "again": visit.query("again")}


def _report(found: api.Assessment, lang: str) -> Markup:
    """Return the figures with their pictures, and a table beside each."""
    import msgspec

    from faifo.ai.evidence import RunTime, read_evidence
    from faifo.ai.report.page import evidence_body

    times = msgspec.json.decode(found.run_times or "[]", type=list[RunTime])
    evidence = read_evidence((found.evidence or "").encode())
    return made_here(evidence_body(evidence, lang, run_times=times))


async def act(visit: Visit) -> str:
    """Begin to measure, show what a passport would say, or sign it."""
    name, form = visit.path("id"), visit.form
    if form.get("do") == "measure":
        await visit.ask(api.BEGIN_ASSESSMENT, name, **_asked(visit))
        return to("assess", name)
    wrong = {one: "wrong.empty" for one in ("name", "version", "purpose") if not form.get(one)}
    if form.get("do") == "sign" and form.get("sure") != "yes":
        wrong["sure"] = "wrong.sure"
    if wrong:
        raise IncompleteError(**wrong)
    sign = form.get("do") == "sign"
    made = await visit.ask(api.MAKE_PASSPORT, name, about=_about(visit), sign=sign)
    if sign:
        return to("assess", name)
    import msgspec

    from faifo.ai.passport.records import Passport

    visit.found = shown(msgspec.json.decode(made.passport, type=Passport), visit.lang)
    return ""


def _asked(visit: Visit) -> Facts:
    form = visit.form
    asked: Facts = {name: form[name] for name in COLUMNS if form.get(name)}
    asked["groups"] = words(form.get("groups", ""))
    asked["groups"] += [name for key, name in form.items() if key.startswith("group-")]
    asked["favourable"] = form.get("favourable", "")
    try:
        asked["threshold"] = float(form.get("threshold", "").replace(",", ".") or 0.5)
    except ValueError:
        raise IncompleteError(threshold="wrong.share") from None
    if not asked.get("label") and not asked.get("prediction"):
        raise IncompleteError(label="assess.no-label")
    return asked


def _about(visit: Visit) -> dict[str, Any]:
    """Return what was said of it, as a description."""
    form = visit.form
    about: dict[str, Any] = {name: form.get(name, "") for name in TEXTS}
    about["kind"] = form.get("kind", KINDS[0])
    about["risk"] = {
        "severity": int(form.get("severity", "")[:1] or 1),
        "probability": int(form.get("probability", "")[:1] or 1),
        "affects_rights": form.get("affects_rights") == "yes",
        "reason": form.get("reason", ""),
    }
    return about


def read(envelope: str) -> Passport:
    """Return what a passport says that was proven before it was kept."""
    from faifo.ai.passport import statement
    from faifo.ai.passport.records import Passport

    return statement.read_unproven(envelope, statement.PASSPORT, Passport)


def shown(passport: Passport, lang: str, decision: Decision | None = None) -> Markup:
    """Return a passport, and what was decided on it, with pictures and a table beside each."""
    from faifo.ai.report.page import passport_body

    return made_here(passport_body(passport, lang, decision))


async def own(visit: Visit) -> Facts:
    """Show the passport beside a dataset of this node; give it as a file."""
    found = await visit.ask(passports.GET_OWN_PASSPORT, visit.path("id"))
    if visit.query("file"):
        return {"download": ("passport.json", "application/json", found.passport.encode())}
    passport = read(found.passport)
    return {"found": found, "called": passport.name, "report": shown(passport, visit.lang)}
