"""A consumer's use cases on a real node; the provider is a peer whose answers the test writes."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from harness import CONTEXT
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _rule(*purposes: str) -> dict[str, Any]:
    constraint = {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": list(purposes)}
    return {"action": "use", "constraint": [constraint]}


@pytest.fixture
def dataset(there: World) -> Any:
    document = {
        "@context": [CONTEXT],
        "@id": "d",
        "@type": "Dataset",
        "hasPolicy": [
            {"@id": "o", "@type": "Offer", "permission": [_rule("research", "teaching")]}
        ],
        "distribution": [{"format": "HttpData-PULL", "accessService": "s"}],
    }

    async def handler(_: web.Request) -> web.Response:
        return web.json_response(document)

    there.friend.handlers["/dsp/catalog/datasets/"] = handler
    yield document
    there.friend.handlers.clear()


async def test_a_purpose_narrows_what_is_asked_for(there: World, dataset: Any) -> None:
    order = {"node": "friend", "dataset": "d", "purpose": "research"}
    begun = await there.node.manage("POST", "/negotiations", order)
    assert begun.status == 201, begun.body
    request = await there.friend.received("ContractRequestMessage", begun.json["pid"])
    assert request["offer"]["@id"] == "o"
    assert request["offer"]["target"] == "d"
    assert "teaching" not in str(request["offer"])
    assert request["callbackAddress"] == f"{there.node.url}/dsp/2025-1"


async def test_a_purpose_that_is_not_offered_is_refused_here(there: World, dataset: Any) -> None:
    order = {"node": "friend", "dataset": "d", "purpose": "marketing"}
    answer = await there.node.manage("POST", "/negotiations", order)
    assert (answer.status, answer.json["code"]) == (403, "refused")
    assert "marketing" in str(answer.json)


async def test_a_purpose_is_chosen_for_nobody(there: World, dataset: Any) -> None:
    answer = await there.node.manage("POST", "/negotiations", {"node": "friend", "dataset": "d"})
    assert (answer.status, answer.json["code"]) == (403, "refused")
    assert "say which it is with --purpose" in str(answer.json)


async def test_a_negotiation_that_nobody_took_can_be_ended_here(there: World, dataset: Any) -> None:
    async def busy(_: web.Request) -> web.Response:
        return web.json_response({}, status=503)

    there.friend.handlers["/dsp/negotiations"] = busy
    order = {"node": "friend", "dataset": "d", "purpose": "research"}
    begun = await there.node.manage("POST", "/negotiations", order)
    path = f"/negotiations/{begun.json['pid']}/termination"
    ended = await there.node.manage("POST", path, {"reason": "too slow"})
    assert ended.status == 200
    assert (ended.json["state"], ended.json["one_sided"]) == ("TERMINATED", True)
    assert ended.json["reason"] == ["too slow"]
    assert ended.json["outbox"] == []


async def test_terms_of_another_offer_are_accepted_by_name(there: World, dataset: Any) -> None:
    order = {"node": "friend", "dataset": "d", "purpose": "research"}
    begun = await there.node.manage("POST", "/negotiations", order)
    pid = begun.json["pid"]
    await there.friend.received("ContractRequestMessage", pid)
    process = {"consumerPid": pid, "providerPid": f"{pid}-peer"}
    duty = {"@type": "Duty", "action": "attribute"}
    offer = {
        "@id": "other",
        "@type": "Offer",
        "target": "d",
        "permission": [_rule("research")],
        "obligation": [duty],
    }
    path = f"/negotiations/{pid}/offers"
    message = there.friend.message("ContractOfferMessage", process, offer=offer)
    answer = await there.friend.call(there.node, "POST", path, message)
    assert answer.status == 200, answer.body
    accepting = f"/negotiations/{pid}/acceptance"
    refused = await there.node.manage("POST", accepting, {})
    assert refused.status == 409
    assert "attribute" in refused.json["detail"]
    still = await there.node.manage("POST", accepting, {"accept_terms": ["another"]})
    assert still.status == 409
    taken = await there.node.manage("POST", accepting, {"accept_terms": ["attribute"]})
    assert taken.status == 200, taken.body
    assert taken.json["accepted_terms"] == ["attribute"]
    event = await there.friend.received("ContractNegotiationEventMessage", pid)
    assert event["eventType"] == "ACCEPTED"
