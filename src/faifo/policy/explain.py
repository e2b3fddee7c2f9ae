"""Reasons → sentences for a person, in a language of the phrases.

Only the reasons that made the outcome are told; the decision itself keeps all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from faifo.phrases import say, spoken
from faifo.phrases.catalogue import catalogue
from faifo.policy.actions import AI
from faifo.policy.decision import Reason
from faifo.policy.operands.in_force import AGREED
from faifo.policy.wording import action_of, length, line_in_words, name_of, word

# Reasons whose facts are parts of policies.
_QUOTING = {"kept", "narrower"} | {
    f"differs.{name}" for name in ("prohibition", "obligation", "wider", "constraint-missing")
}


_ACTIONS = {"action", "allowed", "forbidden", "requested"}
# Facts that may be lengths of time, in these reasons.
_SPANS = {"given", "right", "due"}
_TIMED = {"elapsedTime", "credentialAge", "inForceDate", "duty", "duty-first", "duty-later"}
# What these say is about the world; other reasons quote how a policy is written.
_ABOUT = {"unknown.fact", "unknown.fact-kind", "unknown.declared"}


def sentences(root: Reason, lang: str) -> tuple[str, ...]:
    """Return the sentences without repeats, in the order of the policy; there is at least one."""
    return tuple(dict.fromkeys(sentence(one, lang, forbids=f) for one, f in _telling(root)))


# Whom else the terms are for is nobody's business but the provider's.
_PRIVATE = {f"recipient.{operator}" for operator in ("eq", "isAnyOf", "isNoneOf", "neq")}


def shareable(root: Reason, lang: str) -> tuple[str, ...]:
    """Return what may be told to the other side: what it lacks, and nobody else's name."""
    told = (
        say("policy.shared.recipient", lang)
        if reason.code in _PRIVATE and (forbids or not reason.holds)
        else sentence(reason, lang, forbids=forbids)
        for reason, forbids in _telling(root)
    )
    return tuple(dict.fromkeys(told))


# In a prohibition what is not so is no fault: it is said as the opposite that is so.
_OPPOSITE = {"eq": "neq", "isAnyOf": "isNoneOf", "lt": "gteq", "lteq": "gt"}
_OPPOSITE |= {one: other for other, one in _OPPOSITE.items()}


def below(reason: Reason, *, forbids: bool) -> Iterator[tuple[Reason, bool]]:
    """Yield the reasons under one, each with whether it is a part of a prohibition."""
    for child in reason.children:
        yield child, forbids or reason.code == "prohibition"


def sentence(reason: Reason, lang: str, *, forbids: bool = False) -> str:
    """Return the one sentence of this reason alone; `forbids`: it is a part of a prohibition."""
    code = f"{reason.code}.{'holds' if reason.holds else 'fails'}"
    if reason.facts.get("due") == "-":
        code = f"{code}-undated"
    if forbids and not reason.holds:
        operand, _, operator = reason.code.rpartition(".")
        opposite = f"{operand}.{_OPPOSITE.get(operator)}.holds"
        code = opposite if f"policy.{opposite}" in catalogue("en") else code
    facts = {name: _called(name, fact, reason.code, lang) for name, fact in reason.facts.items()}
    if reason.code in _QUOTING:
        kind = reason.code.removeprefix("differs.")
        facts = {name: line_in_words(line, lang, kind) for name, line in facts.items()}
    return word(code, lang, **facts) or say(f"policy.{code}", lang, **facts)


def _called(name: str, fact: str, code: str, lang: str) -> str:
    """Return a fact as people call it: operands and actions have names in each language."""
    if name == "operand" and code in _ABOUT:
        return str(spoken(name_of(fact.removeprefix(AI)), lang))
    if name == "due" and fact.startswith("P"):
        fact = f"{AGREED}{fact}"
    if name in _SPANS and code.partition(".")[0] in _TIMED:
        return str(spoken(length(fact), lang))
    if name in _ACTIONS:
        return str(spoken(action_of(fact), lang))
    return fact.replace(AI, "")  # Faifo's own names are told as people write them


def _telling(reason: Reason, *, forbids: bool = False) -> list[tuple[Reason, bool]]:
    under = [
        told
        for child, forbidden in below(reason, forbids=forbids)
        if _tells(reason, child)
        for told in _telling(child, forbids=forbidden)
    ]
    if reason.code in {"prohibition", "xone"} and not reason.holds:
        return [(reason, forbids), *under]
    return under or [(reason, forbids)]


def _tells(reason: Reason, child: Reason) -> bool:
    """Tell whether a reason's child is a cause of it."""
    if reason.code == "xone":
        return not reason.holds
    if reason.code == "prohibition":
        # It applies because its constraints are met or cannot be decided; the others are no cause.
        return child.holds or bool(child.children) or child.code.startswith("unknown.")
    if reason.code == "decision" and child.code in {"prohibition", "other-prohibition"}:
        return not child.holds and not reason.holds
    return child.holds == reason.holds
