"""What this node publishes: upload, say the terms, see who would see it, publish, replace, end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from faifo.api import assessments, guests, node, processes, stops
from faifo.api import datasets as api
from faifo.api.dates import read_moment
from faifo.dataplane.locations import is_http
from faifo.errors import FaifoError, NotFoundError, SettingsError
from faifo.node.http.console.rooms import rules
from faifo.node.http.console.rooms.exchanges import names, tree
from faifo.node.http.console.visit import Facts, IncompleteError, Visit, to
from faifo.phrases import say
from faifo.phrases.catalogue import catalogue
from faifo.policy.plain import plain_of
from faifo.policy.terms import Terms, is_moment, is_one, read_terms, settings

SHOWN: Final = 50
TEXTS: Final = ("title", "description", "keywords", "licence", "id")
# Of every operand that there is: a day, one value, or several texts with commas.
DAYS: Final = {one.name: one for operand, one in settings() if is_moment(operand)}
ONES: Final = frozenset(one.name for operand, one in settings() if is_one(operand))
TERMS: Final = {one.name: one for _, one in settings()}
RULED: Final = ("plain", "packs", "citizens", "sensitive")
SEEN_OF_TABLES: Final = ("columns", "rows", "sample")
FIRST: Final = ("purposes", "recipients", "economies", "not_before", "until")


async def listed(visit: Visit) -> Facts:
    query = {"limit": SHOWN, "after": visit.query("after"), "search": visit.query("q")}
    found = await visit.ask(api.LIST_DATASETS, query=query)
    return {
        "found": found,
        "words": visit.query("q"),
        "may_publish": visit.may(api.PUBLISH_DATASET),
    }


async def draft(visit: Visit) -> Facts:
    """Show the form for an uploaded file, and who would see it under what is typed so far."""
    replaced = visit.query("replace")
    known: api.Dataset | None = None
    if replaced:
        known = await visit.ask(api.GET_DATASET, replaced)
    facts: Facts = {"upload": visit.query("upload"), "file": visit.query("file"), "known": known}
    facts["files"] = _files(visit)
    facts["peek"] = await _peek(visit)
    given = {name: visit.query(name) for name in (*TEXTS, *TERMS, *RULED)}
    if known and not any(given.values()):
        given = _said(known)
    facts["given"] = {name: visit.form.get(name, text) for name, text in given.items()}
    facts["preview"] = None
    chosen = rules.chosen(visit.form) if visit.form else given["packs"]
    facts |= {"chosen": chosen.split(","), "packs": rules.packs_here()}
    facts["ruled"] = bool(given["plain"] or given["packs"] or chosen)
    try:
        policy = rules.policy_given(facts["given"]["plain"], facts["chosen"])
        terms = {"policy": policy} if policy else {"terms": _terms(facts["given"])}
        facts["preview"] = await visit.ask(api.TRY_TERMS, **terms)
    except IncompleteError as error:
        visit.wrong |= {name: visit.say(key) for name, key in error.wrong.items()}
    except FaifoError as error:
        visit.trouble = visit.trouble or error.sentence(visit.lang)
    facts["partners"] = (await visit.ask(node.LIST_PARTNERS)).items
    facts["settings"] = [_field(name, visit.lang) for name in TERMS]
    facts["first"] = FIRST
    return facts


def _files(visit: Visit) -> list[tuple[str, Path]]:
    """Return what has been uploaded, if it is still there, by the names in its folder."""
    try:
        return visit.uploads.files(visit.query("upload"))
    except NotFoundError:
        return []


async def _peek(visit: Visit) -> api.Peek | None:
    """Return what stands in the one table that has been uploaded, if it is one and there."""
    upload = visit.query("upload")
    if len(_files(visit)) != 1 or not visit.may(api.PEEK_UPLOAD):
        return None
    try:
        found = await visit.ask(api.PEEK_UPLOAD, upload)
    except NotFoundError:
        return None
    return found if found.columns else None


def _shown(peek: api.Peek, form: Mapping[str, str]) -> dict[str, str | int]:
    """Return what of a table whoever sees the dataset may see, as the form says."""
    shown: dict[str, str | int] = {}
    if form.get("columns") == "yes":
        shown["columns"] = ", ".join(f"{one.name} ({one.type})" for one in peek.columns)[:500]
        if peek.rows is not None:
            shown["rows"] = peek.rows
    if form.get("sample") == "yes":
        shown["sample"] = "; ".join(", ".join(row) for row in peek.first)[:500]
    return shown


def _field(name: str, lang: str) -> tuple[str, str, str]:
    """Return a setting of the terms, what it is called, and what stands in it."""
    key = f"console.terms.{name}"
    told = say(key, lang) if key in catalogue(lang) else TERMS[name].help
    return name, told, "day" if name in DAYS else "one" if name in ONES else "several"


def _said(known: api.Dataset) -> dict[str, str]:
    """Return what is published as it stands in the form."""
    terms = read_terms(known.policy)
    said = {name: str(getattr(known, name) or "") for name in (*TEXTS, "citizens", "sensitive")}
    said["packs"] = ",".join(known.packs)
    said["plain"] = ""
    if terms is None:  # it says more than settings can: nothing of it may be lost
        terms = Terms()
        from faifo.policy.plain_text import write_plain

        said["plain"] = write_plain(plain_of(known.policy) or {})
    said["keywords"] = ", ".join(known.keywords)
    for name in TERMS:
        value = getattr(terms, name)
        said[name] = ", ".join(value) if isinstance(value, tuple) else str(value or "")
    days = {name: getattr(terms, name) for name in DAYS}
    return said | {name: f"{at:%Y-%m-%d}" for name, at in days.items() if at}


def _terms(given: dict[str, str]) -> dict[str, Any]:
    """Return the terms of a form, as the API takes them."""
    terms: dict[str, Any] = {}
    for name in TERMS.keys() - DAYS.keys():
        terms[name] = given[name].strip() if name in ONES else words(given[name])
    for name, one in DAYS.items():
        try:
            if given[name]:
                terms[name] = read_moment(name, given[name], end_of_day=one.end_of_day)
        except SettingsError:
            raise IncompleteError(**{name: "wrong.day"}) from None
    return {name: value for name, value in terms.items() if value}


def words(text: str) -> list[str]:
    """Return what stands between commas."""
    return [word for one in text.split(",") if (word := one.strip())]


async def publish(visit: Visit) -> str:
    """Publish the uploaded file under what the form says; "look" only shows who would see it."""
    names = (*TEXTS, *TERMS, *RULED)
    form, query = visit.form, {name: visit.form.get(name, "") for name in names}
    query["packs"] = rules.chosen(form)
    upload, replaced = visit.query("upload"), visit.query("replace")
    if form.get("do") == "look":
        kept = {name: visit.query(name) for name in ("file", "location", "passport")}
        shown = {**query, **kept, "replace": replaced}
        return to("data", "new", upload=upload, **shown)
    files = [] if replaced or visit.query("location") else _files(visit)
    if not query["title"] and len(files) < 2:
        raise IncompleteError(title="wrong.empty")
    members: dict[str, Any] = {name: text for name in TEXTS if (text := query[name])}
    members["keywords"] = words(query["keywords"])
    properties: dict[str, str | int] = {}
    if replaced:
        members |= {"id": replaced, "replace": True, "version": int(form.get("version") or 1)}
        properties |= (await visit.ask(api.GET_DATASET, replaced)).properties
    if peek := await _peek(visit):
        stay = {name: said for name, said in properties.items() if name not in SEEN_OF_TABLES}
        properties = stay | _shown(peek, form)
    members["properties"] = properties
    location = visit.query("location") or str(visit.uploads.find(upload))
    if visit.query("location") and not is_http(location):
        raise IncompleteError(location="wrong.address")
    if beside := visit.query("passport"):
        members["passport"] = (await visit.ask(assessments.GET_ASSESSMENT, beside)).signed
    policy = rules.policy_given(query["plain"], query["packs"].split(","))
    if policy is None:
        members["terms"] = _terms(query)
    else:
        members |= {"policy": policy, "packs": words(query["packs"])}
        members |= _counted(query)
    if len(files) > 1:
        return await _publish_all(visit, files, members)
    made = await visit.ask(api.PUBLISH_DATASET, **members, location=location)
    return to("data", made.id)


async def _publish_all(visit: Visit, files: list[tuple[str, Path]], members: Facts) -> str:
    """Publish each under the same terms; what is published already stays, as by `faifo publish`."""
    failed = []
    for name, path in files:
        each = {**members, "title": name, "location": str(path)}
        if "/" in name:  # of a folder
            each["id"] = name
        try:
            await visit.ask(api.PUBLISH_DATASET, **each)
        except FaifoError as error:
            if not await _is_there(visit, each.get("id")):
                failed.append(f"{name}: {error.sentence(visit.lang)}")
    if not failed:
        return to("data")
    facts = {"failed": len(failed), "every": len(files), "first": " ".join(failed[:5])}
    visit.trouble = say("errors.not-all-published", visit.lang, **facts)
    return ""


async def _is_there(visit: Visit, name: str | None) -> bool:
    try:
        return bool(name) and not (await visit.ask(api.GET_DATASET, str(name))).withdrawn
    except NotFoundError:
        return False


def _counted(query: Mapping[str, str]) -> Facts:
    citizens = query["citizens"]
    if citizens and not (citizens.isascii() and citizens.isdecimal() and len(citizens) < 12):
        raise IncompleteError(citizens="wrong.number")
    counted: Facts = {"citizens": int(citizens)} if citizens else {}
    return {**counted, "sensitive": bool(query["sensitive"])}


async def one(visit: Visit) -> Facts:
    name = visit.path("id")
    dataset = await visit.ask(api.GET_DATASET, name)
    partners = (await visit.ask(node.LIST_PARTNERS)).items
    seen = []
    for partner in partners:
        query = {"dataset": name, "participant": partner.did}
        told = await visit.ask(api.GET_VISIBILITY, query=query)
        trees = [tree(judged.reason, visit.lang) for judged in told.judged]
        seen.append((partner, told, trees))
    asked = {"dataset": name, "role": "provider", "limit": SHOWN}
    invited: tuple[guests.Invitation, ...] = ()
    if visit.may(guests.LIST_INVITATIONS):
        invited = await visit.every(guests.LIST_INVITATIONS, dataset=name)
    return {
        "dataset": dataset,
        "seen": seen,
        "agreements": await visit.ask(processes.LIST_AGREEMENTS, query=asked),
        "invitations": invited,
        "may_invite": visit.may(guests.INVITE) and not dataset.withdrawn,
        "timeline": await visit.ask(node.GET_TIMELINE, name),
        "trusted": await names(visit),
        "may_change": visit.may(api.WITHDRAW_DATASET) and not dataset.withdrawn,
        "is_file": dataset.kind.value == "file",
    }


async def act(visit: Visit) -> str:
    """End what is published, or stop it: nothing is agreed about it until that is lifted."""
    name, reason = visit.path("id"), visit.form.get("reason", "")
    if visit.form.get("do") == "invite":
        visit.told = await _invite(visit, name)
        return ""
    if visit.form.get("do") == "revoke":
        await visit.ask(guests.REVOKE_INVITATION, visit.form.get("invitation", ""))
        return to("data", name)
    if visit.form.get("sure") != "yes":
        raise IncompleteError(sure="wrong.sure")
    if visit.form.get("do") == "stop":
        await visit.ask(stops.STOP, kind="dataset", name=name, reason=reason)
    else:
        await visit.ask(api.WITHDRAW_DATASET, name)
    return to("data", name)


async def _invite(visit: Visit, name: str) -> str:
    """Return the link of a new invitation."""
    form, count = visit.form, visit.form.get("count", "")
    try:
        until = read_moment("until", form.get("until", ""), end_of_day=True)
    except SettingsError:
        raise IncompleteError(until="wrong.day") from None
    if count and not (count.isascii() and count.isdecimal() and len(count) < 8):
        raise IncompleteError(count="wrong.number")
    many = int(count) if count else None
    order: Facts = {"until": until, "count": many, "note": form.get("note", "")}
    made = await visit.ask(guests.INVITE, dataset=name, **order)
    return made.url


async def uploaded(visit: Visit) -> str:
    """Go on with the file that has just come."""
    replaced = visit.form.get("replace", "")
    if address := visit.form.get("address", ""):
        if not is_http(address):
            raise IncompleteError(address="wrong.address")
        passport = visit.form.get("passport", "")
        told = {"location": address, "file": address, "replace": replaced, "passport": passport}
        return to("data", "new", **told)
    if visit.upload is None:
        raise IncompleteError(file="wrong.file")
    ruled = {name: visit.form.get(name, "") for name in ("plain", "packs")}
    upload = visit.upload
    return to("data", "new", upload=upload.id, file=upload.name, replace=replaced, **ruled)
