"""A node whose file and service are read by somebody without a node."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent))

from house import House


@pytest.fixture
async def house(make_node: Any) -> AsyncIterator[House]:
    node = make_node("rice house")
    await node.start()
    async with aiohttp.ClientSession() as session:
        yield House(node, session)


@pytest.fixture
async def backend() -> AsyncIterator[tuple[str, list[web.Request]]]:
    """Give the address of somebody's API that sets a cookie and answers with a page."""
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        answer = web.Response(text="<script>alert(1)</script>", content_type="text/html")
        answer.set_cookie("theirs", "x")
        return answer

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    await runner.cleanup()
