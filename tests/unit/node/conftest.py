from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from faifo.store.contract import Store
from faifo.store.sqlite import open_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "faifo.db")
    yield opened
    await opened.close()
