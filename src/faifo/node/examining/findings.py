"""One thing that was looked at, and how it is: a code with facts, and its words.

`check` names the phrases `cli.doctor.<check>.what` and `.do`; good ones have
`cli.doctor.good.<check>`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from faifo.errors import FaifoError
from faifo.phrases import Phrase, say, spoken
from faifo.phrases.figures import moment, size

State = Literal["good", "warning", "fault"]
Fact = str | int | datetime | Phrase
BYTES = frozenset({"free", "least", "a_day"})


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. Warnings do not stop a node from working."""

    check: str
    state: State
    facts: dict[str, Fact] = {}

    def words(self, lang: str) -> tuple[str, str]:
        """Return what is so, and what to do about it; nothing if it is good."""
        facts = {name: _said(name, value, lang) for name, value in self.facts.items()}
        if self.state == "good":
            return say(f"cli.doctor.good.{self.check}", lang, **facts), ""
        what, to_do = f"cli.doctor.{self.check}.what", f"cli.doctor.{self.check}.do"
        return say(what, lang, **facts), say(to_do, lang, **facts)

    def told(self) -> dict[str, str | int | datetime]:
        """Return the facts for a program."""
        return {n: str(v) if isinstance(v, Phrase) else v for n, v in self.facts.items()}


def good(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="good", facts=_facts(facts))


def warning(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="warning", facts=_facts(facts))


def fault(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="fault", facts=_facts(facts))


def _facts(facts: dict[str, object]) -> dict[str, Fact]:
    return {name: _fact(value) for name, value in facts.items()}


def _fact(value: object) -> Fact:
    if isinstance(value, FaifoError) and type(value).sentence is FaifoError.sentence:
        value = value.said()
    return value if isinstance(value, int | datetime | Phrase) else str(value)


def _said(name: str, value: Fact, lang: str) -> object:
    if isinstance(value, datetime):
        return moment(value)
    return size(value) if isinstance(value, int) and name in BYTES else spoken(value, lang)
