"""A reverse proxy before a node, as many have one; a part of the node can be closed off."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

KEPT = ("content-type", "authorization", "location", "link", "cache-control", "faifo-receipt")


class Front:
    """Passes on to `behind`; what begins with one of `closed` gets 502, as from a proxy."""

    def __init__(self, behind: str, session: aiohttp.ClientSession) -> None:
        self._behind = behind
        self._session = session
        self.closed: tuple[str, ...] = ()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.closed and request.path.startswith(self.closed):
            return web.Response(status=502, text="bad gateway")
        headers = {k: v for k, v in request.headers.items() if k.lower() in KEPT}
        try:
            async with self._session.request(
                request.method, self._behind + request.raw_path, data=await request.read(),
                headers=headers, allow_redirects=False,
            ) as answer:  # fmt: skip
                kept = {k: v for k, v in answer.headers.items() if k.lower() in KEPT}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except aiohttp.ClientError:
            return web.Response(status=502, text="bad gateway")


@contextlib.asynccontextmanager
async def front(port: int, listen: int) -> AsyncIterator[Front]:
    """Run one at `port` before a node that listens on port `listen`."""
    async with aiohttp.ClientSession() as session:
        made = Front(f"http://127.0.0.1:{listen}", session)
        runner = web.ServerRunner(web.Server(made.serve))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield made
        finally:
            await runner.cleanup()
