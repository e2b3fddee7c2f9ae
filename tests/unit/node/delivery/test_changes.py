"""Bells ring for their own subject, once, and leave nothing behind."""

from __future__ import annotations

import asyncio

import pytest

from faifo.node.delivery.changes import Changes, passing
from faifo.node.offering.running import Running
from faifo.store.contract import EVERYTHING


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


async def test_changes_on_the_way_are_heard_by_who_wants_every_change() -> None:
    changes = Changes()
    heard: list[str] = []
    changes.listen(heard.append)
    every, settled = changes.bell(passing("a")), changes.bell("a")
    changes.ring(passing("a"))
    assert every.done()
    assert not settled.done()
    every = changes.bell(passing("a"))
    changes.ring("a")
    assert every.done()
    assert settled.done()
    assert heard == ["a", "a"]


async def test_everything_is_heard_by_all() -> None:
    changes = Changes()
    bells = changes.bell(passing("a")), changes.bell("a"), changes.bell("b")
    changes.ring(EVERYTHING)
    assert all(bell.done() for bell in bells)


@pytest.mark.parametrize(
    ("rung", "same"),
    [
        ((), True),
        (("c",), True),
        ((passing("c"), "c"), True),
        (("a",), False),
        ((passing("b"), "c"), False),
        ((EVERYTHING,), False),
        (("c",) * 1025, False),  # so far back nobody knows
    ],
)
async def test_what_stands_on_others_is_unchanged(rung: tuple[str, ...], same: bool) -> None:
    changes = Changes()
    running = Running(changes)
    changes.ring("a")
    turn = running.turn
    for subject in rung:
        changes.ring(subject)
    assert running.unchanged(("a", "b"), turn) is same
