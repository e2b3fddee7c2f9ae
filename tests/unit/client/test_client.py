from __future__ import annotations

import json
from typing import Any

import pytest

from faifo.api.datasets import Dataset, Publication
from faifo.api.processes import Delivery
from faifo.client import Client, StillWaitingError
from faifo.client.transport import AsgiTransport
from faifo.errors import (
    ConflictError,
    NotProvenError,
    PeerError,
    RefusedError,
    SettingsError,
    UnreachableError,
)

PEER = "did:web:provider.example"


async def test_negotiate_waits_by_long_poll_until_finalized(client: Any, node: Any):
    node.negotiation = [
        {"state": None, "revision": 1}, {"state": "AGREED", "revision": 4},
        {"state": "FINALIZED", "revision": 6},
    ]  # fmt: skip
    seen: list[str | None] = []
    done = await client.negotiate("p", "d", patience=20, watch=lambda one: seen.append(one.state))
    assert (done.state, done.agreement) == ("FINALIZED", "a1")
    assert seen == [None, "AGREED", "FINALIZED"]
    assert node.requests == [
        ("POST", "/manage/v1/negotiations"),
        ("GET", "/manage/v1/negotiations/n1?wait=20&revision=1"),
        ("GET", "/manage/v1/negotiations/n1?wait=20&revision=4"),
    ]


async def test_a_terminated_negotiation_is_a_refusal_with_its_reasons(client: Any, node: Any):
    node.negotiation = [{"state": "TERMINATED", "reason": ["too late", "not for you"]}]
    with pytest.raises(RefusedError) as caught:
        await client.negotiate("p", "d")
    assert str(caught.value) == "the negotiation n1 refused: too late; not for you"


async def test_a_negotiation_that_waits_for_a_person_here_is_told_at_once(client: Any, node: Any):
    node.negotiation = [{"state": "OFFERED", "hold": "the provider made an offer"}]
    with pytest.raises(ConflictError) as caught:
        await client.negotiate("p", "d")
    assert str(caught.value) == (
        "the negotiation n1 waits for a person: the provider made an offer; "
        "look with: faifo show n1"
    )


async def test_patience_ends_with_the_state_the_attempts_and_the_last_error(
    client: Any, node: Any, whole: Any
):
    told = {"message": "ContractRequestMessage", "attempts": 3, "last_error": "connection refused"}
    row = whole(Delivery, **told)
    node.negotiation = [{"state": None, "outbox": [row]}]
    with pytest.raises(StillWaitingError) as caught:
        await client.negotiate("p", "d", patience=0.05)
    assert str(caught.value) == (
        f"the negotiation n1 with {PEER} is still not acknowledged yet after 0.05 s; "
        "ContractRequestMessage was tried 3 times, last error: connection refused; "
        "it goes on, look with: faifo show n1"
    )


async def test_a_wrong_key_is_not_proven(node: Any):
    async with Client(node.url, "wrong") as client:
        with pytest.raises(NotProvenError) as caught:
            await client.node()
    assert str(caught.value) == "management key: no valid key"


async def test_nobody_there_is_unreachable():
    async with Client("http://127.0.0.1:1", "key") as client:
        with pytest.raises(UnreachableError) as caught:
            await client.node()
    assert str(caught.value) == (
        "the node at http://127.0.0.1:1 cannot be reached: Connection refused"
    )
    assert caught.value.sentence("vi").startswith(
        "không liên lạc được với nút tại http://127.0.0.1:1: "
    )


async def test_an_answer_of_something_else_is_told(client: Any, node: Any):
    from aiohttp import web

    node.answer = web.Response(text="<html>")
    with pytest.raises(PeerError, match="not the answer of a Faifo node") as caught:
        await client.node()
    assert "không phải câu trả lời của một nút Faifo: " in caught.value.sentence("vi")


@pytest.mark.parametrize("path", ["../../node", "/a/./b", "/a/%2e%2e/b", "/a/%2E./b", "/..\\x"])
async def test_a_path_cannot_leave_the_transfer(client: Any, node: Any, path: str):
    with pytest.raises(SettingsError, match="has dot segments"):
        async with client.call("t1", "GET", path):
            pass
    assert node.requests == []


async def test_a_call_keeps_path_and_query_as_they_are(client: Any, node: Any):
    node.transfers["t1"] = "STARTED"
    async with client.call("t1", "GET", "/a%2Fb/ü?q=1%202&r=é") as answer:
        assert answer.status == 200
    assert node.requests == [("GET", "/manage/v1/transfers/t1/data/a%2Fb/%C3%BC?q=1%202&r=%C3%A9")]


async def test_ids_of_any_letters_are_one_segment(client: Any, node: Any, whole: Any):
    from aiohttp import web

    node.answer = web.json_response(whole(Dataset, id="a/b ?#%", kind="file"))
    await client.unpublish("a/b ?#%")
    assert node.requests == [("DELETE", "/manage/v1/datasets/a%2Fb%20%3F%23%25")]


async def test_the_same_client_works_in_process(whole: Any):
    answer = json.dumps(whole(Dataset, id="d", title="T", kind="file")).encode()
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["method"], scope["path"], dict(scope["headers"]), await receive()))
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": answer[:10], "more_body": True})
        await send({"type": "http.response.body", "body": answer[10:]})

    async with Client(AsgiTransport(app), "key") as client:
        dataset = await client.publish(Publication(location="/x", id="d"))
    assert (dataset.id, dataset.title) == ("d", "T")
    method, path, headers, message = seen[0]
    assert (method, path) == ("POST", "/manage/v1/datasets")
    assert headers[b"authorization"] == b"Bearer key"
    assert message["body"] == b'{"location":"/x","id":"d"}'
