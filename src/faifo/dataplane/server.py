"""The node's HTTP server: it listens, keeps the time for its connections, and drains.

It installs no signal handlers and no logging configuration, never exits the process, and its
shutdown ends within the grace period plus two seconds.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections import Counter
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any

from faifo import clock
from faifo.dataplane.addresses import networks
from faifo.dataplane.certificates import Renewed, TlsFiles, of_listener
from faifo.dataplane.protocol import Connection, ServerLimits
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    App = Callable[[Any, Any, Any], Awaitable[None]]

log = logging.getLogger("faifo.http")

_AFTER_CANCEL_S = 2.0
_BACKLOG = 1024


class Server:
    """A server that is run with `await serve()` and stopped with `stop()`.

    `connections` are those that are open, `tasks` the requests that are being answered, `tls` what
    its certificates follow.
    """

    def __init__(
        self,
        app: App,
        *,
        listening: socket.socket,
        limits: ServerLimits,
        context: ssl.SSLContext | None,
        ready: Callable[[Server], None] | None,
        tls: Renewed | None,
    ) -> None:
        self.app = app
        self.limits = limits
        self.proxies = networks(limits.proxies)
        self.connections: set[Connection] = set()
        self.addresses: Counter[str] = Counter()
        self.tasks: set[asyncio.Task[None]] = set()
        self.started = False
        self.date = b""
        self.loop: asyncio.AbstractEventLoop
        self.tls = tls
        self._listening = listening
        self._context = context
        self._ready = ready
        self._stopped = False
        self._stop: asyncio.Event | None = None
        self._empty: asyncio.Event | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are really bound (port 0 asks for any free one)."""
        host, port, *_ = self._listening.getsockname()
        return host, port

    def stop(self) -> None:
        """Ask `serve` to drain and return."""
        self._stopped = True
        if self._stop is not None:
            self._stop.set()

    async def serve(self) -> None:
        """Serve until `stop`. Signals are the node's business, so none are captured here."""
        self.loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._keep_time()
        slow = self.limits.header_time.total_seconds() if self._context else None
        try:
            listener = await self.loop.create_server(
                partial(Connection, self),
                sock=self._listening,
                ssl=self._context,
                ssl_handshake_timeout=slow,
                backlog=_BACKLOG,
            )
            ticking = asyncio.create_task(self._tick())
            try:
                self.started = True
                if self._ready is not None:
                    self._ready(self)
                if not self._stopped:
                    await self._stop.wait()
            finally:
                listener.close()
                await self._drain()
                ticking.cancel()
        finally:
            self._listening.close()

    def lost(self, connection: Connection) -> None:
        """Take that a connection has ended."""
        self.connections.discard(connection)
        if self._empty is not None and not self.connections:
            self._empty.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._keep_time()

    def _keep_time(self) -> None:
        self.date = b"date: %b\r\n" % formatdate(clock.now().timestamp(), usegmt=True).encode()
        now = self.loop.time()
        for connection in list(self.connections):
            connection.sweep(now)

    async def _drain(self) -> None:
        """Let what is under way end, within the grace; then end it."""
        self._empty = asyncio.Event()
        for connection in list(self.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.limits.shutdown_grace.total_seconds()):
                if self.connections:
                    await self._empty.wait()
                if self.tasks:
                    await asyncio.wait(list(self.tasks))
        except TimeoutError:
            log.warning("%d requests did not end in time, and are broken off", len(self.tasks))
            for task in self.tasks:
                task.cancel()
        # Without waiting for them, a last record in the journal could be lost with the loop.
        if left := list(self.tasks):
            await asyncio.wait(left, timeout=_AFTER_CANCEL_S)
        for connection in list(self.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


def make_server(
    app: App,
    *,
    host: str,
    port: int,
    tls: TlsFiles | None = None,
    limits: ServerLimits | None = None,
    ready: Callable[[Server], None] | None = None,
) -> Server:
    """Bind `host` and `port` and return the server; `ready` is called once it accepts.

    Raises:
        SettingsError: the address cannot be bound, or the TLS files cannot be read.
    """
    context, renewed = of_listener(tls) if tls is not None else (None, None)
    return Server(
        app,
        listening=_bind(host, port),
        limits=limits or ServerLimits(),
        context=context,
        tls=renewed,
        ready=ready,
    )


def _bind(host: str, port: int) -> socket.socket:
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = infos[0]
        listening = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
        # Accepted sockets inherit it; asyncio's own loop would not set it on such a socket.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        # Python adds the address to some of these texts; look-up errors have negative numbers.
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise SettingsError(
            what=Phrase("errors.told.listen.cannot", host=host, port=port, why=why),
            expected=Phrase("errors.told.listen.wanted"),
        ) from None
