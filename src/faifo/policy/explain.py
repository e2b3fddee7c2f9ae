"""Reasons → sentences for a person, in a language of the phrases.

Only the reasons that made the outcome are told; the decision itself keeps all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from faifo.errors import FaifoError
from faifo.phrases import say
from faifo.policy.decision import Reason
from faifo.policy.operands import operands
from faifo.policy.terms import is_moment, read_terms, settings


def terms(policy: Mapping[str, Any], lang: str) -> str:
    """Return the terms in `policy` as one line; the policy itself where it says more than terms."""
    try:
        found = read_terms(policy)
    except FaifoError:
        found = None
    if found is None:
        return msgspec.json.encode(policy).decode()
    said = []
    for operand, setting in settings():
        value = getattr(found, setting.name)
        if value:
            told = {"moment": _moment(value)} if is_moment(operand) else {"names": ", ".join(value)}
            key = f"terms.{setting.name.replace('_', '-')}"
            said.append(word(key, lang, **told) or say(f"cli.{key}", lang, **told))
    return "; ".join(said) or say("cli.terms.none", lang)


def _moment(value: datetime | str) -> str:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def sentences(root: Reason, lang: str) -> tuple[str, ...]:
    """Return the sentences without repeats, in the order of the policy; there is at least one."""
    told = dict.fromkeys(sentence(reason, lang) for reason in _telling(root))
    return tuple(told) or (sentence(root, lang),)


def sentence(reason: Reason, lang: str) -> str:
    """Return the one sentence of this reason alone."""
    code = f"{reason.code}.{'holds' if reason.holds else 'fails'}"
    return word(code, lang, **reason.facts) or say(f"policy.{code}", lang, **reason.facts)


def word(key: str, lang: str, /, **facts: str) -> str | None:
    """Return the phrase that an operand of another package brings for `key`, if one does."""
    for operand in operands().values():
        phrase = operand.words.get(lang, operand.words.get("en", {})).get(key)
        if phrase is not None:
            return phrase.format_map(facts)
    return None


def _telling(reason: Reason) -> list[Reason]:
    below = [told for child in _telling_children(reason) for told in _telling(child)]
    if reason.code in {"prohibition", "xone"} and not reason.holds:
        return [reason, *below]
    return below or [reason]


def _telling_children(reason: Reason) -> list[Reason]:
    children = list(reason.children)
    if reason.code == "xone":
        return [] if reason.holds else children
    if reason.code == "prohibition":
        # It applies because its constraints are met or cannot be decided; the others are no cause.
        return [c for c in children if c.holds or c.children or c.code.startswith("unknown.")]
    if reason.code == "decision":
        return [
            child
            for child in children
            if child.holds == reason.holds
            and not (reason.holds and child.code in {"prohibition", "other-prohibition"})
        ]
    return [child for child in children if child.holds == reason.holds]
