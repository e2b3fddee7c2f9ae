"""The process around a node: its listeners, its signals, its end within a known time."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import uvloop

from faifo import __version__
from faifo.dataplane.certificates import Renewed, TlsFiles
from faifo.dataplane.protocol import ServerLimits
from faifo.dataplane.server import Server, make_server
from faifo.errors import SettingsError
from faifo.node.custody.books import Part
from faifo.node.settings.model import ConsoleSettings, ListenSettings, exposed
from faifo.node.watching.telemetry import telemetry
from faifo.node.wiring.hosting import Hosting
from faifo.node.wiring.node import SHUTDOWN_SECONDS, Node, open_node
from faifo.node.wiring.replaceable import Replaceable

log = logging.getLogger("faifo.node")

# Objects made and not yet released before the collector looks; Python's own 700 look at a flow's
# records five times before it has ended.
_COLLECT_AFTER = 50_000
# M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of mallopt(3): so much may lie free at the end of a heap,
# and what is larger than this is no part of one.
_TRIM_THRESHOLD, _KEPT_BYTES = -1, 8 * 1024 * 1024
_MMAP_THRESHOLD, _MAPPED_BYTES = -3, 1024 * 1024
# How often the files of certificates are looked at.
LOOK_SECONDS = 10.0


async def serve(
    path: Path,
    *,
    ready: Callable[[Node, str], None] | None = None,
    parts: Replaceable | None = None,
    part: Part = "all",
) -> None:
    """Serve the node in `path` until SIGTERM or SIGINT, then drain within `SHUTDOWN_SECONDS`.

    `ready` is called with the node and its management URL once both faces accept.
    """
    async with open_node(path, parts, part=part) as node:
        told = node.settings.telemetry.endpoint
        async with telemetry(told, did=node.did, measured=node.measured):
            await _until_stopped(node, Hosting(node, parts, part=part), ready)
    log.info("stopped")


async def _until_stopped(
    node: Node, hosting: Hosting, ready: Callable[[Node, str], None] | None
) -> None:
    public, manage, *others = every = _servers(node, hosting)
    manage_url = f"http://{_shown(manage)}"
    stop = _told_by(signal.SIGTERM, signal.SIGINT)
    log.info("starting Faifo %s in %s", __version__, node.directory.path)
    if plain := exposed(node.settings):
        log.warning("plain HTTP on %s, for everybody who reaches it", plain)
    await node.start()
    node.tell(manage_url)
    servers = [asyncio.create_task(server.serve()) for server in every]
    own = [*node.renewed, *(server.tls for server in every if server.tls)]
    renewing = asyncio.create_task(
        _renew(lambda: [*own, *hosting.renewed], _told_by(signal.SIGHUP))
    )
    opening = asyncio.create_task(hosting.start(manage_url))
    waiting = asyncio.create_task(stop.wait())
    try:
        await _all_accept(every, servers)
        await asyncio.wait([waiting, opening, *servers], return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            opening.result()
        collect_seldom()
        log.info("ready: %s at %s, management at %s", node.did, _shown(public), manage_url)
        for one in others:
            log.info("the console at %s, for others", _shown(one))
        if ready:
            ready(node, manage_url)
        await asyncio.wait([waiting, *servers], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        opening.cancel()
        log.info("stopping: at most %.0f s for what is under way", SHUTDOWN_SECONDS)
        renewing.cancel()
        node.drain()
        hosting.drain()
        for server in every:
            server.stop()
        await asyncio.gather(*servers, return_exceptions=True)
        await hosting.close()
        under_way = node.acting.outbox.under_way
        log.info("drained; messages kept for the next start: %d", under_way)


def collect_seldom() -> None:
    """Let the collector pass over what a node keeps for as long as it lives.

    And let glibc keep the room of the parts of streams: else what was read into goes back to the
    system after each part, and is given anew page by page, 170 of them for a mebibyte.
    """
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 10, 10)
    gc.enable()
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES)


def run(coroutine: Any) -> None:
    """Run a coroutine on uvloop, as every node does."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(coroutine)


def _servers(node: Node, hosting: Hosting) -> list[Server]:
    """Return the listeners: public, management, and the console's own, if there is one.

    They are bound already.
    """
    listen, manage, console = node.settings.listen, node.settings.manage, node.settings.console
    servers = [
        make_server(
            hosting.public,
            host=listen.host,
            port=listen.port,
            tls=_tls(node, listen),
            limits=ServerLimits(
                connections=listen.connections,
                per_address=listen.connections_per_address,
                proxies=listen.trusted_proxies,
            ),
        ),
        make_server(hosting.manage, host=manage.host, port=manage.port),
    ]
    if hosting.console is not None:
        tls = _tls(node, console)
        servers.append(make_server(hosting.console, host=console.host, port=console.port, tls=tls))
    return servers


def _tls(node: Node, at: ListenSettings | ConsoleSettings) -> TlsFiles | None:
    if not at.tls_certificate or not at.tls_key:
        return None
    path = node.directory.path
    return TlsFiles(
        certificate=str(path / at.tls_certificate),
        key=str(path / at.tls_key),
        clients=str(path / at.tls_client_ca) if at.tls_client_ca else None,
    )


async def _renew(renewed: Callable[[], Sequence[Renewed]], told: asyncio.Event) -> None:
    """Read TLS files again when they change or somebody says so; what is broken stays out."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await told.wait()
        anyway = told.is_set()
        told.clear()
        for one in renewed():
            names = ", ".join(file.name for file in one.files)
            try:
                if await asyncio.to_thread(one.renew, anyway=anyway):
                    log.info("TLS files were read again: %s", names)
            except SettingsError as error:
                log.warning("TLS goes on with what was read before: %s", error)


def _told_by(*names: signal.Signals) -> asyncio.Event:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in names:
        loop.add_signal_handler(name, told.set)
    return told


def _shown(server: Server) -> str:
    host, port = server.address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _all_accept(servers: list[Server], tasks: list[asyncio.Task[None]]) -> None:
    while not all(server.started for server in servers):
        for task in tasks:
            if task.done():
                task.result()
                return
        await asyncio.sleep(0.005)
