"""A real server, a real backend, and a gate and journal that a test can steer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from dataplane.doubles import TOKEN, TestGate, TestJournal
from faifo.dataplane.addresses import LOOPBACK
from faifo.dataplane.app import DataPlane
from faifo.dataplane.egress import Egress, open_session
from faifo.dataplane.gate import File, StatSignature
from faifo.dataplane.protocol import ServerLimits
from faifo.dataplane.server import Server, make_server


class Plane:
    """A running data plane and a client for it."""

    def __init__(self, server: Server, client: aiohttp.ClientSession) -> None:
        self.server = server
        self.port = server.address[1]
        self.client = client
        self.url = f"http://127.0.0.1:{self.port}/data"
        self.auth = {"Authorization": f"Bearer {TOKEN}"}

    def get(self, path: str, method: str = "GET", **kwargs: Any) -> Any:
        headers = {**self.auth, **kwargs.pop("headers", {})}
        url = aiohttp.client.URL(self.url + path, encoded=True)
        return self.client.request(method, url, headers=headers, **kwargs)

    async def raw(self, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        writer.write(request)
        return reader, writer

    def request(self, path: str, method: str = "GET", extra: str = "") -> bytes:
        return (
            f"{method} /data{path} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {TOKEN}\r\n{extra}\r\n"
        ).encode()


@asynccontextmanager
async def serving(app: Any, limits: ServerLimits | None = None) -> AsyncIterator[Server]:
    ready = asyncio.Event()
    server = make_server(app, host="127.0.0.1", port=0, limits=limits, ready=lambda _: ready.set())
    task = asyncio.ensure_future(server.serve())
    await asyncio.wait_for(ready.wait(), 10)
    try:
        yield server
    finally:
        server.stop()
        await asyncio.wait_for(task, 30)


@pytest.fixture
def gate() -> TestGate:
    return TestGate()


@pytest.fixture
async def journal() -> TestJournal:
    return TestJournal()


@pytest.fixture
def limits() -> ServerLimits:
    return ServerLimits()


@pytest.fixture
async def plane(gate: TestGate, journal: TestJournal, limits: ServerLimits) -> AsyncIterator[Plane]:
    async with open_session(Egress(allowed_networks=LOOPBACK)) as session:
        app = DataPlane(gate=gate, journal=journal, backends=session)
        async with serving(app, limits) as server:
            client = aiohttp.ClientSession(auto_decompress=False)
            async with client:
                yield Plane(server, client)
        app.close()


class Backend:
    """A real aiohttp server; tests add routes as handlers by path."""

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}
        self.requests: list[web.Request] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        handler = self.handlers.get(request.path)
        if handler is None:
            return web.json_response({"path": request.raw_path})
        response: web.StreamResponse = await handler(request)
        return response


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    backend = Backend()
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{tail:.*}", backend.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    backend.url = f"http://127.0.0.1:{port}"
    yield backend
    await runner.cleanup()


def publish(path: Path, content: bytes, media_type: str = "text/csv") -> File:
    path.write_bytes(content)
    return File(
        path=str(path),
        digest=hashlib.sha256(content).digest(),
        size=len(content),
        media_type=media_type,
        stat=StatSignature.of(path.stat()),
    )
