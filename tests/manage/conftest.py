"""A node that serves, for the tests of its management face, and small ways to ask it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

# The peer that speaks to a real node is shared with the tests of attacks.
sys.path[:0] = [str(Path(__file__).parents[1] / "hostile"), str(Path(__file__).parent)]

from world import World, world  # noqa: E402


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A node for all tests of one file."""
    async with world(tmp_path_factory.mktemp("world"), manage={"event_streams": 2}) as made:
        yield made
