"""Bells ring for their own subject, once, and leave nothing behind."""

from __future__ import annotations

import asyncio

from faifo.node.delivery.changes import Changes


async def test_a_bell_rings_for_its_own_subject() -> None:
    changes = Changes()
    mine, also_mine, other = changes.bell("a"), changes.bell("a"), changes.bell("b")
    changes.ring("a")
    assert mine.done()
    assert also_mine.done()
    assert not other.done()
    other.cancel()


async def test_a_bell_rings_once_and_for_later_changes_only() -> None:
    changes = Changes()
    changes.ring("a")
    bell = changes.bell("a")
    assert not bell.done()
    changes.ring("a")
    changes.ring("a")
    await asyncio.wait_for(bell, 5)


async def test_a_waiter_that_went_away_is_forgotten() -> None:
    changes = Changes()
    gone, waiting = changes.bell("a"), changes.bell("a")
    gone.cancel()
    await asyncio.sleep(0)
    changes.ring("a")
    assert waiting.done()
    lonely = changes.bell("b")
    lonely.cancel()
    await asyncio.sleep(0)
    assert changes._waiting == {}


async def test_listeners_hear_every_subject_in_order() -> None:
    changes = Changes()
    heard: list[str] = []
    changes.listen(heard.append)
    changes.listen(lambda subject: heard.append(subject.upper()))
    changes.ring("a")
    changes.ring("b")
    assert heard == ["a", "A", "b", "B"]
