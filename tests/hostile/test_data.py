"""Attacks on a real node's data endpoint; each beside the genuine access."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from harness import Answer, Peer
from world import World
from yarl import URL

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _get(peer: Peer, url: str, token: str | None, method: str = "GET") -> Answer:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    target = URL(url, encoded=True)
    async with peer.client.request(method, target, headers=headers) as answer:
        return Answer(answer.status, answer.headers, await answer.read())


async def _started(there: World, **publication: Any) -> dict[str, Any]:
    agreed = await there.friend.agreed(there.node, await there.node.publish(**publication))
    return await there.friend.started(there.node, agreed["agreement"])


async def test_a_token_opens_nothing_but_its_own_transfer(there: World) -> None:
    one, two = await _started(there), await _started(there)
    assert (await _get(there.friend, one["endpoint"], one["token"])).status == 200
    attacks = [
        (two["endpoint"], one["token"]),
        (one["endpoint"], None),
        (one["endpoint"], one["token"][:-1]),
        (one["endpoint"], one["token"] + "A"),
        (one["endpoint"], there.friend.token(there.node.did)),
        (one["endpoint"] + "x", one["token"]),
        (f"{there.node.url}/data/nothing", one["token"]),
        (f"{there.node.url}/data/", one["token"]),
    ]
    for url, token in attacks:
        answer = await _get(there.friend, url, token)
        assert answer.status in {401, 404}, url
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert one["token"] not in answer.body.decode()
    query = await _get(there.friend, f"{one['endpoint']}?access_token={one['token']}", None)
    assert query.status == 401


PATHS = [
    "/..", "/../secret", "/%2e%2e/secret", "/%2E%2E%2Fsecret", "/x/..%2f..%2fsecret",
    "/%252e%252e/secret", "//evil.example/x", "/x%00", "/x%0d%0aX:y", "/..;/secret", "/%5c..%5cx",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_never_leaves_the_published_address(there: World, path: str) -> None:
    asked: list[str] = []

    async def backend(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return web.json_response({})

    there.rival.handlers["/"] = backend
    location = f"http://localhost:{there.rival.port}/api/v1"
    moving = await _started(there, location=location)
    good = await _get(there.friend, moving["endpoint"] + "/x", moving["token"])
    assert (good.status, asked) == (200, ["/api/v1/x"])
    answer = await _get(there.friend, moving["endpoint"] + path, moving["token"])
    there.rival.handlers.clear()
    assert answer.status == 400
    assert asked == ["/api/v1/x"]


async def test_an_ended_transfer_is_closed_at_once(there: World) -> None:
    moving = await _started(there)
    assert (await _get(there.friend, moving["endpoint"], moving["token"])).status == 200
    path = f"/transfers/{moving['providerPid']}/termination"
    end = await there.node.manage("POST", path, {"reason": "enough"})
    assert end.status == 200
    answer = await _get(there.friend, moving["endpoint"], moving["token"])
    assert (answer.status, answer.json["code"]) == (403, "transfer-closed")
    assert "enough" in str(answer.json["reasons"])


async def test_a_withdrawn_dataset_is_closed_at_once(there: World) -> None:
    dataset = await there.node.publish()
    agreed = await there.friend.agreed(there.node, dataset)
    moving = await there.friend.started(there.node, agreed["agreement"])
    assert (await _get(there.friend, moving["endpoint"], moving["token"])).status == 200
    await there.node.manage("DELETE", f"/datasets/{dataset['id']}")
    answer = await _get(there.friend, moving["endpoint"], moving["token"])
    assert (answer.status, answer.json["code"]) == (410, "withdrawn")
