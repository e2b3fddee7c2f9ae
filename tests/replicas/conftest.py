"""One node as several processes over PostgreSQL, behind the real nginx or HAProxy of the how-to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.conftest import free_port

import balancing
import postgresql_server

PATIENCE = 150.0  # a loaded machine takes long to import what a node is made of


class Process:
    """One process of the node: how it is called and stopped. `url` is its management API."""

    def __init__(self, service: Any, part: str, port: int) -> None:
        self.service, self.part, self.port = service, part, port
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        assert self._process is None
        environment = {"FAIFO_LISTEN_PORT": str(self.port), "FAIFO_MANAGE_PORT": "0"}
        with (self.service.path / f"{self.part}-{self.port}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "faifo", "serve", "--dir", self.service.path, "--json",
                "--part", self.part, env={**os.environ, **environment}, stdout=-1, stderr=log,
            )  # fmt: skip
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)
        assert line, self.log
        self.url = json.loads(line)["manage_url"]

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        await asyncio.wait_for(process.wait(), PATIENCE)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def number(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return (self.service.path / f"{self.part}-{self.port}.log").read_text()


class Service:
    """The node. `at` chooses the process whose management API is called."""

    def __init__(self, node: Any) -> None:
        self.node, self.path = node, node.path
        self.control = [Process(self, "control", free_port()) for _ in balancing.CONTROL]
        self.data = [Process(self, "data", free_port()) for _ in balancing.DATA]

    @property
    def processes(self) -> list[Process]:
        return [*self.control, *self.data]

    @property
    def ports(self) -> balancing.Ports:
        control, data = ([one.port for one in parts] for parts in (self.control, self.data))
        return balancing.Ports(self.node.port, control, data)

    def at(self, number: int) -> Any:
        """Return the node with the management API of a control part."""
        self.node._url = self.control[number].url
        return self.node

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(postgresql_server.place(self.path).connect()) as connection:
            return list(connection.execute(statement))


@pytest.fixture
def balanced() -> Callable[[str, Any], contextlib.AbstractAsyncContextManager[Any]]:
    """Serve the node's address by nginx or HAProxy, set up as the how-to says."""
    return lambda kind, service: balancing.balanced(kind, service.path, service.ports)


@pytest.fixture
async def service(make_node: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """A node in one directory, with its books in PostgreSQL; nothing of it runs yet."""
    postgresql_server.running()
    node = make_node("service")
    if os.environ.get("STORE") != "postgresql":
        place = postgresql_server.place(node.path)
        with (node.path / "faifo.toml").open("a") as file:
            file.write(f'\n[store]\nurl = "{place.url}"\nschema = "{place.schema}"\n')
    made = Service(node)
    try:
        yield made
    finally:
        for one in made.processes:
            await one.stop(signal.SIGKILL)
