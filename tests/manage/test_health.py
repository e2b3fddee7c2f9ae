"""`/health/live` and `/health/ready`: for anybody, told in full on the management face only."""

from __future__ import annotations

from typing import Any

import pytest
from world import World

from faifo import clock
from faifo.errors import StorageError
from faifo.node.showing.health import MEMORY_SECONDS, _touch

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _ask(there: World, url: str, path: str) -> tuple[int, Any]:
    async with there.friend.client.get(f"{url}/health/{path}") as answer:
        return answer.status, await answer.json()


async def test_a_node_that_serves_is_live_and_ready(there: World) -> None:
    public, manage = there.node.url, there.node.manage_url
    assert await _ask(there, public, "live") == (200, {"status": "live"})
    assert await _ask(there, manage, "live") == (200, {"status": "live"})
    assert await _ask(there, public, "ready") == (200, {"status": "ready"})
    checks = {"node": None, "store": None, "outbox": None, "timers": None}
    assert await _ask(there, manage, "ready") == (200, {"status": "ready", "checks": checks})


async def test_a_store_that_cannot_write_is_not_ready(
    there: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = there.node.node.acting.health

    async def full(_: object) -> None:
        raise StorageError(what="the database failed: disk full", advice="free some space")

    monkeypatch.setattr(health._store, "run", full)
    health._until = 0.0
    assert await _ask(there, there.node.url, "ready") == (503, {"status": "not-ready"})
    status, told = await _ask(there, there.node.manage_url, "ready")
    assert (status, told["checks"]["store"]) == (
        503,
        "the database failed: disk full; free some space",
    )
    monkeypatch.undo()
    health._until = 0.0
    assert (await _ask(there, there.node.url, "ready"))[0] == 200


async def test_many_questions_are_one_write(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    health, writes = there.node.node.acting.health, 0
    run = health._store.run

    async def counted(work: Any) -> Any:
        nonlocal writes
        writes += work is _touch  # the node has work of its own, too
        return await run(work)

    monkeypatch.setattr(health._store, "run", counted)
    health._until, began = 0.0, clock.monotonic()
    for _ in range(20):
        await _ask(there, there.node.url, "ready")
    # On a machine that is slow today twenty questions outlast what is remembered.
    assert 1 <= writes <= 1 + (clock.monotonic() - began) // MEMORY_SECONDS


async def test_ended_tasks_and_a_drain_are_not_ready(there: World) -> None:
    node = there.node.node
    await node.acting.timers.stop()
    node.acting.health._until = 0.0
    status, told = await _ask(there, there.node.manage_url, "ready")
    assert (status, told["checks"]["timers"]) == (503, "their task has ended")
    node.acting.timers.start()
    node.acting.health.draining = True
    status, told = await _ask(there, there.node.manage_url, "ready")
    assert (status, told["checks"]["node"]) == (503, "it is stopping")
    node.acting.health.draining = False
    node.acting.health._until = 0.0
    assert (await _ask(there, there.node.url, "ready"))[0] == 200
