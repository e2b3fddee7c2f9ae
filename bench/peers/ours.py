"""Two Faifo nodes in front of the same backend."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from bench.nodes import make_homes, serving
from bench.peers.contender import Contender, Memory
from bench.peers.driving import Api, polled, state

TITLE = "measured"


class FaifoDriver:
    """Asks a consumer for what a provider offers."""

    def __init__(self, api: Api, provider: str) -> None:
        self._api = api
        self._provider = provider

    async def offer(self) -> Any:
        catalog = await self._api.call("POST", "/catalog", {"node": self._provider})
        return next(one for one in catalog["datasets"] if one["title"] == TITLE)

    async def agreed(self, offer: Any) -> str:
        order = {"node": self._provider, "dataset": offer["id"], "reuse": False}
        begun = await self._api.call("POST", "/negotiations", order)

        async def look() -> Any:
            return state(await self._api.call("GET", f"/negotiations/{begun['pid']}"), "FINALIZED")

        return str((await polled(look))["agreement"])

    async def token(self, agreement: str) -> tuple[str, str]:
        begun = await self._api.call("POST", "/transfers", {"agreement": agreement})

        async def look() -> Any:
            return state(await self._api.call("GET", f"/transfers/{begun['pid']}"), "STARTED")

        await polled(look)
        given = await self._api.call("POST", f"/transfers/{begun['pid']}/token", {})
        return given["endpoint"], given["authorization"]


@contextlib.asynccontextmanager
async def faifo_pair(
    folder: Path, backend: str, session: aiohttp.ClientSession
) -> AsyncIterator[Contender]:
    """Serve a provider and a consumer."""
    provider, consumer = make_homes(folder)
    began = time.perf_counter()
    with serving(provider) as first:
        ready = time.perf_counter() - began
        began = time.perf_counter()
        with serving(consumer) as second:
            ready += time.perf_counter() - began

            def api(node: Any) -> Api:
                base = f"http://127.0.0.1:{node.manage_port}/manage/v1"
                return Api(session, base, {"Authorization": f"Bearer {node.home.key}"})

            await api(first).call("POST", "/datasets", {"location": backend, "title": TITLE})
            yield Contender(
                driver=FaifoDriver(api(second), provider.did),
                ready_s=ready / 2,
                memory=Memory((first.process.pid, second.process.pid)),
            )
