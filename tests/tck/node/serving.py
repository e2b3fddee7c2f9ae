"""Puts the conformance node together from its parts, seeds it and serves it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec

from faifo import clock, ids
from faifo.dataplane.server import Server, make_server
from faifo.node.custody.directory import write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.exchange.process_kind import Patience
from faifo.node.offering.publishing import file_source
from faifo.node.settings.model import template
from faifo.node.wiring import Node, Replaceable, open_node, serve
from tck.node.caller import UnsafeAnyCaller
from tck.node.conduct import ScriptedConduct
from tck.node.hooks import hooks_app
from tck.node.scripts import Script
from tck.node.seeds import seed

HOST = "127.0.0.1"
# The kit's handlers take a message of any process: one that comes late breaks the next test.
PATIENCE = Patience(decision=timedelta(days=1), delivery=timedelta(seconds=3))
# A message that the kit finds fault with is never answered; the next test should not wait long.
ANSWER_SECONDS = 5


class Faces(msgspec.Struct, frozen=True, kw_only=True):
    """Where the node listens: the protocol, and the hooks."""

    port: int
    hooks_port: int


def parts(scripts: tuple[Script, ...]) -> Replaceable:
    """Return what makes a node a conformance node."""
    return Replaceable(
        conduct=ScriptedConduct(scripts),
        authenticator=lambda *_: UnsafeAnyCaller(),
        patience=PATIENCE,
    )


def make_directory(folder: Path, *, port: int) -> tuple[Path, Path]:
    """Make a node's directory and a file to share below `folder`; return both paths."""
    node, file = folder / "node", folder / "data" / "shared.csv"
    if not node.exists():
        node.mkdir(parents=True, mode=0o700)
        file.parent.mkdir(exist_ok=True)
        file.write_text("what,value\nanswer,42\n", encoding="utf-8")
        text = template(
            name="conformance",
            economy="",
            public_url=f"http://localhost:{port}",
            port=port,
            root=str(file.parent),
            local=True,
        )
        # The template ends with the table of outgoing calls.
        text += f"timeout_seconds = {ANSWER_SECONDS}\n"
        (node / "faifo.toml").write_text(text, encoding="utf-8")
        make_first_keys(node / "keys")
        write_secret(node / "manage.key", ids.new_secret().encode())
    return node, file


async def serve_conformance(folder: Path, faces: Faces, scripts: tuple[Script, ...]) -> None:
    """Serve a conformance node whose files are below `folder`, until SIGTERM or SIGINT."""
    directory, file = make_directory(folder, port=faces.port)
    source = file_source(str(file), roots=[str(file.parent)], forbidden=directory)
    made = parts(scripts)
    async with open_node(directory, made) as node:
        did = node.did
        await node.store.run(lambda tx: seed(tx, scripts, source, did=did, now=clock.now()))
    hooks: list[tuple[Server, asyncio.Task[None]]] = []

    def ready(node: Node, _: str) -> None:
        server = make_server(hooks_app(node), host=HOST, port=faces.hooks_port)
        hooks.append((server, asyncio.create_task(server.serve())))

    try:
        await serve(directory, ready=ready, parts=made)
    finally:
        for server, task in hooks:
            server.stop()
            await task
