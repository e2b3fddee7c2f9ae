"""Findings of the doctor in the words of a person."""

from __future__ import annotations

from datetime import datetime

from faifo.cli.choices import Choices
from faifo.cli.output import moment, size
from faifo.errors import FaifoError
from faifo.node.examining.findings import Finding

BYTES = frozenset({"free", "least", "a_day"})


def words(choices: Choices, finding: Finding) -> tuple[str, str]:
    """Return what is so and what to do about it, in the person's language."""
    facts = {name: _fact(choices, name, value) for name, value in finding.facts.items()}
    advice = choices.say(finding.to_do, **facts) if finding.to_do else ""
    return choices.say(finding.what, **facts), advice


def _fact(choices: Choices, name: str, value: object) -> object:
    if isinstance(value, FaifoError):
        return value.sentence(choices.lang)
    if isinstance(value, datetime):
        return moment(value)
    return size(value) if isinstance(value, int) and name in BYTES else value
