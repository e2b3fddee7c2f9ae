"""What must never leave: whatever holds a node's settings, keys or databases, of whatever node.

A backup is a node's directory too, and a copy may have another name; so a file is judged by the
folders above it, by its name, and by what stands in it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path, PurePath
from typing import Final

# One of them in a folder makes it a node's directory, or what is left of one.
MARKS: Final = ("faifo.toml", "faifo.db", "manage.key")

_KEY: Final = b" PRIVATE KEY-----"
_TABLE: Final = b"CREATE TABLE negotiation"
_KEY_TEXT: Final = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?:\s|\\[nr])+[A-Za-z0-9+/]{32}"
)
_TABLE_TEXT: Final = re.compile(rb"CREATE TABLE negotiation \(\s*pid TEXT PRIMARY KEY")
OVERLAP: Final = 128


def node_above(path: Path) -> Path | None:
    """Return the nearest folder above `path` that is a node's directory or a backup of one."""
    for folder in path.parents:
        if any(os.access(f"{folder}/{mark}", os.F_OK) for mark in MARKS):
            return folder
    return None


def is_of_node(status: os.stat_result, node: Path, *, but: Collection[str]) -> bool:
    """Tell whether a file is one of the node's directory `node`, by whatever other name.

    Only a file of several names can be; the folders `but` hold what may leave.
    """
    if status.st_nlink < 2:
        return False
    for folder, folders, names in os.walk(node):
        if Path(folder) == node:
            folders[:] = [name for name in folders if name not in but]
        for name in names:
            try:
                own = os.lstat(f"{folder}/{name}")
            except OSError:  # it is gone by now
                continue
            if os.path.samestat(own, status):
                return True
    return False


def named_so(path: PurePath) -> bool:
    """Tell whether a file is called as a node's settings, its key or its database are."""
    return path.name.startswith(MARKS)


class Looker:
    """Looks at a file's bytes, part after part, for a private key or a node's database."""

    def __init__(self) -> None:
        self._tail = b""

    def holds_private(self, part: bytes) -> bool:
        """Tell whether `part`, with the end of the one before, holds something of that kind."""
        seen = self._tail + part
        self._tail = seen[-OVERLAP:]
        return bool(
            (_KEY in seen and _KEY_TEXT.search(seen))
            or (_TABLE in seen and _TABLE_TEXT.search(seen))
        )
