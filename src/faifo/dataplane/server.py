"""The node's HTTP server: uvicorn inside the node's own event loop, bounded in every direction.

It installs no signal handlers and no logging configuration, never exits the process, and its
shutdown ends within the grace period plus two seconds.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any

import uvicorn

from faifo.dataplane.addresses import networks
from faifo.dataplane.certificates import Renewed, TlsFiles, of_listener
from faifo.dataplane.protocol import BoundedProtocol, ServerLimits
from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable

_AFTER_CANCEL_S = 2.0
_SWEEP_TICKS = 10  # uvicorn ticks ten times a second


class Server(uvicorn.Server):
    """A uvicorn server that is run with `await serve()` and stopped with `stop()`."""

    def __init__(
        self,
        config: uvicorn.Config,
        listening: socket.socket,
        ready: Callable[[Server], None] | None,
        tls: Renewed | None,
    ) -> None:
        super().__init__(config)
        self.tls = tls
        self._listening = listening
        self._ready = ready

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that are really bound (port 0 asks for any free one)."""
        host, port, *_ = self._listening.getsockname()
        return host, port

    def stop(self) -> None:
        """Ask `serve` to drain and return."""
        self.should_exit = True

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `stop`. Signals are the node's business, so none are captured here."""
        try:
            await self._serve(sockets or [self._listening])
        finally:
            self._listening.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready is not None:
            self._ready(self)

    async def on_tick(self, counter: int) -> bool:
        if counter % _SWEEP_TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedProtocol):
                    connection.sweep(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # uvicorn cancels what is left after the grace, but does not wait for it: without this a
        # last record in the journal could be lost with the loop.
        left = list(self.server_state.tasks)
        if left:
            await asyncio.wait(left, timeout=_AFTER_CANCEL_S)
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()


def make_server(
    app: Any,
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
    limits = limits or ServerLimits()
    context, renewed = of_listener(tls) if tls is not None else (None, None)
    # Of this server alone: its limits, and whose connections it has.
    own = {"limits": limits, "addresses": Counter(), "proxies": networks(limits.proxies)}
    protocol = type("Protocol", (BoundedProtocol,), own)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws="none",
        lifespan="off",
        loop="none",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=int(limits.keep_alive.total_seconds()),
        timeout_graceful_shutdown=max(1, round(limits.shutdown_grace.total_seconds())),
        ssl_context_factory=(lambda _config, _default: context) if context is not None else None,
    )
    logging.getLogger("uvicorn.error").addFilter(_told_already)
    return Server(config, _bind(host, port), ready, renewed)


def _told_already(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn says of each request that ends with the server: it is no fault."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _bind(host: str, port: int) -> socket.socket:
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = infos[0]
        listening = socket.create_server(address[:2], family=family, backlog=1024)
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
