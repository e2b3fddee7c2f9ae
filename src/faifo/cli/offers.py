"""Offers in the words of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faifo.cli.choices import Choices


def terms_of(choices: Choices, policy: Mapping[str, Any]) -> str:
    """Return the terms in `policy` as one line, in the chosen language."""
    from faifo.policy.wording import terms_in_words

    return terms_in_words(policy, choices.lang)


def made_up(properties: Mapping[str, Any]) -> str:
    """Return properties of somebody's own making as one line."""
    return ", ".join(f"{name}={value}" for name, value in properties.items())


def persons(said: Any) -> list[tuple[str, str | None]]:
    """Return whom persons may ask, where there is a word of that, as fields."""
    names = ("contact", "notice", "appeal")
    return [(name, getattr(said, name)) for name in names] if said is not None else []
