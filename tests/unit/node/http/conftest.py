from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from world import World, world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A node that serves small catalog pages, for all tests of one file."""
    folder = tmp_path_factory.mktemp("world")
    async with world(folder, protocol={"page_size": 3}) as made:
        yield made
