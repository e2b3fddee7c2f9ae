"""The files of phrases, read at once where they are plain.

A command or a node reads one to four of them before its first word, and tomllib, in Python itself,
takes 50 ms for each. Tables whose every line is `name = "text"` are read by one expression here;
any other goes to tomllib. A test compares both for every file.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

_TABLE: Final = re.compile(r"^\[([\w.-]+)\]$", re.M)
_LINE: Final = re.compile(r'(?:("(?:[^"\\]|\\.)*"|[\w-]+) = ("(?:[^"\\]|\\.)*")|#.*|)')


def tables(text: str) -> dict[str, dict[str, Any]]:
    """Return the tables of a TOML file by their dotted names; by "" what stands before them."""
    parts = _TABLE.split(text)
    return {name: _table(body) for name, body in zip(["", *parts[1::2]], parts[::2], strict=True)}


def _table(body: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in body.splitlines():
        plain = _LINE.fullmatch(line)
        if plain is None:
            import tomllib

            return tomllib.loads(body)
        if plain[1] is not None:
            found[_unquoted(plain[1])] = _unquoted(plain[2])
    return found


def _unquoted(text: str) -> str:
    # What may be escaped in a TOML string and not in a JSON string stands in none of the files.
    return str(json.loads(text)) if "\\" in text else text.strip('"')
