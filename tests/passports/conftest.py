"""A bank that offers models with passports, a regulator that asks for them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent))

from faifo import clock
from faifo.node.custody.keyring import make_key
from faifo.trust.keys import KeyPurpose


@pytest.fixture
async def exchange(make_node: Any, tmp_path: Path) -> AsyncIterator[Any]:
    from exchange import Exchange

    provider, consumer = make_node("bank"), make_node("regulator")
    provider.trust(consumer.did)
    consumer.trust(provider.did)
    make_key(provider.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    made: list[Exchange] = []

    async def predict(_: web.Request) -> web.Response:
        made[0].calls += 1
        return web.json_response({"approved": True})

    app = web.Application()
    app.router.add_get("/predict", predict)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    made.append(Exchange(provider, consumer, tmp_path, f"http://127.0.0.1:{port}"))
    await asyncio.gather(provider.start(), consumer.start())
    yield made[0]
    await runner.cleanup()
