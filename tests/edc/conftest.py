"""One EDC for all tests of this folder, and a Faifo node beside it that trusts it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web
from tests.conftest import MakeNode, NodeProcess, free_port

from edc.connector import FACES, LOST, Connector, MissingError
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.http.public.wellknown import DSP_PATH

BYTES = b"province,price\nAn Giang,11.2\n"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/edc/" in str(item.path):
            item.add_marker(pytest.mark.timeout(900))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"flows begun again because EDC lost its way: {len(LOST)}")
    for one in LOST:
        terminalreporter.write_line(f"  {one}")


@pytest.fixture(scope="session", params=["0.14.0", "0.15.1"])
def connector(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connector]:
    """A connector with waits of 10 ms."""
    folder = tmp_path_factory.mktemp(f"edc-{request.param}")
    edc = Connector(request.param, folder, _free_ports(len(FACES) + 1))
    try:
        edc.start()
    except MissingError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    yield edc
    edc.stop()


def _free_ports(count: int) -> list[int]:
    """Return ports that no outgoing connection takes before the connector does."""
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return list(ports)


class Node:
    """A Faifo node as the connector sees it."""

    def __init__(self, process: NodeProcess) -> None:
        self.process = process
        self.did = process.did
        self.base = f"http://localhost:{process.port}{DSP_PATH}"
        self.call = process.call
        self.settled = process.settled

    async def publish(self, name: str, **publication: Any) -> str:
        """Publish a small file and return the dataset's id."""
        folder = self.process.path.with_name(self.process.path.name + "-data")
        file = folder / name
        file.write_bytes(BYTES)
        body = {"location": str(file), "title": name, **publication}
        return str((await self.call("POST", "/datasets", body))["id"])

    async def data(self, transfer: str) -> tuple[int, bytes]:
        return await self.process.raw("GET", f"/transfers/{transfer}/data")


@pytest.fixture
async def node(make_node: MakeNode, connector: Connector) -> Node:
    process = make_node("faifo")
    entry = TrustedParticipant(did=connector.did, name="edc", economy="KR")
    write_trust(process.path / "trust.toml", (entry,))
    await process.start()
    return Node(process)


@pytest.fixture
async def backend() -> AsyncIterator[str]:
    """The address of an HTTP API that an EDC can serve data from."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=BYTES, content_type="text/csv")

    app = web.Application()
    app.router.add_get("/rice", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://localhost:{runner.addresses[0][1]}/rice"
    await runner.cleanup()


class Sink:
    """An address that data are pushed to."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []
        self.fields: list[dict[str, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.fields.append({name.lower(): value for name, value in request.headers.items()})
        self.bodies.append(await request.read())
        return web.Response()


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    made = Sink()
    app = web.Application()
    app.router.add_post("/in", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://localhost:{runner.addresses[0][1]}/in"
    yield made
    await runner.cleanup()
