"""One node and three participants around it: two it trusts and one it does not."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

from harness import Peer, RunningNode, free_port, peer, running, write_node


class World(NamedTuple):
    node: RunningNode
    friend: Peer
    rival: Peer
    stranger: Peer


@contextlib.asynccontextmanager
async def world(folder: Path, **sections: dict[str, Any]) -> AsyncIterator[World]:
    async with peer() as friend, peer() as rival, peer() as stranger:
        trusted = {"friend": friend.did, "rival": rival.did}
        path = write_node(folder / "node", port=free_port(), trusted=trusted, **sections)
        async with running(path) as node:
            yield World(node, friend, rival, stranger)
