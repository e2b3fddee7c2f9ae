"""One node as several processes over PostgreSQL, behind the real nginx or HAProxy of the how-to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

import postgresql_server

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "operate-at-scale.md"
PATIENCE = 150.0  # a loaded machine takes long to import what a node is made of
# Ports as they stand in the how-to: what is outside, two control parts, two data parts.
OUTSIDE, CONTROL, DATA = "443", ("8081", "8082"), ("8083", "8084")
NGINX = """daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error warn;
events {{ worker_connections 512; }}
http {{
    access_log {folder}/nginx.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{conf}
}}
"""


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
    def log(self) -> str:
        return (self.service.path / f"{self.part}-{self.port}.log").read_text()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Service:
    """The node. `at` chooses the process whose management API is called."""

    def __init__(self, node: Any) -> None:
        self.node, self.path = node, node.path
        self.control = [Process(self, "control", _free_port()) for _ in CONTROL]
        self.data = [Process(self, "data", _free_port()) for _ in DATA]

    @property
    def processes(self) -> list[Process]:
        return [*self.control, *self.data]

    def at(self, number: int) -> Any:
        """Return the node with the management API of a control part."""
        self.node._url = self.control[number].url
        return self.node

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(postgresql_server.place(self.path).connect()) as connection:
            return list(connection.execute(statement))


def balancer_settings(kind: str, service: Service) -> str:
    """Return the how-to's block of settings with the ports of this test."""
    block = re.search(rf"```{kind}\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    assert block is not None
    text = block[1]
    theirs = {OUTSIDE: service.node.port}
    theirs |= dict(zip(CONTROL, (one.port for one in service.control), strict=True))
    theirs |= dict(zip(DATA, (one.port for one in service.data), strict=True))
    for port, other in theirs.items():
        assert re.search(rf":{port}\b|listen {port}\b", text), port
        text = re.sub(rf"(:|listen ){port}\b", rf"\g<1>{other}", text)
    # Certificates are what tests/docs/test_deploy.py looks at.
    return re.sub(r" ssl crt \S+| ssl(?=;)|^ *ssl_.*\n|^ *server_name.*\n", "", text, flags=re.M)


@pytest.fixture
def balanced() -> Callable[[str, Any], contextlib.AbstractAsyncContextManager[None]]:
    """Serve the node's address by nginx or HAProxy, set up as the how-to says."""
    return _balanced


@contextlib.asynccontextmanager
async def _balanced(kind: str, service: Service) -> AsyncIterator[None]:
    program = shutil.which(kind, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{kind} is not installed")
        pytest.skip(f"{kind} is not installed")
    folder = service.path
    settings = balancer_settings(kind, service)
    if kind == "nginx":
        settings = NGINX.format(folder=folder, conf=settings)
    file = folder / f"{kind}.conf"
    file.write_text(settings)
    command = [program, "-p", folder, "-c", file] if kind == "nginx" else [program, "-f", file]
    with (folder / f"{kind}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        for _ in range(300):
            assert process.returncode is None, (folder / f"{kind}.log").read_text()
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", service.node.port)
                writer.close()
                break
            await asyncio.sleep(0.05)  # it tells nobody that it listens
        yield
    finally:
        process.terminate()
        await process.wait()


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
