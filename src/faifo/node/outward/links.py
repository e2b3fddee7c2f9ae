"""Where the next page is, by the Link fields of an answer. Spec: RFC 8288 §3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# A name, and a value that is a name or quoted, with commas, semicolons and escapes in it.
_NAME: Final = r"[^\s\"=;,<>]+"
_PARAMETER: Final = re.compile(rf"\s*;\s*({_NAME})(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|({_NAME})))?")
_LINK: Final = re.compile(rf"<([^<>]*)>((?:{_PARAMETER.pattern})*)")


def links(field: str, relation: str) -> Iterator[str]:
    """Return the targets in a Link field with `relation`; of several `rel` the first counts."""
    for match in _LINK.finditer(field):
        for name, quoted, plain in _PARAMETER.findall(match[2]):
            if name.lower() == "rel":
                if relation in (quoted or plain).lower().split():
                    yield match[1]
                break
