from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

# The peer that speaks to a real node is shared with the tests of attacks.
sys.path.insert(0, str(Path(__file__).parents[2] / "hostile"))

from world import World, world

from faifo import clock
from faifo.store.contract import Store
from faifo.store.sqlite.store import open_store


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "faifo.db")
    yield opened
    await opened.close()


class Time:
    """The clock of a test, which moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.monotonic = 1000.0

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.monotonic += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    it = Time()
    monkeypatch.setattr(clock, "now", lambda: it.now)
    monkeypatch.setattr(clock, "monotonic", lambda: it.monotonic)
    return it
