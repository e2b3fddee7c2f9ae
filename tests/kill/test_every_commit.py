"""A node dies at each of its commits in turn, before anybody was told of what it committed.

strace kills the process when it enters its N-th flush (design §14); N grows until a flow ends
untouched. There the log is written, so the commit is found again at the next start. In the second
test the process dies in one of the writes of a commit, which is then found torn, or not at all.
"""

from __future__ import annotations

import contextlib
import random
from typing import Any

import aiohttp
import pytest

pytestmark = pytest.mark.kill

MOST_COMMITS = 60
FLUSH = "fdatasync,fsync"
WRITE = "pwrite64"
TORN = 12
WRITES = 150


@pytest.mark.parametrize("victim", ["provider", "consumer"])
async def test_a_node_may_die_at_any_commit_of_a_flow(
    pair: Any, kill_kit: Any, die_at: Any, victim: str
) -> None:
    node = getattr(pair, victim)
    flows = []
    async with kill_kit.always_up(pair.provider, pair.consumer):
        for number in range(1, MOST_COMMITS):
            before = node.starts
            flow = kill_kit.Flow(pair, f"{victim}-{number}")
            async with die_at(node.pid, FLUSH, number):
                await flow.run()
            flows.append(flow)
            if node.starts == before:
                break
        else:
            raise AssertionError("a flow never came to its end untouched")
    print(f"{victim}: {len(flows) - 1} kills in {len(flows)} flows")  # noqa: T201 - what was done, with -s
    # However many units share a flush, a negotiation and a transfer have five.
    assert len(flows) > 5
    kill_kit.audit(pair, flows)


@pytest.mark.parametrize("victim", ["provider", "consumer"])
async def test_a_node_may_die_within_a_commit(
    pair: Any, kill_kit: Any, die_at: Any, seed: int, victim: str
) -> None:
    node = getattr(pair, victim)
    chosen = random.Random(f"{seed} {victim}")
    flows = []
    kills = 0
    async with kill_kit.always_up(pair.provider, pair.consumer):
        for number in sorted(chosen.sample(range(1, WRITES), TORN)):
            before = node.starts
            flow = kill_kit.Flow(pair, f"{victim}-{number}")
            async with die_at(node.pid, WRITE, number):
                await flow.run()
            flows.append(flow)
            kills += node.starts != before
    print(f"{victim}: {kills} kills in {len(flows)} flows, seed {seed}")  # noqa: T201 - what was done, with -s
    assert kills == TORN
    kill_kit.audit(pair, flows)


async def test_a_node_may_die_at_any_flush_of_its_first_start(make_node: Any, die_at: Any) -> None:
    for number in range(1, MOST_COMMITS):
        node = make_node("fresh")
        node.trust(node.did)
        killed = False
        async with contextlib.AsyncExitStack() as tracing:

            async def trace(pid: int, tracing: Any = tracing, number: int = number) -> None:
                await tracing.enter_async_context(die_at(pid, FLUSH, number))

            try:
                await node.start(before=trace)
            except EOFError:
                killed = True
        if killed or not await _answers(node):
            killed = True
            await node.start()
        assert node.integrity() == "ok"
        assert (await node.call("GET", "/node"))["did"] == node.did
        await node.stop()
        if not killed:
            break
    print(f"first start: {number - 1} kills")  # noqa: T201 - what was done, with -s
    assert 3 < number < MOST_COMMITS - 1


async def _answers(node: Any) -> bool:
    """Tell whether it is up: it may also die in a flush after it has begun to accept."""
    try:
        await node.call("GET", "/node")
    except aiohttp.ClientError:
        await node.death()
        return False
    return True
