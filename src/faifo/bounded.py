"""A mapping that never holds more than so many entries: other people choose how many there are."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


# Not a `dict`: to find its first key, that walks over all that were deleted in front of it.
class Bounded(OrderedDict[K, V]):
    """At most `most` entries: what was put in longest ago goes first; putting again is new."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        self.pop(key, None)
        while len(self) >= self._most:
            self.popitem(last=False)
        super().__setitem__(key, value)
