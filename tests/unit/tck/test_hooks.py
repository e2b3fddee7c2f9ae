from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
import pytest

from faifo import clock
from faifo.node.http.app import App, Routed
from faifo.node.http.reading import read_bounded
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.wiring import Node
from faifo.store.records import SourceKind, StoredSource
from tck.node.hooks import hooks_app
from tck.node.scripts import read_scripts
from tck.node.seeds import seed


class Kit:
    """Stands in for the kit: takes every message and answers as the kit does, 200 and nothing."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.app: App = Routed([Route("/{path:path}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        body = await read_bounded(request, limit=65_536)
        self.got.put_nowait((request.path, msgspec.json.decode(body)))
        return Response()


async def test_the_negotiation_hook_makes_us_ask_for_the_very_offer(
    node: Node, served: Callable[[Any], Any], client: aiohttp.ClientSession
) -> None:
    kit = Kit()
    async with served(kit.app) as address, served(hooks_app(node)) as hooks:
        ask = {
            "datasetId": "ACNC0101",
            "offerId": "offerACNC0101",
            "providerId": "TCK_PARTICIPANT",
            "connectorAddress": address,
        }
        async with client.post(f"{hooks}/negotiations", json=ask) as answer:
            assert answer.status == 202
        async with asyncio.timeout(10):
            path, message = await kit.got.get()
    assert path == "/negotiations/request"
    assert message["@type"] == "ContractRequestMessage"
    assert message["callbackAddress"] == "http://localhost:18081/dsp/2025-1"
    assert message["offer"] == {
        "@id": "offerACNC0101",
        "@type": "Offer",
        "target": "ACNC0101",
        "permission": [{"@type": "Permission", "action": "use"}],
    }


async def test_the_transfer_hook_makes_us_request_under_a_seeded_agreement(
    node: Node, served: Callable[[Any], Any], client: aiohttp.ClientSession
) -> None:
    source = StoredSource(kind=SourceKind.FILE, location="/nowhere")
    await node.store.run(lambda tx: seed(tx, read_scripts(), source, did=node.did, now=clock.now()))
    kit = Kit()
    async with served(kit.app) as address, served(hooks_app(node)) as hooks:
        ask = {
            "agreementId": "ATPC0101",
            "format": "HttpData-PULL",
            "providerId": "TCK_PARTICIPANT",
            "connectorAddress": address,
        }
        async with client.post(f"{hooks}/transfers", json=ask) as answer:
            assert answer.status == 202
        async with asyncio.timeout(10):
            path, message = await kit.got.get()
    assert path == "/transfers/request"
    assert message["@type"] == "TransferRequestMessage"
    assert message["agreementId"] == "ATPC0101"
    assert message["format"] == "HttpData-PULL"
    assert message["callbackAddress"] == "http://localhost:18081/dsp/2025-1"


@pytest.mark.parametrize("path", ["/negotiations", "/transfers"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"providerId": 1}', b"\xff"])
async def test_a_hook_that_cannot_be_read_is_a_problem(
    node: Node,
    served: Callable[[Any], Any],
    client: aiohttp.ClientSession,
    path: str,
    body: bytes,
) -> None:
    async with served(hooks_app(node)) as hooks:
        headers = {"Content-Type": "application/json"}
        async with client.post(hooks + path, data=body, headers=headers) as answer:
            assert answer.status == 400
            problem = await answer.json(content_type="application/problem+json")
    assert problem["code"] == "malformed"
    assert problem["detail"].startswith("the hook's body: ")
