"""Callback addresses that lead astray: nothing is called, and the process ends and says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from harness import free_port, peer, running, write_node
from world import World

from faifo.node.exchange.process_kind import Patience
from faifo.node.wiring import Replaceable

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Everything but the DID hosts' 127.0.0.1 is forbidden to this node.
ALLOWED = {"allow": ["127.0.0.1/32"]}

ADDRESSES: list[Any] = [
    pytest.param("http://127.0.0.2:{port}/cb", "a loopback address", id="loopback"),
    pytest.param("http://[::1]:{port}/cb", "a loopback address", id="loopback of IPv6"),
    pytest.param("http://[::ffff:127.0.0.2]/cb", "a loopback address", id="mapped"),
    pytest.param("http://169.254.169.254/latest", "a link-local address", id="cloud metadata"),
    pytest.param("http://10.0.0.1/cb", "a private address", id="private"),
    pytest.param("http://0.0.0.0/cb", "the unspecified address", id="unspecified"),
    pytest.param("http://2130706434/cb", "not one that can be called", id="decimal"),
    pytest.param("http://0x7f000002/cb", "a loopback address", id="hexadecimal"),
]


@pytest.mark.parametrize(("address", "why"), ADDRESSES)
async def test_a_process_with_a_forbidden_callback_ends_and_says_why(
    tmp_path: Any, address: str, why: str
) -> None:
    async with peer() as friend:
        trusted = {"friend": friend.did}
        path = write_node(tmp_path / "node", port=free_port(), trusted=trusted, egress=ALLOWED)
        async with running(path) as node:
            dataset = await node.publish()
            genuine = await friend.negotiated(node, dataset)
            await node.settled("negotiations", genuine["providerPid"], "AGREED")

            hostile = address.format(port=friend.port)
            request = friend.request(dataset, callbackAddress=hostile)
            answer = await friend.call(node, "POST", "/negotiations/request", request)
            assert answer.status == 201
            pid = answer.json["providerPid"]
            record = await node.settled("negotiations", pid, "TERMINATED")
            assert record["one_sided"] is True
            assert record["outbox"] == []
            assert why in " ".join(record["reason"])
            told = str((await node.timeline(pid))["entries"])
            assert why in told
            assert "negotiation-ended-one-sided" in told
            assert friend.inbox.empty()


async def test_a_callback_that_does_not_resolve_is_retried_visibly_and_ends(
    tmp_path: Any,
) -> None:
    patience = Patience(decision=timedelta(days=7), delivery=timedelta(seconds=1))
    async with peer() as friend:
        path = write_node(tmp_path / "node", port=free_port(), trusted={"friend": friend.did})
        async with running(path, parts=Replaceable(patience=patience)) as node:
            dataset = await node.publish()
            await friend.negotiated(node, dataset)
            request = friend.request(dataset, callbackAddress="http://nowhere.invalid/cb")
            answer = await friend.call(node, "POST", "/negotiations/request", request)
            assert answer.status == 201
            pid = answer.json["providerPid"]
            seen = await node.settled("negotiations", pid, "REQUESTED")
            while not (seen["outbox"] and seen["outbox"][0]["attempts"]):
                seen = (await node.manage("GET", f"/negotiations/{pid}")).json
            assert "the name does not resolve" in seen["outbox"][0]["last_error"]
            waiting = [e for e in (await node.timeline(pid))["entries"] if e["kind"] == "waiting"]
            assert "is on its way, after" in waiting[0]["text"]
            record = await node.settled("negotiations", pid, "TERMINATED")
            assert record["one_sided"] is True
            assert "the name does not resolve" in " ".join(record["reason"])


async def test_a_callback_redirect_is_not_followed(there: World) -> None:
    from aiohttp import web

    async def away(request: web.Request) -> web.Response:
        # With a reason of the protocol, else it is something in between, and is tried again.
        said = '{"reason": ["it is elsewhere"]}'
        raise web.HTTPTemporaryRedirect(f"{there.rival.root}/stolen", text=said)

    dataset = await there.node.publish()
    there.friend.handlers["/away"] = away
    request = there.friend.request(dataset, callbackAddress=f"{there.friend.root}/away")
    answer = await there.friend.call(there.node, "POST", "/negotiations/request", request)
    record = await there.node.settled("negotiations", answer.json["providerPid"], "TERMINATED")
    there.friend.handlers.clear()
    assert "answered 307" in str((await there.node.timeline(record["pid"]))["entries"])
    assert there.rival.inbox.empty()
