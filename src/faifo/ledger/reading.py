"""Roots and proofs of a log of which only tiles can be had, ours or another's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from faifo.ledger.tiles import HEIGHT, WIDTH, Tile, hashes_of
from faifo.ledger.tree import Stored, node_hash

T = TypeVar("T")

Rows = list[list[bytes]]
"""The hashes of a tile, then those of pairs of them, and so on; what is not complete is absent."""


class _LackingError(LookupError):
    def __init__(self, tile: Tile) -> None:
        self.tile = tile


def rows_of(data: bytes, width: int) -> Rows:
    """Return the hashes that a tile's bytes give."""
    rows = [hashes_of(data, width)]
    while len(rows[-1]) > 1:
        below = rows[-1]
        rows.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return rows


async def over_tiles(
    work: Callable[[Stored], T],
    size: int,
    fetch: Callable[[Tile], Awaitable[bytes]],
    known: dict[Tile, Rows],
) -> T:
    """Return what `work` makes of a tree of `size`; `fetch` gets tiles that are not `known`.

    Those are named as if they were full; of a tree that grew since they hold more, which is the
    same as far as `size` goes.

    Raises:
        ProofError: a tile is none, or what `work` raises.
    """

    def stored(level: int, index: int) -> bytes:
        # A subtree of 2**within places of a tile; by shifts, since each proof asks for so many.
        within = level % HEIGHT
        first = index << within
        tile = (level // HEIGHT, first // WIDTH, WIDTH)
        rows: Rows | None = known.get(tile)  # type: ignore[call-overload]  # a Tile is such a tuple
        if rows is None:
            raise _LackingError(Tile(*tile))
        return rows[within][first % WIDTH >> within]

    while True:
        try:
            return work(stored)
        except _LackingError as lacking:
            tile = lacking.tile
        width = min(WIDTH, (size >> (HEIGHT * tile.level)) - tile.number * WIDTH)
        known[tile] = rows_of(await fetch(tile._replace(width=width)), width)
