"""The summary of a bundle for a person: one page that prints well, in one language."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as resources
from typing import Any

import msgspec

from faifo.ledger.bundle import RECEIPTS, About
from faifo.ledger.comparing import compare, entries_of, said_by
from faifo.ledger.trust_policy import parse_policy
from faifo.ledger.verifying import Verdict, judge
from faifo.phrases import LANGUAGES, say, spoken
from faifo.policy.decision import WrittenDecision
from faifo.policy.wording import terms_in_words


def summaries(
    about: About, said: Mapping[str, Any], files: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return the page about what a bundle holds, by its name, in every language."""
    receipts = {name: data for name, data in files.items() if name.startswith(RECEIPTS)}
    verdicts = judge(receipts, parse_policy("\n".join(about.keys)), own=True)
    return {
        f"summary.{lang}.html": _summary(about, said, verdicts, lang).encode() for lang in LANGUAGES
    }


def _summary(about: About, said: Mapping[str, Any], verdicts: list[Verdict], lang: str) -> str:
    from jinja2 import Environment, StrictUndefined

    text = (resources("faifo.node.proving") / "summary.html.j2").read_text("utf-8")
    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    agreement = said["agreement.json"]
    return made.from_string(text).render(
        lang=lang,
        about=about,
        agreement=agreement,
        terms=terms_in_words(agreement["document"], lang),
        decisions=[_decision(one, lang) for one in said["decisions.json"]],
        reviews=said["reviews.json"],
        passports=said["passports.json"],
        credentials=said["credentials.json"],
        rows=[_row(one, lang) for one in sorted(verdicts, key=lambda one: one.file)],
        compared=compare(entries_of(verdicts)),
        say=lambda key, **facts: say(f"evidence.{key}", lang, **facts),
        word=lambda key: say(key, lang),
    )


def _row(one: Verdict, lang: str) -> dict[str, str]:
    told = said_by(one.opening)
    kind = one.kind.name.lower().replace("_", "-") if one.kind else ""
    what = str(spoken(one.fault.said, lang)) if one.fault else say(f"proof.kind.{kind}", lang)
    origin = one.receipt.checkpoint.origin if one.receipt else ""
    text = f"{what}; {told['event']}" if told.get("event") else what
    return {"at": str(told.get("at", ""))[:19], "what": text, "log": origin, "file": one.file}


def _decision(one: dict[str, Any], lang: str) -> dict[str, str]:
    """Return a decision in words, as far as this version can say it."""
    try:
        reasons = msgspec.convert(one["document"], WrittenDecision).sentences(lang)
    except (msgspec.ValidationError, KeyError):
        reasons = ()
    outcome = say(f"evidence.{'permitted' if one['permitted'] else 'refused'}", lang)
    return {"at": str(one["at"])[:19], "said": " ".join((outcome, *reasons))}
