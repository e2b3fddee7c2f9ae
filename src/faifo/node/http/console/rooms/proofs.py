"""Receipts: those of an exchange, what a receipt proves, and the bundle of evidence as a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from faifo.api import evidence, receipts
from faifo.api.operation import Page
from faifo.errors import NotFoundError
from faifo.ledger.bundle import ZIP, Judged, judge_bundle
from faifo.ledger.leaf import Kind
from faifo.ledger.receipt import SUFFIX
from faifo.ledger.refused import ProofError
from faifo.ledger.telling import bundle_said, kind_said, said, verdict_rows
from faifo.ledger.trust_policy import parse_policy
from faifo.ledger.verifying import Verdict, judge
from faifo.node.http.console.rooms.exchanges import names
from faifo.node.http.console.visit import Facts, IncompleteError, Visit
from faifo.phrases import Phrase, spoken

SHOWN: Final = 50
MOST_FILE: Final = 4 * 1024 * 1024
BUNDLE: Final = "evidence.zip"
BY: Final = ("agreement", "process")
OPENING: Final = ".opening.json"
KEY: Final = ".vkey"


async def of_exchange(visit: Visit) -> Facts:
    """Show the receipts of an agreement, negotiation or transfer; give one of its files."""
    name, wanted = visit.path("id"), visit.query("file")
    if wanted == BUNDLE:
        made = await visit.ask(evidence.MAKE_EVIDENCE, name)
        return {"download": (BUNDLE, "application/zip", made.content)}
    by, found = await _listed(visit, name)
    files = _files(found.items)
    if wanted:
        if wanted not in files:
            raise NotFoundError(what=Phrase("errors.noun.file"), name=wanted[:100])
        return {"download": (wanted, "text/plain; charset=utf-8", files[wanted])}
    return {
        "about": name,
        "may_bundle": visit.may(evidence.MAKE_EVIDENCE),
        "by": by,
        "found": found,
        "rows": [(one, _stem(one), _kind(one, visit.lang)) for one in found.items],
        "files": files,
        "trusted": await names(visit),
    }


async def _listed(visit: Visit, name: str) -> tuple[str, Page[receipts.Receipt]]:
    """Return a page of receipts, and whether they are an agreement's or a process's."""
    by = visit.query("by") if visit.query("by") in BY else BY[0]
    query = {"limit": SHOWN, "after": visit.query("after")}
    found = await visit.ask(receipts.LIST_RECEIPTS, query={**query, by: name})
    if not found.items and not visit.query("by"):
        by = BY[1]
        found = await visit.ask(receipts.LIST_RECEIPTS, query={**query, by: name})
    return by, found


def _stem(one: receipts.Receipt) -> str:
    return f"{one.whose}-{one.place}-{one.kind or 'leaf'}"


def _files(found: Iterable[receipts.Receipt]) -> dict[str, str]:
    """Return the files of receipts, as `faifo receipts` writes them."""
    parts = ((SUFFIX, "receipt"), (OPENING, "opening"), (KEY, "key"))
    files = {f"{_stem(one)}{suffix}": getattr(one, part) for one in found for suffix, part in parts}
    return {name: text for name, text in files.items() if text}


def _kind(one: receipts.Receipt, lang: str) -> str:
    return kind_said(Kind[one.kind.upper()], lang) if one.kind else ""


async def form(visit: Visit) -> Facts:
    """Show the form, filled with a receipt of an exchange if one is named, and what it found."""
    facts: Facts = {"receipt": "", "opening": "", "key": "", "verdicts": visit.found}
    if visit.query("id") and not visit.form:
        _, found = await _listed(visit, visit.query("id"))
        files, stem = _files(found.items), visit.query("receipt")
        facts["receipt"] = files.get(f"{stem}{SUFFIX}", "")
        facts["opening"] = files.get(f"{stem}{OPENING}", "")
        facts["key"] = files.get(f"{stem}{KEY}", "")
    facts["log"] = await visit.ask(receipts.SHOW_LOG)
    return facts


async def check(visit: Visit) -> str:
    """Judge what was pasted and the file, by the keys given and those of logs known here."""
    files = {
        visit.say(f"check.{name}"): f"{text}\n".encode()
        for name in ("receipt", "opening")
        if (text := visit.typed(name))
    }
    if visit.file:
        files[visit.file[0]] = visit.file[1]
    if not files:
        raise IncompleteError(receipt="check.receipt-hint")
    log = await visit.ask(receipts.SHOW_LOG)
    given = visit.typed("key")
    named = {word.partition("+")[0] for word in given.split()}
    known = [log.key, *(one.key for one in log.peers)]
    more = [one for one in known if one and one.partition("+")[0] not in named]
    try:
        policy = parse_policy("\n".join([given, *more]))
    except ProofError:
        raise IncompleteError(key="check.key-unreadable") from None
    bundles = [judge_bundle(name, raw, policy) for name, raw in files.items() if raw[:4] == ZIP]
    single = judge({name: raw for name, raw in files.items() if raw[:4] != ZIP}, policy)
    visit.found = [_bundle(one, visit.lang) for one in bundles]
    visit.found += [_told(one, one.file, [], [one], visit.lang) for one in single]
    visit.asked["checked"] = [
        each.record() for one in (*(one.verdicts for one in bundles), single) for each in one
    ]
    return ""


def _bundle(one: Judged, lang: str) -> Facts:
    """Return what a bundle proves, and each receipt of it that proves nothing."""
    lines = bundle_said(one, lang)
    if one.fault:
        lines.append(str(spoken(one.fault.said, lang)))
    return _told(one, one.file, lines, [each for each in one.verdicts if each.fault], lang)


def _told(
    one: Judged | Verdict, file: str, lines: list[str], of: list[Verdict], lang: str
) -> Facts:
    title = said("refused" if one.fault else "proven", lang, file=file)
    rows = [verdict_rows(each, lang) for each in of]
    return {"good": one.fault is None, "title": title, "said": lines, "rows": rows}
