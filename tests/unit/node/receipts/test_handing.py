"""When receipts are handed over; what goes over the wire is tested between two nodes."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from faifo.node.receipts.handing import Batch, Handing

PEER = "did:web:peer.example"


class Books:
    """Nothing is owed, as long as one looks; a leaf comes while the first look is under way."""

    def __init__(self) -> None:
        self.looks = 0
        self.comes = lambda: None

    async def read(self, _: Any) -> Any:
        self.looks += 1
        if self.looks == 1:
            self.comes()
        await asyncio.sleep(0)
        return [], [], Batch()


async def test_what_comes_while_one_looks_is_looked_for_again() -> None:
    books = Books()
    handing = Handing(
        cast("Any", books),
        cast("Any", SimpleNamespace(listen=lambda _: None)),
        *[cast("Any", None)] * 2,
        cast("Any", SimpleNamespace(required="never-mind")),
        cast("Any", None),
        delay=0.0,
        deadline=1.0,
    )
    handing._ready.set()
    books.comes = lambda: handing.wake(PEER)
    handing.wake(PEER)
    async with asyncio.timeout(5):
        while handing._tasks:
            await asyncio.gather(*handing._tasks.values())
    assert books.looks == 2
