"""A tree that grows and is loaded again is the same tree, and its tiles are its hashes."""

from __future__ import annotations

import pytest

from faifo.ledger import tiles, tree
from faifo.ledger.growth import Growth


@pytest.mark.parametrize("batch", [1, 7, 255, 256, 257, 1000])
def test_a_log_loaded_after_every_batch_is_the_one_that_never_stopped(batch: int):
    whole, size = Growth(), 66_000 if batch == 1000 else 1300
    kept: dict[tuple[int, int], bytes] = {}
    rows: dict[tuple[int, int], bytes] = {}
    leaves = [b"%d" % at for at in range(size)]
    for start in range(0, size, batch):
        edge = [(level, at, data) for (level, at), data in sorted(rows.items())]
        part = Growth.loaded(start, edge)
        more = leaves[start : start + batch]
        assert part.add(more) == start
        for leaf in more:
            whole.add([leaf])
        grown = part.take()
        rows |= {(level, at): data for level, at, data in grown.rows}
        for level, first in enumerate(grown.starts):
            rows = {key: data for key, data in rows.items() if key[0] != level or key[1] >= first}
        kept |= {(tile.level, tile.number): data for tile, data in grown.tiles}
        assert part.root == whole.root
    assert (whole.size, len(rows)) == (size, sum(map(len, whole.edges)))

    hashes = [tree.leaf_hash(leaf) for leaf in leaves]

    def stored(level: int, index: int) -> bytes:
        return tree.folded(hashes[index << level : (index + 1) << level])

    assert whole.root == tree.root_of(size, stored)
    for (level, number), data in kept.items():
        assert tiles.Tile(level, number).exists(size)
        at = number * 256
        if level == tiles.ENTRIES:
            assert tiles.unbundle(data) == leaves[at : at + 256]
        else:
            found = [stored(8 * level, at + one) for one in range(256)]
            assert tiles.hashes_of(data, 256) == found
    levels = [size >> 8, *(size >> (8 * (one + 1)) for one in range(len(whole.edges)))]
    assert len(kept) == sum(levels)
