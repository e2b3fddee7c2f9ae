"""Tokens of requests that only read: their one use is written with the next unit of work.

Where nothing is being written, what is read now is all there is: nobody has used the token, and its
use goes first into the queue, in front of whatever comes with the same token. Otherwise it is
written before the answer. So a crash, or a disk that fails, may let the same page be read once
more, and nothing else (ADR-0036).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TypeVar

from faifo.node.membership.authentication import Participant, claim, spend, used
from faifo.store.contract import Store, Transaction, Work

T = TypeVar("T")

log = logging.getLogger("faifo.callers")


async def glance(store: Store, participant: Participant, look: Work[T]) -> T:
    """Return what `look`, which reads some rows by their keys, finds; the token is used up.

    Raises:
        NotProvenError: the token has been used before.
        StorageError: as the store's `read`.
        Whatever `look` raises.
    """
    use = participant.use
    if use is not None and not store.idle:
        await spend(store, participant)
    elif use is not None:

        async def unused(tx: Transaction) -> None:
            if await tx.tokens.get(use.did, use.jti) is not None:
                raise used()

        # An idle store is read in this turn of the loop: nothing comes between look and queue.
        await store.read(unused, few=True)
        writing = store.queue(lambda tx: claim(tx, participant), soon=False, few=True)
        writing.add_done_callback(_told)
    return await store.read(look, few=True)


def _told(writing: asyncio.Future[None]) -> None:
    if error := None if writing.cancelled() else writing.exception():
        log.warning("that a token was used to read could not be written: %s", error)
