"""Authorities and members as real nodes in this process, each on a port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from front import Front, front

from faifo import ids
from faifo.client import Client
from faifo.client.transport import AsgiTransport
from faifo.dataplane.server import make_server
from faifo.node.custody.directory import write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.custody.trust_file import TrustedIssuer, add_issuer, write_trust
from faifo.node.membership.authority import write_programme
from faifo.node.settings.model import template
from faifo.node.wiring import Replaceable, open_node

MEMBERSHIP = "MembershipCredential"


class Town:
    """Makes nodes and keeps them until the end of a test."""

    def __init__(self, folder: Path, stack: contextlib.AsyncExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._running: dict[str, contextlib.AsyncExitStack] = {}
        self.fronts: dict[str, Front] = {}

    async def node(self, name: str, *, trusts: Any = (), authority: bool = False, **change: Any):
        port = free_port()
        listen = free_port() if change.get("front") else port
        if change.pop("front", False):
            self.fronts[name] = await self._stack.enter_async_context(front(port, listen))
        path = self._folder / name
        path.mkdir(parents=True)
        (self._folder / f"{name}-data").mkdir()
        text = template(
            name=name, economy=change.pop("economy", "VN"),
            public_url=f"http://localhost:{port}", port=listen,
            root=str(self._folder / f"{name}-data"), local=True,
        )  # fmt: skip
        mode = change.pop("mode", "credentials")
        trust = {"failure_cache_seconds": 1} | change.pop("trust", {})
        text = text.replace(
            "[trust]\n",
            f'[trust]\nmode = "{mode}"\n' + "".join(f"{k} = {v}\n" for k, v in trust.items()),
        )
        settings = {"presentation_cache_seconds": 1, "status_cache_seconds": 1, "watch_seconds": 1}
        settings |= change
        text += "[credentials]\n" + f"issuer = {str(authority).lower()}\n"
        text += "".join(f"{key} = {value}\n" for key, value in settings.items())
        (path / "faifo.toml").write_text(text)
        make_first_keys(path / "keys")
        write_secret(path / "manage.key", f"{ids.new_secret()}\n".encode())
        write_trust(path / "trust.toml", ())
        for issuer in trusts:
            add_issuer(path / "trust.toml", issuer)
        if authority:
            write_programme(path, name=name, economy="VN")
        return await self.serve(path)

    async def down(self, node: Any) -> None:
        """Stop a node before the end of the test."""
        await self._running.pop(node.did).aclose()

    async def serve(self, path: Path, *, parts: Replaceable | None = None) -> Any:
        stack = contextlib.AsyncExitStack()
        self._stack.push_async_callback(stack.aclose)
        node: Any = await stack.enter_async_context(open_node(path, parts))
        self._running[node.did] = stack
        listen = node.settings.listen
        server = make_server(node.public, host=listen.host, port=listen.port)
        task = asyncio.create_task(server.serve())
        stack.push_async_callback(stop, server, task)
        await node.start()
        while not server.started:
            await asyncio.sleep(0.005)
        key = node.directory.read_manage_key()
        client = Client(AsgiTransport(node.manage_app), key)
        node.client = await stack.enter_async_context(client)
        return node


async def stop(server: Any, task: Any) -> None:
    server.stop()
    await task


def believes(node: Any, *types: str, recognises: bool = False) -> TrustedIssuer:
    return TrustedIssuer(did=node.did, types=types or (MEMBERSHIP,), recognises=recognises)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def town(tmp_path: Path):
    async with contextlib.AsyncExitStack() as stack:
        yield Town(tmp_path, stack)


@pytest.fixture
def believe():
    return believes


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def free() -> int:
    """Another one."""
    return free_port()
