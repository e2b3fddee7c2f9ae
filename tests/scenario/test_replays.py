"""The same message again gets the same answer again, and changes nothing (design §7)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

FLOWS = {
    "negotiation as consumer": (
        "negotiation",
        "consumer",
        "<REQUEST >OFFER !acceptance <ACCEPTED >AGREEMENT <VERIFICATION >FINALIZED",
    ),
    "negotiation as provider": ("negotiation", "provider", "<AGREEMENT >VERIFICATION <FINALIZED"),
    "negotiation ended": ("negotiation", "provider", "<AGREEMENT >TERMINATION"),
    "transfer as consumer": (
        "transfer",
        "consumer",
        "<REQUEST >START >SUSPENSION !start <START >COMPLETION",
    ),
    "transfer as provider": (
        "transfer",
        "provider",
        "<START >SUSPENSION !start <START >COMPLETION",
    ),
    "transfer ended": ("transfer", "consumer", "<REQUEST >START >TERMINATION"),
}


@pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed between"])
@pytest.mark.parametrize("named", [True, False], ids=["same @id", "same bytes without @id"])
@pytest.mark.parametrize("case", FLOWS)
async def test_every_message_again_is_answered_as_before(
    stage: Any, case: str, named: bool, killed: bool
) -> None:
    kind, role, steps = FLOWS[case]
    talk = await stage.at(kind, role, steps, named=named)
    refused = await talk.say("TERMINATION", code="too late")
    assert refused[0] == 400
    if killed:
        await stage.restart()
    before = await stage.node.call("GET", talk.path)
    rows = len(stage.node.records("history"))
    said = list(talk.said)
    if not named:
        # ADR-0010: of messages without @id, the one that began the process, and the newest.
        begins = [one for one in said[:1] if one[0].endswith(("s/request", "s/offers"))]
        said = [*begins, said[-1]]
    for path, raw, answer in said:
        assert await talk.peer.post(stage.node, path, raw) == answer
    assert await stage.node.call("GET", talk.path) == before
    assert len(stage.node.records("history")) == rows


async def test_a_changed_first_message_with_the_same_pid_is_refused(stage: Any) -> None:
    for kind in ("negotiation", "transfer"):
        talk = await stage.begun(kind, "provider")
        path, raw, _ = talk.said[-1]
        body = json.loads(raw)
        changed = {**body, "@id": "urn:uuid:another"}
        status, answer = await talk.peer.post(stage.node, path, json.dumps(changed).encode())
        assert status == 400
        reason = f"this pid of yours has a {kind} already at $; expected a new pid"
        assert json.loads(answer)["reason"] == [reason]


@pytest.mark.parametrize("named", [True, False], ids=["same @id", "same bytes without @id"])
async def test_identical_first_messages_at_once_begin_one_process(stage: Any, named: bool) -> None:
    talk = await stage.begun("negotiation", "provider", named=named)
    talk.peer_pid = "urn:uuid:at-once"
    first = await stage.first(talk)
    answers = await asyncio.gather(*(talk.peer.post(stage.node, *first) for _ in range(8)))
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    talk.node_pid = json.loads(answers[0][1])["providerPid"]
    talk.agreement = (await talk.take("AGREEMENT")).json["agreement"]
    await talk.reached("AGREED")
    assert (await talk.say("VERIFICATION"))[0] == 200
    await talk.take("FINALIZED")
    await talk.reached("FINALIZED")
    mine = [one for one in stage.node.records("negotiation") if one.peer_pid == talk.peer_pid]
    assert len(mine) == 1
    agreements = [one for one in stage.node.records("agreement") if one.negotiation == mine[0].pid]
    assert [one.id for one in agreements] == [talk.agreement["@id"]]
    talk.kind, talk.peer_pid = "transfer", "urn:uuid:transfer-at-once"
    first = await stage.first(talk)
    answers = await asyncio.gather(*(talk.peer.post(stage.node, *first) for _ in range(8)))
    assert len(set(answers)) == 1
    assert [one.peer_pid for one in stage.node.records("transfer")] == [talk.peer_pid]


async def test_pids_of_different_participants_do_not_meet(stage: Any) -> None:
    talk = await stage.at("negotiation", "provider", "<AGREEMENT")
    stranger = stage.others[0]
    path, raw, answer = talk.said[0]
    body = {**json.loads(raw), "callbackAddress": stranger.base}
    status, other = await stranger.post(stage.node, path, json.dumps(body).encode())
    assert status == 201
    assert json.loads(other)["providerPid"] != json.loads(answer[1])["providerPid"]
    verification = talk.message("ContractAgreementVerificationMessage")
    where = f"/negotiations/{talk.node_pid}/agreement/verification"
    status, hidden = await stranger.post(stage.node, where, verification)
    unknown = await stranger.post(
        stage.node, where.replace(talk.node_pid, "urn:uuid:none"), verification
    )
    assert (status, unknown[0]) == (404, 404)
    assert hidden.replace(talk.node_pid.encode(), b"urn:uuid:none") == unknown[1]
    assert await talk.state() == "AGREED"


@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
async def test_an_acknowledgement_that_dies_in_its_commit_is_asked_for_again(
    stage: Any, die_at: Any, call: str
) -> None:
    """The peer has acted; we die as we write that down. What is sent again is the same bytes."""
    talk = await stage.at("negotiation", "consumer", "?REQUEST")
    async with die_at(stage.node.pid, call):
        talk.pending.answer(201, talk.document())
        await stage.node.death()
    await stage.node.start()

    async def hear_again() -> None:
        again = await talk.heard("REQUEST")
        assert again.raw == talk.pending.raw
        again.answer(201, talk.document())

    hearing = asyncio.create_task(hear_again())
    if call == "pwrite64":  # nothing of the commit was written
        await hearing
    # A flush may also have been that of what a node does at its start.
    seen = await talk.reached("REQUESTED")
    assert seen["peer_pid"] == talk.peer_pid
    hearing.cancel()


async def test_a_second_start_without_id_is_a_new_message(stage: Any) -> None:
    talk = await stage.at("transfer", "consumer", "<REQUEST >START >SUSPENSION", named=False)
    started = next(raw for path, raw, _ in talk.said if path.endswith("/start"))
    status, answer = await talk.say("START")
    assert (status, json.loads(answer)["state"]) == (200, "STARTED")
    assert talk.said[-1][1] == started


TWICE = {
    "first of a negotiation": ("negotiation", "provider", "", "REQUEST"),
    "verification": ("negotiation", "provider", "<AGREEMENT", "VERIFICATION"),
    "agreement": ("negotiation", "consumer", "<REQUEST", "AGREEMENT"),
    "refused": ("negotiation", "consumer", "<REQUEST", "FINALIZED"),
    "first of a transfer": ("transfer", "provider", "", "REQUEST"),
    "start": ("transfer", "consumer", "<REQUEST", "START"),
}


@pytest.mark.parametrize("named", [True, False], ids=["with @id", "without"])
@pytest.mark.parametrize("case", TWICE)
async def test_a_request_that_comes_twice_with_its_token_is_answered_as_the_first_time(
    stage: Any, case: str, named: bool
) -> None:
    """As a proxy repeats it. With anything else a used token is good for nothing."""
    kind, role, steps, word = TWICE[case]
    talk = await stage.at(kind, role, steps, named=named)
    peer, node = talk.peer, stage.node
    if word == "REQUEST":
        talk.peer_pid = "urn:uuid:another"
        path, raw = await stage.first(talk)
    else:
        await talk.say(word)  # what is sent twice is another of its kind, which is refused
        path, raw, _ = talk.said[-1]
        body = {**json.loads(raw), "note": "once more"}
        raw = json.dumps({**body, "@id": "urn:uuid:twice"} if named else body).encode()
    token = peer.token(node)
    first = await peer.post(node, path, raw, token)
    assert first[0] == (201 if word == "REQUEST" else 400)

    def taken() -> int:
        return sum(one.body == raw for one in node.records("history"))

    for _ in range(2):
        assert await peer.post(node, path, raw, token) == first
    await stage.restart()
    assert await peer.post(node, path, raw, token) == first
    assert taken() == 1
    elsewhere, earlier = f"/{kind}s/urn:uuid:nothing/termination", talk.said[0]
    for where, what in ((path, raw + b" "), (elsewhere, raw), earlier[:2]):
        status, answer = await peer.post(node, where, what, token)
        assert status in {401, 404}
        assert json.loads(answer)["code"] == "not-proven"
