"""When receipts are handed over; what goes over the wire is tested between two nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from faifo.errors import UnreachableError
from faifo.node.receipts.handing import Batch, Handing

PEER = "did:web:peer.example"


class Books:
    """Nothing is owed, as long as one looks; the first look comes to what `first` does."""

    def __init__(self) -> None:
        self.looks = 0
        self.first: Callable[[], None] = lambda: None

    async def read(self, _: Any) -> Any:
        self.looks += 1
        if self.looks == 1:
            self.first()
        await asyncio.sleep(0)
        return [], [], Batch()


class Cosigners:
    """Called when receipts wait."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def ask(self) -> None:
        self.asked.set()


def handing_of(books: Books, cosigners: Cosigners) -> Handing:
    made = Handing(
        cast("Any", books),
        cast("Any", SimpleNamespace(listen=lambda _: None)),
        *[cast("Any", None)] * 2,
        cast("Any", SimpleNamespace(required="never-mind")),
        cast("Any", cosigners),
        delay=0.0,
        deadline=1.0,
    )
    made._ready.set()
    return made


async def test_what_comes_while_one_looks_is_looked_for_again() -> None:
    books = Books()
    handing = handing_of(books, Cosigners())
    books.first = lambda: handing.wake(PEER)
    handing.wake(PEER)
    async with asyncio.timeout(5):
        while handing._tasks:
            await asyncio.gather(*handing._tasks.values())
    assert books.looks == 2


async def test_who_was_away_is_tried_as_soon_as_something_new_is_owed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("faifo.node.receipts.handing.FIRST_PAUSE", 3600.0)

    def away() -> None:
        raise UnreachableError(who=PEER, reason="nobody answers")

    books, cosigners = Books(), Cosigners()
    books.first = away
    handing = handing_of(books, cosigners)
    handing.wake(PEER)
    async with asyncio.timeout(5):
        await cosigners.asked.wait()
        await asyncio.sleep(0)
        handing.wake(PEER)
        while handing._tasks:
            await asyncio.gather(*handing._tasks.values())
    assert books.looks > 1
