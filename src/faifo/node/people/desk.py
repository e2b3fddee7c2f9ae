"""What whoever has a reference does here: each in a unit of work of its own, and nothing else."""

from __future__ import annotations

from faifo import clock
from faifo.node.people.deciding import Deciding, Seen
from faifo.store.contract import Store
from faifo.store.records import Review


class Desk:
    """What the page of a decision asks for."""

    def __init__(self, store: Store, deciding: Deciding) -> None:
        self._store = store
        self._deciding = deciding

    async def seen(self, reference: str) -> Seen:
        """Return what the holder of a reference may see; see `Deciding.seen`."""
        return await self._store.read(lambda tx: self._deciding.seen(tx, reference))

    async def object(self, reference: str, kind: str, text: str) -> Review:
        """Keep what the holder of a reference writes; see `Deciding.object`."""
        now = clock.now()
        return await self._store.run(
            lambda tx: self._deciding.object(tx, reference, kind, text, now=now)
        )
