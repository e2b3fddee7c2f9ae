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
    from faifo.policy.terms import read_terms

    try:
        terms = read_terms(policy)
    except FaifoError:
        terms = None
    if terms is None:
        return msgspec.json.encode(policy).decode()
    said = []
    if terms.not_before:
        said.append(choices.say("terms.not-before", moment=moment(terms.not_before)))
    if terms.until:
        said.append(choices.say("terms.until", moment=moment(terms.until)))
    if terms.recipients:
        said.append(choices.say("terms.recipients", names=", ".join(terms.recipients)))
    if terms.purposes:
        said.append(choices.say("terms.purposes", names=", ".join(terms.purposes)))
    if terms.economies:
        said.append(choices.say("terms.economies", names=", ".join(terms.economies)))
    if terms.credentials:
        said.append(choices.say("terms.credentials", names=", ".join(terms.credentials)))
    return "; ".join(said) or choices.say("terms.none")
