"""Say in a reader's language what stands in evidence in English.

Evidence holds one English sentence for each thing that it cannot tell in numbers, so that its
bytes are the same everywhere. The phrases `ai.said.*` hold these sentences with their facts; what
is none of them is a name from somebody's data, and stays as it is.
"""

from __future__ import annotations

import re
from functools import cache

from faifo.phrases import say
from faifo.phrases.catalogue import catalogue

_PREFIX = "ai.said."


def worded(text: str, lang: str) -> str:
    """Return `text` in the language, or as it is where it is no phrase of ours."""
    if lang == "en":
        return text
    for key, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            # Facts may be phrases themselves, such as a merged group that is compared.
            facts = {name: worded(value, lang) for name, value in found.groupdict().items()}
            return say(key, lang, **facts)
    return text


def named(kind: str, name: str, lang: str) -> str:
    """Return what `name` (a method, a family, a role) is called, or the name itself."""
    try:
        return say(f"ai.{kind}.{name}", lang)
    except KeyError:
        return worded(name, lang)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for key, phrase in catalogue("en").items():
        if key.startswith(_PREFIX):
            parts = re.split(r"\{(\w+)\}", str(phrase))
            texts = [
                re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+)" for i, part in enumerate(parts)
            ]
            found.append((key, re.compile("".join(texts), re.S)))
    return found
