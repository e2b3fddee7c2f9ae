"""Say in a reader's language what stands in evidence in English.

Evidence holds one English sentence for each thing that it cannot tell in numbers, so that its
bytes are the same everywhere. The phrases `ai.said.*` hold these sentences with their facts; what
is none of them is a name from somebody's data, and stays as it is.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from faifo.phrases import Phrase, say, spoken
from faifo.phrases.catalogue import phrase_of
from faifo.phrases.figures import measured

_NUMBERS: Final = frozenset({"p", "severity"})


def worded(text: str, lang: str) -> str:
    """Return `text` in the language, or as it is where it is no phrase of ours.

    Facts may be phrases themselves, such as a merged group that is compared.
    """
    found = phrase_of(text, "ai.said.")
    if isinstance(found, Phrase):
        for name in _NUMBERS & found.facts.keys():
            with suppress(ValueError):
                found.facts[name] = measured(float(str(spoken(found.facts[name], lang))), lang)
    return str(spoken(found, lang))


def named(kind: str, name: str, lang: str) -> str:
    """Return what `name` (a method, a family, a role) is called, or the name itself."""
    try:
        return say(f"ai.{kind}.{name}", lang)
    except KeyError:
        return worded(name, lang)
