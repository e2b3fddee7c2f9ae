"""Uses that are counted and reserved a second, durably, by as many callers at once as ask."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Effort, Figure, Part
from faifo.node.rules import counting
from faifo.store.contract import Store, Transaction
from faifo.store.sqlite.store import open_store

NOW = datetime(2026, 11, 29, tzinfo=UTC)
AT_ONCE, AGREEMENTS, TARGET = 256, 32, 5_000


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="quota", title="Uses reserved")
    store = await open_store(folder / "quota.db")
    try:
        values = [await _rate(store, effort.policy_seconds) for _ in range(effort.rounds)]
    finally:
        await store.close()
    part.figures = [
        Figure(name="reserved, durable", unit="1/s", values=values, better="more", target=TARGET)
    ]
    part.notes = [
        (
            f"{AT_ONCE} callers at once, {AGREEMENTS} agreements: each reads its count, and writes"
            " it with one use more, in a unit of work of the store (SQLite, on this disk)."
        )
    ]
    return part


async def _rate(store: Store, seconds: float) -> float:
    done, end = 0, time.perf_counter() + seconds

    async def caller(number: int) -> None:
        nonlocal done
        name = f"urn:agreement:{number % AGREEMENTS}"

        async def use(tx: Transaction) -> None:
            use = await counting.kept(tx, name, NOW)
            counting.facts(use, more=1)
            await counting.reserve(tx, use, more=1, size=0)

        while time.perf_counter() < end:
            await store.run(use)
            done += 1

    begin = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(AT_ONCE)))
    return done / (time.perf_counter() - begin)
