"""Purposes and regions with what lies within them: a published vocabulary, bound to this version.

Purposes are Faifo's short names; `dpv` is the term of the Data Privacy Vocabulary 2 (W3C community
group) that says the same, where one fits, and is read for it. A term that is not here is only
itself. Regions are lists of ISO 3166-1 codes of members.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

DPV: Final = "https://w3id.org/dpv#"
# Names that strangers send are remembered, too.
NAMES: Final = 1024


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(files("faifo.policy").joinpath("vocabulary.toml").read_text("utf-8"))


@lru_cache(maxsize=NAMES)
def purpose(name: str) -> str:
    """Return the short name of a purpose; one that is not in the vocabulary as it is."""
    full = DPV + name.removeprefix("dpv:") if name.startswith("dpv:") else name
    for short, one in _read()["purposes"].items():
        if full == DPV + one.get("dpv", "?"):
            return str(short)
    return name


def spellings(name: str) -> tuple[str, ...]:
    """Return the other names of a purpose of the vocabulary."""
    short = purpose(name)
    dpv = _read()["purposes"].get(short, {}).get("dpv")
    return (short, f"dpv:{dpv}", DPV + dpv) if dpv else (short,)


@lru_cache(maxsize=NAMES)
def kinds_of(name: str) -> frozenset[str]:
    """Return a purpose with all that are a kind of it."""
    name, purposes = purpose(name), _read()["purposes"]
    found = {name}
    while True:
        more = {n for n, one in purposes.items() if one.get("broader") in found} - found
        if not more:
            return frozenset(found)
        found |= more


@lru_cache(maxsize=NAMES)
def members_of(region: str) -> frozenset[str] | None:
    """Return the economies of a region; None for one that is not known."""
    listed = _read()["regions"].get(region.upper())
    return frozenset(listed["members"]) if listed else None


def purposes() -> Mapping[str, Mapping[str, str]]:
    """Return the purposes by short name, each with `broader` and `dpv` where it has them."""
    found: Mapping[str, Mapping[str, str]] = _read()["purposes"]
    return found
