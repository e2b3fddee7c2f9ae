"""Reasons → sentences for a person, in a language of the phrases.

Only the reasons that made the outcome are told; the decision itself keeps all of them.
"""

from __future__ import annotations

from faifo.phrases import say, spoken
from faifo.policy.actions import AI
from faifo.policy.decision import Reason
from faifo.policy.wording import action_of, line_in_words, name_of, word

# Reasons whose facts are parts of policies.
_QUOTING = {"kept", "narrower"} | {
    f"differs.{name}" for name in ("prohibition", "obligation", "wider", "constraint-missing")
}


_ACTIONS = {"action", "allowed", "forbidden", "requested"}
# What these say is about the world; other reasons quote how a policy is written.
_ABOUT = {"unknown.fact", "unknown.fact-kind", "unknown.declared"}


def sentences(root: Reason, lang: str) -> tuple[str, ...]:
    """Return the sentences without repeats, in the order of the policy; there is at least one."""
    told = dict.fromkeys(sentence(reason, lang) for reason in _telling(root))
    return tuple(told) or (sentence(root, lang),)


# Whom else the terms are for is nobody's business but the provider's.
_PRIVATE = {f"recipient.{operator}" for operator in ("eq", "isAnyOf", "isNoneOf", "neq")}


def shareable(root: Reason, lang: str) -> tuple[str, ...]:
    """Return what may be told to the other side: what it lacks, and nobody else's name."""
    told = (
        say("policy.shared.recipient", lang)
        if reason.code in _PRIVATE and not reason.holds
        else sentence(reason, lang)
        for reason in _telling(root)
    )
    return tuple(dict.fromkeys(told)) or (sentence(root, lang),)


def sentence(reason: Reason, lang: str) -> str:
    """Return the one sentence of this reason alone."""
    code = f"{reason.code}.{'holds' if reason.holds else 'fails'}"
    if reason.facts.get("due") == "-":
        code = f"{code}-undated"
    facts = {name: _called(name, fact, reason.code, lang) for name, fact in reason.facts.items()}
    if reason.code in _QUOTING:
        kind = reason.code.removeprefix("differs.")
        facts = {name: line_in_words(line, lang, kind) for name, line in facts.items()}
    return word(code, lang, **facts) or say(f"policy.{code}", lang, **facts)


def _called(name: str, fact: str, code: str, lang: str) -> str:
    """Return a fact as people call it: operands and actions have names in each language."""
    if name == "operand" and code in _ABOUT:
        return str(spoken(name_of(fact.removeprefix(AI)), lang))
    if name in _ACTIONS:
        actions, opening, place = fact.partition(" (")  # as `Duty.told` writes where
        said = ", ".join(str(spoken(action_of(one), lang)) for one in actions.split(", "))
        return f"{said}{opening}{place}"
    return fact.replace(AI, "")  # Faifo's own names are told as people write them


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
