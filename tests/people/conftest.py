"""A bank that decides with a partner's model, and somebody whom it decides about."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent))

from bank import CONTACT, Story


@pytest.fixture
async def story(make_node: Any, tmp_path: Path) -> AsyncIterator[Story]:
    async def score(_: web.Request) -> web.Response:
        return web.Response(text='{"approved": false}', content_type="application/json")

    async def nothing(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/score", score)
    app.router.add_get("/", nothing)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    backend = f"http://127.0.0.1:{runner.addresses[0][1]}"
    provider, bank = make_node("model"), make_node("bank")
    provider.trust(bank.did)
    bank.trust(provider.did)
    await asyncio.gather(provider.start(), bank.start())
    made = Story(provider, bank, tmp_path, backend)
    await made.good("publish", backend, "--id", "credit", "--title", "Credit <score>", *CONTACT,
                    node=provider)  # fmt: skip
    yield made
    await made.close()
    await runner.cleanup()
