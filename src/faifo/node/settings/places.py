"""Where a setting stands in its file: the line, found with the TOML reader itself.

Only when something is wrong: the shortest beginning of the file that is TOML and has the setting
ends with that setting's statement, however it is written (dotted, inline, over several lines).
"""

from __future__ import annotations

import tomllib
from typing import Any

MOST_LINES = 1000


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Return the first line, from 1, of the statement that sets `path`, or None."""
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        return None
    complete = 0
    for number in range(1, len(lines) + 1):
        try:
            content = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        if _has(content, path):
            return complete + 1
        complete = number
    return None


def _has(content: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(content, dict) or name not in content:
            return False
        content = content[name]
    return True
