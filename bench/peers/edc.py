"""Two Eclipse EDC 0.14.0 connectors, put together as the tests do it."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from bench.peers.contender import Contender, Memory
from bench.peers.driving import Api, polled, state
from bench.processes import ROOT, free_port

sys.path.insert(0, str(ROOT / "tests"))
from edc.connector import (
    CONTEXT,
    EDC,
    FACES,
    ODRL,
    PROTOCOL,
    Connector,
    MissingError,
    assemble,
    named,
    several,
)

__all__ = ["MissingError", "edc_pair"]

VERSION = "0.14.0"
ASSET = "measured"


class EdcDriver:
    """Asks a consumer for what a provider offers."""

    def __init__(self, api: Api, provider: Connector) -> None:
        self._api = api
        self._to = {"counterPartyAddress": provider.base, "protocol": PROTOCOL}
        self._did = provider.did

    async def offer(self) -> Any:
        body = {"@context": CONTEXT, **self._to, "counterPartyId": self._did}
        catalog = await self._api.call("POST", "/catalog/request", body)
        return several(named(catalog["dataset"], ASSET)["hasPolicy"])[0]

    async def agreed(self, offer: Any) -> str:
        policy = {"@context": ODRL, **offer, "assigner": self._did, "target": ASSET}
        body = {"@context": CONTEXT, **self._to, "policy": policy}
        begun = await self._api.call("POST", "/contractnegotiations", body)
        path = f"/contractnegotiations/{begun['@id']}"

        async def look() -> Any:
            return state(await self._api.call("GET", path), "FINALIZED")

        return str((await polled(look))["contractAgreementId"])

    async def token(self, agreement: str) -> tuple[str, str]:
        body = {
            "@context": CONTEXT,
            **self._to,
            "contractId": agreement,
            "transferType": "HttpData-PULL",
        }
        begun = await self._api.call("POST", "/transferprocesses", body)
        name = begun["@id"]

        async def started() -> Any:
            return state(await self._api.call("GET", f"/transferprocesses/{name}"), "STARTED")

        async def address() -> Any:
            path = f"/edrs/{name}/dataaddress"
            status, _ = await self._api.raw("GET", path)
            return None if status == 404 else await self._api.call("GET", path)

        await polled(started)
        found = {key.removeprefix(EDC): value for key, value in (await polled(address)).items()}
        return found["endpoint"], found["authorization"]


@contextlib.asynccontextmanager
async def edc_pair(
    folder: Path, backend: str, session: aiohttp.ClientSession, *, wait_ms: int
) -> AsyncIterator[Contender]:
    """Serve a provider and a consumer with these waits."""
    assemble(VERSION)
    made: list[Connector] = []
    times = []
    try:
        for name in ("provider", "consumer"):
            os.makedirs(folder / name)  # noqa: PTH103 - once, before anything is measured
            ports = [free_port() for _ in range(len(FACES) + 1)]
            one = Connector(VERSION, folder / name, ports, wait_ms=wait_ms)
            began = time.perf_counter()
            one.start()
            times.append(time.perf_counter() - began)
            made.append(one)
        provider, consumer = made
        await provider.offer(ASSET, {"type": "HttpData", "baseUrl": backend})
        base = f"http://localhost:{consumer.port('management')}/management/v3"
        yield Contender(
            driver=EdcDriver(Api(session, base), provider),
            ready_s=sum(times) / 2,
            memory=Memory(tuple(one.pid for one in made)),
        )
    finally:
        for one in made:
            one.stop()
