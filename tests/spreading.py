"""Which tests go to which worker: those that share what is made once for their file, together.

xdist's `load` hands such a file's tests to every worker, each of which makes it anew (a played
demo, a node that serves). Here such a file is one piece, and every other test one of its own, in
the order of collection: long stories and processes first, short units last.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

_ROOT = Path(__file__).parents[1]
# What is said in a file, or beside it, of something that lasts longer than one test.
_SHARED = ('scope="module"', "@cache")


class Spreading(LoadScopeScheduling):
    """`file` for a file that shares, else the test itself."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if _shares(file) else nodeid


@cache
def _shares(file: str) -> bool:
    folders = Path(file).parents
    beside = [_ROOT / folder / "conftest.py" for folder in folders]
    said = [one.read_text() for one in (_ROOT / file, *beside) if one.is_file()]
    return any(word in text for text in said for word in _SHARED)
