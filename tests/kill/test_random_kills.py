"""Both nodes are killed again and again at random moments while many flows run."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

pytestmark = pytest.mark.kill

KILLS = 60
WORKERS = 3
LONGEST_PEACE_S = 0.35


async def test_fifty_kills_and_more_leave_both_books_whole(
    pair: Any, kill_kit: Any, seed: int
) -> None:
    chosen = random.Random(seed)
    both = (pair.provider, pair.consumer)
    killed = dict.fromkeys(both, 0)
    flows: list[Any] = []

    async def work(worker: int) -> None:
        while sum(killed.values()) < KILLS:
            flow = kill_kit.Flow(pair, f"w{worker}-{len(flows)}")
            flows.append(flow)
            await flow.run()

    async def murder() -> None:
        while sum(killed.values()) < KILLS:
            await asyncio.sleep(chosen.uniform(0, LONGEST_PEACE_S))
            victims = chosen.choice([both, both[:1], both[1:]])
            for node in victims:
                killed[node] += node.alive
            await asyncio.gather(*(node.kill_some(chosen) for node in victims))

    async with kill_kit.always_up(*both), asyncio.TaskGroup() as tasks:
        tasks.create_task(murder())
        for worker in range(WORKERS):
            tasks.create_task(work(worker))
    print(f"kills: {list(killed.values())}, flows: {len(flows)}, seed {seed}")  # noqa: T201 - what was done, with -s
    kill_kit.audit(pair, flows)
