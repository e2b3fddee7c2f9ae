"""Every negotiation and transfer endpoint; expected answers from dsp-dcp.md 1.3 and 1.7."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from harness import Answer, Peer, RunningNode
from published_schemas import errors_in
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

REASON = {"code": "x", "reason": ["why not"]}
POLICY = {"permission": [{"action": "use"}]}


def _good(answer: Answer, type_: str, state: str, process: dict[str, Any]) -> None:
    assert answer.status in {200, 201}, answer.body
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json
    assert errors_in(body) == []
    assert body["@type"] == type_
    assert body["state"] == state
    assert body["consumerPid"] == process["consumerPid"]
    assert body["providerPid"] == process.get("providerPid", body["providerPid"])


def _bad(answer: Answer, status: int, type_: str, code: str) -> None:
    assert (answer.status, answer.json["@type"], answer.json["code"]) == (status, type_, code)
    assert errors_in(answer.json) == []
    assert isinstance(answer.json["providerPid"], str)
    assert isinstance(answer.json["consumerPid"], str)


async def _post(there: World, path: str, body: Any, **kwargs: Any) -> Answer:
    return await there.friend.call(there.node, "POST", path, body, **kwargs)


# ── our node as provider ─────────────────────────────────────────────────────────────────────────


async def test_a_whole_negotiation_and_transfer_with_our_node_as_provider(there: World) -> None:
    node, friend = there.node, there.friend
    dataset = await node.publish()
    request = friend.request(dataset)
    answer = await _post(there, "/negotiations/request", request)
    assert answer.status == 201
    _good(answer, "ContractNegotiation", "REQUESTED", request)
    process = answer.json
    path = f"/negotiations/{process['providerPid']}"

    agreement = await friend.received("ContractAgreementMessage")
    assert agreement["agreement"]["assigner"] == node.did
    assert agreement["agreement"]["assignee"] == friend.did
    await node.settled("negotiations", process["providerPid"], "AGREED")
    _good(await friend.call(node, "GET", path), "ContractNegotiation", "AGREED", process)

    message = friend.message("ContractAgreementVerificationMessage", process)
    answer = await _post(there, f"{path}/agreement/verification", message)
    assert answer.status == 200
    _good(answer, "ContractNegotiation", "VERIFIED", process)
    event = await friend.received("ContractNegotiationEventMessage")
    assert event["eventType"] == "FINALIZED"
    await node.settled("negotiations", process["providerPid"], "FINALIZED")
    _good(await friend.call(node, "GET", path), "ContractNegotiation", "FINALIZED", process)

    request = friend.transfer_request(agreement["agreement"]["@id"])
    answer = await _post(there, "/transfers/request", request)
    assert answer.status == 201
    _good(answer, "TransferProcess", "REQUESTED", request)
    transfer = answer.json
    path = f"/transfers/{transfer['providerPid']}"
    start = await friend.received("TransferStartMessage")
    assert start["dataAddress"]["endpointType"] == "https://w3id.org/idsa/v4.1/HTTP"
    await node.settled("transfers", transfer["providerPid"], "STARTED")

    for word, type_, members, state in (
        ("suspension", "TransferSuspensionMessage", REASON, "SUSPENDED"),
        ("start", "TransferStartMessage", {}, "STARTED"),
        ("completion", "TransferCompletionMessage", {}, "COMPLETED"),
    ):
        answer = await _post(there, f"{path}/{word}", friend.message(type_, transfer, **members))
        assert answer.status == 200
        _good(answer, "TransferProcess", state, transfer)
        _good(await friend.call(node, "GET", path), "TransferProcess", state, transfer)


async def test_the_consumer_may_end_a_negotiation_and_a_transfer(there: World) -> None:
    node, friend = there.node, there.friend
    dataset = await node.publish()
    process = await friend.negotiated(node, dataset)
    await node.settled("negotiations", process["providerPid"], "AGREED")
    message = friend.message("ContractNegotiationTerminationMessage", process, **REASON)
    answer = await _post(there, f"/negotiations/{process['providerPid']}/termination", message)
    _good(answer, "ContractNegotiation", "TERMINATED", process)

    agreed = await friend.agreed(node, dataset)
    transfer = await friend.started(node, agreed["agreement"])
    message = friend.message("TransferTerminationMessage", transfer, **REASON)
    answer = await _post(there, f"/transfers/{transfer['providerPid']}/termination", message)
    _good(answer, "TransferProcess", "TERMINATED", transfer)


async def test_terms_that_are_not_offered_are_refused_with_the_reason(there: World) -> None:
    dataset = await there.node.publish(terms={"purposes": ["research"]})
    offer = {**there.friend.request(dataset)["offer"], **POLICY}
    request = there.friend.request(dataset, offer=offer)
    answer = await _post(there, "/negotiations/request", request)
    assert answer.status == 201
    end = await there.friend.received("ContractNegotiationTerminationMessage")
    assert end["reason"]
    pid = answer.json["providerPid"]
    record = await there.node.settled("negotiations", pid, "TERMINATED")
    assert record["reason"] == end["reason"]


# ── our node as consumer ─────────────────────────────────────────────────────────────────────────


def _offer(peer: Peer, dataset: str, **changes: Any) -> dict[str, Any]:
    message = peer.message("ContractOfferMessage", {"providerPid": "", "consumerPid": ""})
    del message["consumerPid"]
    message["providerPid"] = f"urn:provider:{message['@id']}"
    offer = {"@id": "offer-1", "@type": "Offer", "target": dataset, **POLICY}
    return {**message, "callbackAddress": f"{peer.root}/cb/", "offer": offer, **changes}


def _agreement(node: RunningNode, peer: Peer, process: dict[str, Any]) -> dict[str, Any]:
    agreement = {
        "@id": f"agreement-{process['providerPid']}",
        "@type": "Agreement",
        "target": "their data",
        "assigner": peer.did,
        "assignee": node.did,
        "timestamp": "2026-11-01T00:00:00Z",
        **POLICY,
    }
    return peer.message("ContractAgreementMessage", process, agreement=agreement)


async def _offered(there: World) -> dict[str, Any]:
    offer = _offer(there.friend, "their data")
    answer = await _post(there, "/negotiations/offers", offer)
    assert answer.status == 201
    _good(answer, "ContractNegotiation", "OFFERED", {**offer, **answer.json})
    return dict(answer.json)


async def test_a_whole_negotiation_and_transfer_with_our_node_as_consumer(there: World) -> None:
    node, friend = there.node, there.friend
    process = await _offered(there)
    pid, path = process["consumerPid"], f"/negotiations/{process['consumerPid']}"
    record = (await node.manage("GET", path)).json
    assert record["hold"] == "offer-made"

    again = friend.message("ContractOfferMessage", process)
    again["offer"] = {"@id": "offer-2", "@type": "Offer", "target": "their data", **POLICY}
    assert (await _post(there, f"{path}/offers", again)).status in {200, 400}

    accepted = await node.manage("POST", f"{path}/acceptance", {})
    assert accepted.status == 200, accepted.body
    event = await friend.received("ContractNegotiationEventMessage")
    assert event["eventType"] == "ACCEPTED"
    await node.settled("negotiations", pid, "ACCEPTED")

    message = _agreement(node, friend, process)
    _good(
        await _post(there, f"{path}/agreement", message), "ContractNegotiation", "AGREED", process
    )
    await friend.received("ContractAgreementVerificationMessage")
    await node.settled("negotiations", pid, "VERIFIED")
    final = friend.message("ContractNegotiationEventMessage", process, eventType="FINALIZED")
    _good(await _post(there, f"{path}/events", final), "ContractNegotiation", "FINALIZED", process)
    _good(await friend.call(node, "GET", path), "ContractNegotiation", "FINALIZED", process)

    begun = await node.manage("POST", "/transfers", {"agreement": message["agreement"]["@id"]})
    assert begun.status == 201, begun.body
    request = await friend.received("TransferRequestMessage")
    transfer = {"consumerPid": request["consumerPid"], "providerPid": "their transfer/1"}
    path = f"/transfers/{quote(request['consumerPid'])}"
    address = {
        "@type": "DataAddress",
        "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
        "endpoint": f"{friend.root}/data",
    }
    start = friend.message("TransferStartMessage", transfer, dataAddress=address)
    _good(await _post(there, f"{path}/start", start), "TransferProcess", "STARTED", transfer)
    for word, type_, members, state in (
        ("suspension", "TransferSuspensionMessage", REASON, "SUSPENDED"),
        ("start", "TransferStartMessage", {}, "STARTED"),
        ("completion", "TransferCompletionMessage", {}, "COMPLETED"),
    ):
        message = friend.message(type_, transfer, **members)
        _good(await _post(there, f"{path}/{word}", message), "TransferProcess", state, transfer)
    # Not in the specification, but the TCK asks for it (dsp-dcp.md 1.3 #25).
    _good(await friend.call(node, "GET", path), "TransferProcess", "COMPLETED", transfer)


# ── errors ───────────────────────────────────────────────────────────────────────────────────────

CONTINUING: list[tuple[str, str, dict[str, Any]]] = [
    ("negotiations/{}/request", "ContractRequestMessage", {}),
    ("negotiations/{}/offers", "ContractOfferMessage", {}),
    ("negotiations/{}/agreement", "ContractAgreementMessage", {}),
    ("negotiations/{}/agreement/verification", "ContractAgreementVerificationMessage", {}),
    ("negotiations/{}/events", "ContractNegotiationEventMessage", {"eventType": "ACCEPTED"}),
    ("negotiations/{}/termination", "ContractNegotiationTerminationMessage", {}),
    ("transfers/{}/start", "TransferStartMessage", {}),
    ("transfers/{}/completion", "TransferCompletionMessage", {}),
    ("transfers/{}/suspension", "TransferSuspensionMessage", {}),
    ("transfers/{}/termination", "TransferTerminationMessage", {}),
]


def _message(there: World, type_: str, process: dict[str, Any], extra: dict[str, Any]) -> Any:
    message = there.friend.message(type_, process, **extra)
    offer = {"@id": "o", "@type": "Offer", "target": "d", **POLICY}
    if type_ in {"ContractRequestMessage", "ContractOfferMessage"}:
        message["offer"] = offer
    if type_ == "ContractAgreementMessage":
        message = _agreement(there.node, there.friend, process)
    return message


@pytest.mark.parametrize(("template", "type_", "extra"), CONTINUING, ids=lambda v: str(v)[:60])
async def test_an_unknown_foreign_or_unproven_process_is_not_found(
    there: World, template: str, type_: str, extra: dict[str, Any]
) -> None:
    node, friend = there.node, there.friend
    kind = template.partition("/")[0]
    error = "TransferError" if kind == "transfers" else "ContractNegotiationError"
    dataset = await node.publish()
    process: dict[str, Any] = await friend.negotiated(node, dataset)
    if kind == "transfers":
        agreed = await friend.agreed(node, dataset)
        process = await friend.started(node, agreed["agreement"])
    pid = process["providerPid"]
    path = "/" + template.format(pid)
    body = _message(there, type_, process, extra)

    unknown = await friend.call(node, "POST", "/" + template.format("urn:uuid:nothing"), body)
    _bad(unknown, 404, error, "not-found")
    foreign = await there.rival.call(node, "POST", path, body)
    _bad(foreign, 404, error, "not-found")
    nobody = await friend.call(node, "POST", path, body, token=None)
    assert (nobody.status, nobody.json["@type"]) == (404, error)
    assert nobody.reason == foreign.reason
    stranger = await there.stranger.call(node, "POST", path, body)
    assert (stranger.status, stranger.reason) == (404, foreign.reason)

    own = await friend.call(node, "POST", path, body)
    assert own.status in {200, 400}, "the process is there for its own participant"
    malformed = await friend.call(node, "POST", path, {**body, "providerPid": 7})
    _bad(malformed, 400, error, "malformed")
    for caller, token in ((there.rival, ""), (there.stranger, ""), (friend, None)):
        seen = await caller.call(node, "GET", f"/{kind}/{pid}", token=token)
        assert (seen.status, seen.json["@type"]) == (404, error)
    assert (await friend.call(node, "GET", f"/{kind}/{pid}")).status == 200


ILLEGAL: list[tuple[str, str, dict[str, Any]]] = [
    entry for entry in CONTINUING if "termination" not in entry[0] and "transfers" not in entry[0]
]


@pytest.mark.parametrize(("template", "type_", "extra"), ILLEGAL, ids=lambda v: str(v)[:60])
async def test_a_message_that_the_state_forbids_is_400_and_changes_nothing(
    there: World, template: str, type_: str, extra: dict[str, Any]
) -> None:
    node, friend = there.node, there.friend
    process = await friend.agreed(node, await node.publish())
    pid = process["providerPid"]
    before = (await node.manage("GET", f"/negotiations/{pid}")).json
    body = _message(there, type_, process, extra)
    answer = await friend.call(node, "POST", "/" + template.format(pid), body)
    _bad(answer, 400, "ContractNegotiationError", "illegal-transition")
    assert answer.json["providerPid"] == pid
    assert answer.json["consumerPid"] == process["consumerPid"]
    assert answer.reason.endswith(
        "in state FINALIZED; allowed here: nothing: the state is terminal"
    )
    after = (await node.manage("GET", f"/negotiations/{pid}")).json
    assert after == before


@pytest.mark.parametrize(
    ("word", "type_"),
    [
        ("suspension", "TransferSuspensionMessage"),
        ("completion", "TransferCompletionMessage"),
        ("start", "TransferStartMessage"),
        ("termination", "TransferTerminationMessage"),
    ],
)
async def test_nothing_follows_a_completed_transfer(there: World, word: str, type_: str) -> None:
    node, friend = there.node, there.friend
    agreed = await friend.agreed(node, await node.publish())
    transfer = await friend.started(node, agreed["agreement"])
    path = f"/transfers/{transfer['providerPid']}"
    done = friend.message("TransferCompletionMessage", transfer)
    assert (await _post(there, f"{path}/completion", done)).status == 200
    answer = await _post(there, f"{path}/{word}", friend.message(type_, transfer))
    _bad(answer, 400, "TransferError", "illegal-transition")


async def test_a_message_again_gets_the_same_answer_again(there: World) -> None:
    dataset = await there.node.publish()
    request = there.friend.request(dataset)
    first = await _post(there, "/negotiations/request", request)
    second = await _post(there, "/negotiations/request", request)
    assert (first.status, first.body) == (201, second.body)
    assert second.status == 201
    changed = {**request, "@id": "another"}
    third = await _post(there, "/negotiations/request", changed)
    _bad(third, 400, "ContractNegotiationError", "malformed")
    assert third.json["consumerPid"] == request["consumerPid"]
    assert third.json["providerPid"] == first.json["providerPid"]


FIRST: list[Any] = [
    pytest.param({"callbackAddress": None}, "callbackAddress", id="neither callback nor pid"),
    pytest.param({"providerPid": "x"}, "callbackAddress", id="callback and pid"),
    pytest.param({"consumerPid": ""}, "$.consumerPid", id="an empty pid"),
    pytest.param({"consumerPid": 7}, "$.consumerPid", id="a number as pid"),
    pytest.param({"consumerPid": "x" * 2049}, "$.consumerPid", id="a pid of 2,049 characters"),
    pytest.param({"offer": None}, "$.offer", id="no offer"),
    pytest.param({"offer": {"@id": "x"}}, "$.offer", id="an offer without rules"),
    pytest.param({"@type": "ContractOfferMessage"}, "$.@type", id="another type"),
    pytest.param({"@context": []}, "@context", id="no context"),
    pytest.param({"callbackAddress": "ftp://h/"}, "$.callbackAddress", id="ftp"),
    pytest.param({"callbackAddress": "file:///etc/passwd"}, "$.callbackAddress", id="file"),
    pytest.param({"callbackAddress": "http://u:p@h/"}, "$.callbackAddress", id="user info"),
    pytest.param({"callbackAddress": "http://h/?q"}, "$.callbackAddress", id="query"),
    pytest.param({"callbackAddress": "//h/x"}, "$.callbackAddress", id="no scheme"),
    pytest.param({"callbackAddress": "http://h:99999/"}, "$.callbackAddress", id="port"),
    pytest.param({"callbackAddress": "http://h/\r\nX: y"}, "$.callbackAddress", id="line end"),
]


@pytest.mark.parametrize(("changes", "place"), FIRST)
async def test_a_malformed_first_request_begins_nothing(
    there: World, changes: dict[str, Any], place: str
) -> None:
    dataset = await there.node.publish()
    genuine = there.friend.request(dataset)
    spoilt = {name: value for name, value in {**genuine, **changes}.items() if value is not None}
    answer = await _post(there, "/negotiations/request", spoilt)
    _bad(answer, 400, "ContractNegotiationError", "malformed")
    assert place in answer.reason
    assert (await _post(there, "/negotiations/request", genuine)).status == 201


async def test_offers_that_are_not_ours_or_not_theirs_are_unknown(there: World) -> None:
    dataset = await there.node.publish(terms={"recipients": [there.rival.did]})
    genuine = there.friend.request(dataset)
    answer = await _post(there, "/negotiations/request", genuine)
    _bad(answer, 400, "ContractNegotiationError", "not-found")
    invented = there.friend.request({**dataset, "offer_id": "invented"})
    answer = await _post(there, "/negotiations/request", invented)
    _bad(answer, 400, "ContractNegotiationError", "not-found")
    assert answer.reason == "no offer 'invented' here"
    request = there.rival.request(dataset)
    taken = await there.rival.call(there.node, "POST", "/negotiations/request", request)
    assert taken.status == 201


async def test_transfers_want_an_agreement_of_ones_own_and_a_known_format(there: World) -> None:
    node, friend = there.node, there.friend
    dataset = await node.publish()
    agreed = await friend.agreed(node, dataset)
    begun = await friend.negotiated(node, dataset)
    request = friend.transfer_request(agreed["agreement"])

    foreign = await there.rival.call(node, "POST", "/transfers/request", request)
    _bad(foreign, 400, "TransferError", "not-found")
    assert foreign.json["consumerPid"] == request["consumerPid"]
    for changes, code in (
        ({"agreementId": "nothing"}, "not-found"),
        ({"agreementId": begun["agreement"]}, "malformed"),
        ({"format": "HttpData-PUSH"}, "malformed"),
        ({"callbackAddress": "gopher://h/"}, "malformed"),
        ({"consumerPid": None}, "malformed"),
    ):
        spoilt = {k: v for k, v in {**request, **changes}.items() if v is not None}
        answer = await friend.call(node, "POST", "/transfers/request", spoilt)
        _bad(answer, 400, "TransferError", code)
    nobody = await friend.call(node, "POST", "/transfers/request", request, token=None)
    _bad(nobody, 401, "TransferError", "not-proven")
    genuine = await friend.call(node, "POST", "/transfers/request", request)
    assert genuine.status == 201, genuine.body
