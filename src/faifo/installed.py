"""What other packages offer to Faifo: entry points, by their group.

Hardly any installation has one, and `importlib.metadata` is a megabyte of a node and part of each
start: it is loaded where the files of the packages name the group, or where it alone can read them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from glob import escape, iglob
from importlib.machinery import PathFinder
from io import FileIO
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

# `*.dist-info`, `*.egg-info` and the `EGG-INFO` in an egg.
# Spec: packaging.python.org, "Entry points specification", "File format".
_NAMES: Final = "*-[Ii][Nn][Ff][Oo]/entry_points.txt"


def entries(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of `group`. What is installed is looked up once."""
    if group.encode() not in _groups() and not _others():
        return ()
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group))


@cache
def _groups() -> frozenset[bytes]:
    """Return the groups that the packages in the folders of `sys.path` have entries in."""
    found: set[bytes] = set()
    for name in chain.from_iterable(_files(f"{escape(one or '.')}/{_NAMES}") for one in sys.path):
        with FileIO(name) as file:
            lines = map(bytes.strip, file.readall().splitlines())
        found.update(line[1:-1] for line in lines if line.startswith(b"["))
    return frozenset(found)


def _others() -> bool:
    """Tell whether packages may be elsewhere: in an archive, or with a finder of their own."""
    finders = (one for one in sys.meta_path if one is not PathFinder)
    if any(hasattr(one, "find_distributions") for one in finders):
        return True
    there = (escape(one) for one in sys.path if one)
    return any(any(_files(one)) and not any(_files(f"{one}/")) for one in there)


def _files(pattern: str) -> Iterator[str]:
    return iglob(pattern)  # noqa: PTH207 - pure rooms ask what is installed, and know no paths
