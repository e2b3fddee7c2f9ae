"""Tokens of requests that only read: their one use is written with the next unit of work.

Until then it is known to this process alone, which refuses a second use. So a crash, or a disk that
fails, may let the same page be read once more, and nothing else (ADR-0036).
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final, TypeVar

from faifo.node.membership.authentication import Participant, claim, spend, used
from faifo.store.contract import Store, Transaction, Work

T = TypeVar("T")

log = logging.getLogger("faifo.callers")

AT_ONCE: Final = 256
"""So many uses may be unwritten; who comes then waits for the disk."""


class Glances:
    """One for all doors of a node: a token that opened one of them opens no other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._leaving: set[tuple[str, str]] = set()

    async def read(self, participant: Participant, look: Work[T]) -> T:
        """Return what `look`, which reads some rows by their keys, finds; the token is used up.

        Raises:
            NotProvenError: the token has been used before.
            StorageError: as the store's `read`.
            Whatever `look` raises.
        """
        use = participant.use
        if use is None:
            return await self._store.read(look, few=True)
        if self._store.shared or len(self._leaving) >= AT_ONCE:
            await spend(self._store, participant)
            return await self._store.read(look, few=True)
        key = (use.did, use.jti)
        if key in self._leaving:
            raise used()

        async def unused(tx: Transaction) -> None:
            if await tx.tokens.get(*key) is not None:
                raise used()

        self._leaving.add(key)
        try:
            await self._store.read(unused, few=True)
            # From now on in front of every message that comes with the same token.
            writing = self._store.queue(lambda tx: claim(tx, participant), soon=False, few=True)
        except BaseException:
            self._leaving.discard(key)
            raise
        writing.add_done_callback(partial(self._written, key))
        return await self._store.read(look, few=True)

    def _written(self, key: tuple[str, str], writing: asyncio.Future[None]) -> None:
        self._leaving.discard(key)
        if error := None if writing.cancelled() else writing.exception():
            log.warning("that a token was used to read could not be written: %s", error)
