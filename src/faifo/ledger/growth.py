"""The right edge of a log: what is kept of a tree while it grows, and which tiles became full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

from faifo.ledger.tiles import ENTRIES, HEIGHT, WIDTH, Tile, bundle
from faifo.ledger.tree import bagged, leaf_hash, node_hash, peaks

EdgeRow = tuple[int, int, bytes]


class Grown(NamedTuple):
    """What a store must write: full tiles, and edge rows (level, number, leaf or hash).

    Edge rows of a level that lie before `starts` of it belong to full tiles and are to go.
    """

    tiles: list[tuple[Tile, bytes]]
    rows: list[EdgeRow]
    starts: list[int]


def _rows(edge: list[bytes]) -> list[list[bytes]]:
    """Return `edge` and the hashes of its complete subtrees, by level, up to that of a tile."""
    rows = [edge]
    for _ in range(HEIGHT - 1):
        below = rows[-1]
        rows.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return rows


class Growth:
    """A tree of `size` leaves with the places of its unfinished tiles; it can only grow.

    `edges` of level 0 are leaves; above, hashes of full tiles of the level below. The hashes inside
    of unfinished tiles are kept as they arise, so that a proof needs no hashing again.
    """

    def __init__(self, size: int = 0, edges: Sequence[Sequence[bytes]] = ()) -> None:
        self.size = size
        self.leaves = list(edges[0]) if edges else []
        self.edges = [[leaf_hash(one) for one in self.leaves], *(list(one) for one in edges[1:])]
        self._rows = [_rows(edge) for edge in self.edges]
        self._tiles: list[tuple[Tile, bytes]] = []
        self._fresh = [0] * len(self.edges)

    @classmethod
    def loaded(cls, size: int, rows: Iterable[EdgeRow]) -> Growth:
        """Return the tree whose edge rows are `rows`, sorted by level and number."""
        edges: list[list[bytes]] = []
        for level, _, data in rows:
            edges.extend([] for _ in range(level + 1 - len(edges)))
            edges[level].append(data)
        return cls(size, edges)

    @property
    def root(self) -> bytes:
        return bagged(
            rows[level][index]
            for rows in reversed(self._rows)
            for level, index in peaks(0, len(rows[0]))
        )

    def add(self, leaves: Sequence[bytes]) -> int:
        """Add leaves and return the place of the first."""
        first, at = self.size, 0
        while at < len(leaves):
            some = leaves[at : at + WIDTH - len(self.leaves)]
            at += len(some)
            self.leaves += some
            self.size += len(some)
            # In one line, not by `leaf_hash`, as below for nodes: a batch costs little else.
            self._put(0, [sha256(b"\x00" + one).digest() for one in some])
        return first

    def _put(self, level: int, hashes: list[bytes]) -> None:
        if level == len(self.edges):
            self._rows.append(_rows([]))
            self.edges.append(self._rows[level][0])
            self._fresh.append(0)
        edge, rows = self.edges[level], self._rows[level]
        edge += hashes
        self._fresh[level] += len(hashes)
        for below, row in pairwise(rows):
            start = 2 * len(row)
            if start + 1 >= len(below):
                break
            pairs = zip(below[start::2], below[start + 1 :: 2], strict=False)
            row += [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        if len(edge) == WIDTH:
            number = (self.size >> (HEIGHT * (level + 1))) - 1
            self._tiles.append((Tile(level, number), b"".join(edge)))
            if level == 0:
                self._tiles.append((Tile(ENTRIES, number), bundle(self.leaves)))
                self.leaves.clear()
            whole = node_hash(*rows[-1])
            for row in rows:
                row.clear()
            self._put(level + 1, [whole])

    def unfinished(self) -> dict[Tile, list[list[bytes]]]:
        """Return the hashes of the tiles that are not full, as `reading.over_tiles` names them."""
        found = {}
        for level, rows in enumerate(self._rows):
            if rows[0]:
                number = (self.size >> (HEIGHT * level)) // WIDTH
                found[Tile(level, number)] = [list(row) for row in rows]
        return found

    def take(self) -> Grown:
        """Return what has to be written since the last time."""
        rows: list[EdgeRow] = []
        starts: list[int] = []
        for level, edge in enumerate(self.edges):
            start = (self.size >> (HEIGHT * level)) - len(edge)
            fresh = min(self._fresh[level], len(edge))
            data = self.leaves if level == 0 else edge
            first = len(edge) - fresh
            rows += [(level, start + at, data[at]) for at in range(first, len(edge))]
            starts.append(start)
        tiles, self._tiles = self._tiles, []
        self._fresh = [0] * len(self.edges)
        return Grown(tiles, rows, starts)
