"""Say a decision in a person's language, from the phrases `ai.*`."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from faifo.ai.decision.records import ACCEPT, CONDITIONS, Decision, Finding
from faifo.phrases import say, spoken, written
from faifo.phrases.catalogue import catalogue, phrase_of
from faifo.phrases.figures import measured, moment

_NUMBERS: Final = frozenset({"value", "low", "high", "limit"})
_PROOFS = ("proof", "evidence", "envelope", "counts")
_PROBLEMS = (
    *("errors.step.", "errors.told.key.", "errors.told.did."),
    *(f"errors.told.ai.{part}." for part in _PROOFS),
)


def sentences(decision: Decision, lang: str, *, page: bool = False) -> list[str]:
    """Return the outcome first, then what speaks against it, conditions, and what holds.

    On a `page` numbers are written as the language has them.
    """
    lines = [
        say(f"ai.outcome.{decision.outcome}", lang, pack=f"{decision.pack} {decision.pack_version}")
    ]
    if decision.person_must_decide:
        lines.append(say("ai.person", lang))
    if decision.person:
        facts = {"person": decision.person, "at": moment(decision.decided_at)}
        lines.append(say("ai.by-person", lang, **facts, reason=decision.person_reason))
    unproven = any(finding.code == "proof" for finding in decision.findings)
    # What an unproven passport holds or lacks is no news.
    findings = [f for f in decision.findings if not unproven or f.code in ("proof", "own-pack")]
    ordered = sorted(findings, key=lambda finding: finding.outcome == ACCEPT)
    told = [one for one in ordered if one.code != "person"]
    lines += [sentence(one, lang, page=page) for one in told]
    if decision.outcome in (ACCEPT, CONDITIONS):
        lines += [
            say("ai.condition", lang, text=written(text, lang)) for text in decision.conditions
        ]
    return lines


def sentence(finding: Finding, lang: str, *, page: bool = False) -> str:
    """Return one reason with its rule."""
    return f"[{finding.rule}] {reason(finding, lang, page=page)}"


def reason(finding: Finding, lang: str, *, page: bool = False) -> str:
    """Return what a finding says; raises KeyError for one of a Faifo that knows more."""
    facts = dict(finding.facts)
    for name in _NUMBERS & facts.keys() if page else ():
        with suppress(ValueError):
            facts[name] = measured(float(facts[name]), lang)
    if "figure" in facts:
        facts["figure"] = figure_name(facts["figure"], lang)
    if "problem" in facts:
        facts["problem"] = _problem(facts["problem"], lang)
    if facts.get("where") == "-":
        facts["where"] = say("ai.all-rows", lang)
    if facts.get("value") == "-":
        facts["value"] = say("ai.withheld", lang)
    if "question" in facts:
        facts["question"] = asked(facts["question"], lang)
    for name in ("level", "text"):
        if name in facts:
            facts[name] = facts.get(f"{name}_{lang}", facts.get(f"{name}_en", facts[name]))
    said = say(f"ai.reason.{finding.code}", lang, **facts)
    if not finding.source and "limit" in facts and "figure" in facts:
        said += " " + say("ai.own-limit", lang, limit=facts["limit"])
    return said


def asked(question: str, lang: str) -> str:
    """Return a question of Annex A by its number, in plain words where there are any."""
    text = catalogue(lang).get(f"ai.annex-a.{question}")
    return f"{question} ({text})" if text else question


def _problem(text: str, lang: str) -> str:
    """Return what speaks against a proof: decisions are signed, and hold it in English."""
    named = phrase_of(text, "errors.not-proven", within=_PROBLEMS)
    return str(spoken(phrase_of(text, *_PROBLEMS) if named == text else named, lang))


def figure_name(name: str, lang: str) -> str:
    """Return a figure's name in a language, or the name itself where it has none."""
    try:
        return say(f"ai.figure.{name}", lang)
    except KeyError:
        return name.replace("_", " ")
