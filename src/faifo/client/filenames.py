"""Names for files that come from other people: never a path, never hidden, never empty."""

from __future__ import annotations

import re
from urllib.parse import unquote

LONGEST = 120

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069"\\/:*?<>|]+')
_STARRED = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
_QUOTED = re.compile(r'filename\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_PLAIN = re.compile(r"filename\s*=\s*([^;\s\"]+)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """Return `name` as one that can be saved in any folder; empty if nothing is left of it."""
    name = name.encode("utf-8", "replace").decode()  # undecodable bytes of a header field
    kept = _UNSAFE.sub("_", name).strip().lstrip(".").strip()
    while len(kept.encode()) > LONGEST:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[:-1]}{dot}{ending}" if stem and len(ending) < 20 else kept[:-1]
    return "" if not kept.strip("_ ") else kept


def from_disposition(field: str | None) -> str:
    """Return the safe name in a Content-Disposition, or an empty text. Spec: RFC 6266 §4.3."""
    for pattern in (_STARRED, _QUOTED, _PLAIN):
        match = pattern.search(field or "")
        if match:
            name = match.group(1)
            name = unquote(name) if pattern is _STARRED else re.sub(r"\\(.)", r"\1", name)
            return safe_name(re.split(r"[/\\]", name)[-1])
    return ""
