"""Offers in the words of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from faifo.cli.choices import Choices
from faifo.cli.output import moment


def terms_of(choices: Choices, policy: Mapping[str, Any]) -> str:
    """Return the terms in `policy` as one line; the policy itself where it says more than terms."""
    from faifo.errors import FaifoError
    from faifo.policy.explain import word
    from faifo.policy.terms import is_moment, read_terms, settings

    try:
        terms = read_terms(policy)
    except FaifoError:
        terms = None
    if terms is None:
        return msgspec.json.encode(policy).decode()
    said = []
    for operand, setting in settings():
        value = getattr(terms, setting.name)
        if value:
            told = {"moment": moment(value)} if is_moment(operand) else {"names": ", ".join(value)}
            key = f"terms.{setting.name.replace('_', '-')}"
            said.append(word(key, choices.lang, **told) or choices.say(key, **told))
    return "; ".join(said) or choices.say("terms.none")
