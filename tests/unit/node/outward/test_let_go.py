"""What was read of a bad answer goes when its error does, without waiting for the collector."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from faifo.errors import PeerError
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.keys import Holder
from faifo.node.outward.remembered import Remembered

WHO = "did:web:peer.example"


class Answer:
    """Stands for the bytes of an answer."""


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def reading() -> tuple[Callable[..., Awaitable[Any]], list[weakref.ref[Answer]]]:
    """Return work that reads an answer and raises, and what tells whether it is still held."""
    read: list[weakref.ref[Answer]] = []

    async def work(*_: Any) -> Any:
        answer = Answer()
        read.append(weakref.ref(answer))
        await asyncio.sleep(0)
        raise PeerError(who=WHO, status=200, reasons=())

    return work, read


async def test_a_caller_who_waits_holds_nothing() -> None:
    work, read = reading()

    async def left() -> None:
        await asyncio.Event().wait()

    request = SimpleNamespace(client=("127.0.0.1", 1), headers={}, left=left)
    call = Call(request, None, holder=Holder(), query={})  # type: ignore[arg-type]
    with contextlib.suppress(PeerError):
        await call.while_there(work())
    await asyncio.sleep(0)
    assert [one() for one in read] == [None]


async def test_what_is_remembered_of_a_failure_holds_nothing() -> None:
    work, read = reading()
    known = Remembered[Any](work, memory=timedelta(minutes=1), pause=timedelta(minutes=1))
    with contextlib.suppress(PeerError):
        await known.get("x")
    await asyncio.sleep(0)
    assert [one() for one in read] == [None]
    with pytest.raises(PeerError, match=WHO):
        await known.get("x")
    assert len(read) == 1
