"""A decision about a person, in the words that the person reads, and whoever decides about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from faifo.errors import Fact
from faifo.node.people.reviews import Line
from faifo.phrases import Phrase
from faifo.policy.wording import terms_in_words
from faifo.store.records import PersonDecision

# Others may say of a passport what they like.
STATUSES: Final = frozenset({"valid", "withdrawn", "suspended"})


def lines(decision: PersonDecision, lang: str) -> Iterator[Line]:
    """Yield what the decision was made with, each with what it is called; nothing that is empty."""
    found: dict[str, object] = {
        "outcome": decision.outcome,
        "at": moment(decision.at),
        "decided-by": decision.decided_by,
        "system": decision.title,
        "provider": f"{decision.provider_name} ({decision.provider})",
        "passport": _passport(decision),
        "figures": _readable(decision.figures),
        "answer": _readable(decision.answer),
        "purpose": decision.purpose,
        "terms": terms_in_words(decision.terms, lang),
        "agreement": decision.agreement,
        "shared": _shared(decision),
    }
    if decision.persons is not None:
        names = ("contact", "notice", "appeal")
        found |= {name: getattr(decision.persons, name) for name in names}
    if decision.expires is not None:
        found["expires"] = moment(decision.expires)
    for name, value in found.items():
        if value:
            yield Phrase(f"person.fact.{name}"), value


def _readable(text: str) -> str:
    """Return a JSON object as lines of name and value; any other text as it is."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return text
    if not isinstance(found, dict) or not found:
        return text
    return "\n".join(f"{name}: {_value(value)}" for name, value in found.items())


def _value(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _passport(decision: PersonDecision) -> Phrase:
    if decision.passport is None:
        return Phrase("person.passport.none")
    status: Fact = decision.passport_status or "-"
    if status in STATUSES:
        status = Phrase(f"console.passport.{status}")
    judged: Fact = ""
    if decision.judged:
        outcome = Phrase(f"console.outcome.{decision.judged}")
        judged = Phrase("person.passport.judged", outcome=outcome)
    return Phrase("person.passport.is", sha256=decision.passport, status=status, judged=judged)


def _shared(decision: PersonDecision) -> tuple[object, ...]:
    provider = Phrase("person.shared.provider", name=decision.provider_name)
    return (provider, *decision.shared_with)


def moment(at: datetime) -> str:
    """Return a time for a person: UTC, to the minute."""
    return at.strftime("%Y-%m-%d %H:%M UTC")
