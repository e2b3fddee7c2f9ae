from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tests.conftest import free_port
from warned import Party, Warned, subscribed


@pytest.fixture
async def warned(make_node: Any) -> Warned:
    sender, one, other = make_node("vn"), make_node("kr"), make_node("th")
    nodes = [sender, one, other]
    for node in nodes:
        node.trust(*(each.did for each in nodes if each is not node))
    await asyncio.gather(*(node.start() for node in nodes))
    await sender.call("POST", "/datasets", {"carries": "warnings", "id": "alerts"})
    for receiver in (one, other):
        await subscribed(sender, receiver, "alerts")
    return Warned(sender, [one, other])


@pytest.fixture
async def party() -> AsyncIterator[Party]:
    async with Party(free_port()).open() as opened:
        yield opened
