"""Tiles of 256 hashes and bundles of 256 leaves: addresses and bytes (C2SP tlog-tiles).

A tile only grows: what is served as partial (`.p/W`) is the beginning of the tile as it is now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from faifo.ledger.refused import Fault, ProofError
from faifo.ledger.tree import HASH_BYTES

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
LEVELS: Final = 8
# The bundles of leaves stand beside level 0; C2SP calls them `entries`.
ENTRIES: Final = -1

_PATH: Final = re.compile(
    r"tile/(entries|[0-7])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?\Z"
)


class Tile(NamedTuple):
    """A tile: `level` (`ENTRIES` for leaves), its number, and how many places are meant."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        level = "entries" if self.level == ENTRIES else str(self.level)
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{one}" for one in parts[:-1]), parts[-1]])
        return f"tile/{level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    def exists(self, size: int) -> bool:
        """Tell whether a tree of `size` leaves has this tile so wide."""
        hashes = size >> (HEIGHT * max(self.level, 0))
        return self.number * WIDTH + self.width <= hashes


def parse_path(path: str) -> Tile:
    """Return the tile at `path`, which is written in the one way that C2SP allows.

    Raises:
        ProofError: no tile can be there.
    """
    found = _PATH.match(path)
    if found:
        level, number, width = found.groups()
        tile = Tile(
            ENTRIES if level == "entries" else int(level),
            int(number.replace("x", "").replace("/", "")),
            int(width) if width else WIDTH,
        )
        if tile.path == path:
            return tile
    raise ProofError(Fault.SHAPE, what=path[:80])


def bundle(leaves: Iterable[bytes]) -> bytes:
    """Return `leaves` as an entry bundle: each after its length in two bytes."""
    every = list(leaves)
    lengths = {length: length.to_bytes(2, "big") for length in set(map(len, every))}
    return b"".join([lengths[len(leaf)] + leaf for leaf in every])


def unbundle(data: bytes) -> list[bytes]:
    """Return the leaves in an entry bundle.

    Raises:
        ProofError: it is cut off, or holds more than a tile's leaves.
    """
    leaves: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data) or len(leaves) == WIDTH:
            raise ProofError(Fault.SHAPE, what="tile/entries")
        leaves.append(data[at + 2 : end])
        at = end
    return leaves


def hashes_of(data: bytes, width: int) -> list[bytes]:
    """Return the `width` hashes of a tile, which may be longer.

    Raises:
        ProofError: it is shorter, or no tile.
    """
    if len(data) % HASH_BYTES or not width * HASH_BYTES <= len(data) <= WIDTH * HASH_BYTES:
        raise ProofError(Fault.SHAPE, what="tile")
    return [data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]
