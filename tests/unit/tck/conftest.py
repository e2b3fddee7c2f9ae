from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from faifo.dataplane.server import make_server
from faifo.node.wiring import Node, open_node
from tck.node.scripts import read_scripts
from tck.node.serving import make_directory, parts

Served = Callable[[Any], AbstractAsyncContextManager[str]]


@contextlib.asynccontextmanager
async def _served(app: Any) -> AsyncIterator[str]:
    started = asyncio.Event()
    server = make_server(app, host="127.0.0.1", port=0, ready=lambda _: started.set())
    task = asyncio.create_task(server.serve())
    await started.wait()
    try:
        yield f"http://127.0.0.1:{server.address[1]}"
    finally:
        server.stop()
        await task


@pytest.fixture
def served() -> Served:
    """Serves an application for the time of a `with`, and gives its URL."""
    return _served


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """A conformance node that acts, with the kit's own ids and no seeds."""
    directory, _ = make_directory(tmp_path, port=18_081)
    async with open_node(directory, parts(read_scripts())) as opened:
        await opened.start()
        yield opened
