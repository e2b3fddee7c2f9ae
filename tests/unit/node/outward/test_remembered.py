from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from faifo.errors import BusyError, NotProvenError, UnreachableError
from faifo.node.outward.remembered import LIMIT, Remembered

DOWN = UnreachableError(who="x", reason="away")


class Host:
    """Gives a number that grows, or fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failure: Exception | None = None

    async def fetch(self, name: str) -> int:
        self.asked.append(name)
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        return len(self.asked)


@pytest.fixture
def host() -> Host:
    return Host()


def memory(host: Host, *, seconds: float = 30, pause: float = 5) -> Remembered[int]:
    return Remembered(host.fetch, memory=timedelta(seconds=seconds), pause=timedelta(seconds=pause))


async def test_a_value_is_kept_for_its_lifetime_and_no_longer(host: Host, time: Any):
    kept = memory(host)
    assert kept.known("a") is None
    assert [await kept.get("a"), await kept.get("a"), kept.known("a")] == [1, 1, 1]
    time.passes(29.9)
    assert await kept.get("a") == 1
    time.passes(0.2)
    assert kept.known("a") is None
    assert await kept.get("a") == 2


async def test_what_ends_while_it_is_kept_is_fetched_again_and_what_came_ended_is_kept(
    host: Host, time: Any
):
    ends = {1: time.now + timedelta(seconds=10), 2: time.now + timedelta(seconds=5)}
    kept = Remembered(host.fetch, memory=timedelta(seconds=30), until=ends.get)
    assert await kept.get("a") == 1
    time.passes(9)
    assert await kept.get("a") == 1
    time.passes(1)
    assert [await kept.get("a"), await kept.get("a")] == [2, 2]
    time.passes(30)
    assert await kept.get("a") == 3


async def test_the_lifetime_begins_when_it_was_asked_for(host: Host, time: Any):
    async def slow(name: str) -> int:
        time.passes(31)
        return await host.fetch(name)

    kept = Remembered(slow, memory=timedelta(seconds=30))
    await kept.get("a")
    assert kept.known("a") is None


async def test_what_was_asked_when_the_clock_was_ahead_is_asked_again(host: Host, time: Any):
    kept = memory(host)
    time.passes(86_400)
    await kept.get("a")
    host.failure = DOWN
    with pytest.raises(UnreachableError):
        await kept.get("b")
    host.failure = None
    time.passes(-86_400)
    assert kept.known("a") is None
    assert [await kept.get("a"), await kept.get("b")] == [3, 4]


async def test_many_askers_make_one_fetch_and_one_who_leaves_stops_nobody(host: Host):
    kept = memory(host)
    tasks = [asyncio.create_task(kept.get("a")) for _ in range(10)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [1] * 9
    assert host.asked == ["a"]


@pytest.mark.parametrize("failure", [DOWN, NotProvenError(step="s", reason="no")])
async def test_a_failure_is_raised_again_for_a_while_without_asking(
    host: Host, time: Any, failure: Exception
):
    kept = memory(host)
    host.failure = failure
    for _ in range(3):
        with pytest.raises(type(failure)):
            await kept.get("a")
    assert host.asked == ["a"]
    host.failure = None
    kept.forget("a")
    with pytest.raises(type(failure)):
        await kept.get("a")
    time.passes(5.1)
    assert await kept.get("a") == 2


@pytest.mark.parametrize(
    ("failure", "pause"),
    [
        pytest.param(BusyError(what="1", seconds=1), 5, id="this node was busy itself"),
        pytest.param(DOWN, 0, id="no pause is wished"),
        pytest.param(ValueError("a fault of ours"), 5, id="a fault of ours"),
    ],
)
async def test_failures_that_are_not_kept(host: Host, time: Any, failure: Exception, pause: float):
    kept = memory(host, pause=pause)
    host.failure = failure
    with pytest.raises(type(failure)):
        await kept.get("a")
    host.failure = None
    assert await kept.get("a") == 2


async def test_it_keeps_no_more_than_its_limit(host: Host):
    kept = memory(host)
    for number in range(LIMIT + 1):
        await kept.get(str(number))
    assert kept.known("0") is None
    assert kept.known(str(LIMIT)) == LIMIT + 1
