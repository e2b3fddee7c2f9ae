"""Timelines, views and the consumer's use cases, seen on a real node after a real flow."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_negotiation_is_told_from_first_to_last(there: World) -> None:
    dataset = await there.node.publish(terms={"purposes": ["research"]})
    process = await there.friend.agreed(there.node, dataset)
    told = await there.node.timeline(process["providerPid"])
    assert told["kind"] == "negotiation"
    texts = [(entry["kind"], entry["text"]) for entry in told["entries"]]
    assert ("message", "received ContractRequestMessage, answered 201") in texts
    assert ("decision", "negotiation: permitted") in texts
    assert ("message", "sent ContractAgreementMessage, answered 200") in texts
    assert ("message", "sent ContractNegotiationEventMessage:FINALIZED, answered 200") in texts
    times = [entry["at"] for entry in told["entries"]]
    assert times == sorted(times)
    assert "research" in json.dumps(told["record"]["offer"])

    whole = await there.node.timeline(process["agreement"])
    assert whole["kind"] == "agreement"
    assert whole["record"]["active"] is True
    assert len(whole["entries"]) >= len(told["entries"])
    shown = await there.node.timeline(dataset["id"])
    assert (shown["kind"], shown["entries"][0]["code"]) == ("dataset", "dataset-published")


async def test_a_transfer_is_told_without_its_token(there: World) -> None:
    agreed = await there.friend.agreed(there.node, await there.node.publish())
    transfer = await there.friend.started(there.node, agreed["agreement"])
    told = await there.node.timeline(transfer["providerPid"])
    assert told["kind"] == "transfer"
    assert told["record"]["open"] is True
    assert transfer["token"] not in json.dumps(told)
    assert "token_digest" not in told["record"]
    assert "data_address" not in told["record"]


async def test_an_unknown_id_is_not_found(there: World) -> None:
    answer = await there.node.manage("GET", "/timeline/" + quote("no/such thing", safe=""))
    assert (answer.status, answer.json["code"]) == (404, "not-found")
    assert answer.json["detail"] == (
        "no negotiation, transfer, agreement or dataset 'no/such thing' here"
    )


@pytest.mark.parametrize("word", ["acceptance", "termination"])
async def test_what_a_state_forbids_is_a_conflict_for_a_person(there: World, word: str) -> None:
    process = await there.friend.agreed(there.node, await there.node.publish())
    path = f"/negotiations/{process['providerPid']}/{word}"
    answer = await there.node.manage("POST", path, {"reason": "I say so"})
    assert (answer.status, answer.json["code"]) == (409, "conflict")
    assert f"look with: faifo show {process['providerPid']}" in answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/negotiations/nothing/termination", {}, 404),
        ("/transfers/nothing/suspension", {}, 404),
        ("/transfers/nothing/data", None, 404),
        ("/transfers", {"agreement": "nothing"}, 404),
        ("/negotiations", {"node": "nobody", "dataset": "x"}, 404),
        ("/negotiations", {"node": "did:web:nobody.example", "dataset": "x"}, 401),
    ],
)
async def test_what_is_not_there_is_said(there: World, path: str, body: Any, status: int) -> None:
    answer = await there.node.manage("POST", path, body)
    assert answer.status == status, answer.body
    assert answer.json["detail"]


async def test_lists_page_newest_first(there: World) -> None:
    for _ in range(3):
        await there.friend.negotiated(there.node, await there.node.publish())
    seen: list[str] = []
    path = "/negotiations?role=provider&limit=2"
    while True:
        page = (await there.node.manage("GET", path)).json
        seen += [item["pid"] for item in page["items"]]
        if page["next"] is None:
            break
        path = f"/negotiations?role=provider&limit=2&after={quote(page['next'], safe='')}"
    assert len(seen) == len(set(seen)) >= 3
    assert seen == sorted(seen, reverse=True)
