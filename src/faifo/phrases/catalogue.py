"""The catalogue: keys dotted by room (`policy.dateTime.lteq.fails`) to phrases with `{facts}`.

en.toml and vi.toml hold the same keys with the same facts (a test proves it). A missing key or
fact is an error of the program, never of the reader, and so raises KeyError.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final

LANGUAGES: Final = ("en", "vi")


def say(key: str, lang: str, /, **facts: object) -> str:
    """Return the phrase `key` in `lang`, filled with `facts`.

    Raises:
        KeyError: no such language, key or fact.
    """
    if lang not in LANGUAGES:
        raise KeyError(f"no phrases in the language {lang!r}; there are {', '.join(LANGUAGES)}")
    phrase = catalogue(lang).get(key)
    if phrase is None:
        raise KeyError(f"no phrase {key!r} in {lang}.toml")
    missing = sorted(placeholders(phrase) - facts.keys())
    if missing:
        raise KeyError(f"the phrase {key!r} needs the facts: {', '.join(missing)}")
    return phrase.format_map(facts)


def language(environ_lang: str | None) -> str:
    """Return the language for a value of LANG such as `vi_VN.UTF-8`; English unless Vietnamese."""
    name = (environ_lang or "").partition(".")[0].partition("_")[0].partition("-")[0]
    return "vi" if name.lower() == "vi" else "en"


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Return all phrases of `lang` by their dotted keys."""
    text = files("faifo.phrases").joinpath(f"{lang}.toml").read_text("utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def placeholders(phrase: str) -> set[str]:
    """Return the names of the facts that `phrase` needs."""
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}


def _flat(table: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        else:
            found.append((prefix + name, str(value)))
    return found
