"""Calls for data that wait for a person: held as reviews, until one decides or time is over."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from faifo import clock
from faifo.node.delivery.changes import Changes
from faifo.node.people.reviews import Reviews
from faifo.store.contract import Store, Transaction
from faifo.store.records import Review, ReviewState, Transfer

CALL: Final = "access"


class HeldCalls:
    """The use cases of the gate."""

    def __init__(self, store: Store, changes: Changes, reviews: Reviews) -> None:
        self._store, self._changes, self._reviews = store, changes, reviews

    async def hold(self, tx: Transaction, record: Transfer, *, now: datetime) -> Review | None:
        """Ask a person about one call; None if another one under this transfer waits already."""
        found = await tx.reviews.find(subject=record.pid, state=ReviewState.OPEN.value)
        if any(one.kind == CALL for one in found):
            return None
        return await self._reviews.hold(tx, CALL, record.pid, "", now=now)

    async def decided(self, name: str, until: datetime) -> bool:
        """Wait until a person has decided, or it is `until`; tell whether the call may go on."""

        async def look(tx: Transaction) -> ReviewState:
            review = await tx.reviews.get(name)
            return review.state if review else ReviewState.LAPSED

        while True:
            bell = self._changes.bell(name)
            try:
                state = await self._store.read(look)
                left = (until - clock.now()).total_seconds()
                if state is not ReviewState.OPEN:
                    return state is ReviewState.UPHELD
                if left <= 0 or self._changes.stopped:
                    return await self._store.run(lambda tx: _lapsed(tx, name))
                await asyncio.wait((bell,), timeout=left)
            finally:
                bell.cancel()


async def _lapsed(tx: Transaction, name: str) -> bool:
    """Let nobody decide any more; tell whether somebody just did."""
    review = await tx.reviews.get(name)
    if review is None or review.state is not ReviewState.OPEN:
        return review is not None and review.state is ReviewState.UPHELD
    now = clock.now()
    await tx.reviews.put(review, state=ReviewState.LAPSED, decided=now)
    return False
