"""Where nothing comes, the other side is asked, and what is found is repaired or ended.

The node asks after one second here instead of two minutes; every step waits for its question.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from faifo import clock
from faifo.store.contract import Transaction

pytestmark = pytest.mark.parametrize("stage", ["asking"], indirect=True)

LOOKS = 3

# where the node waits: kind, role of the node, steps, its state
WAITING = {
    "for an agreement": ("negotiation", "consumer", "<REQUEST", "REQUESTED"),
    "for the end": ("negotiation", "consumer", "<REQUEST >AGREEMENT <VERIFICATION", "VERIFIED"),
    "for a verification": ("negotiation", "provider", "<AGREEMENT", "AGREED"),
    "for a person here": ("negotiation", "consumer", "<REQUEST >OFFER", "OFFERED"),
    "for a start": ("transfer", "consumer", "<REQUEST", "REQUESTED"),
    "while data flows": ("transfer", "provider", "<START", "STARTED"),
    "while it is suspended": ("transfer", "consumer", "<REQUEST >START >SUSPENSION", "SUSPENDED"),
}


async def each(stage: Any, check: Any) -> None:
    """Let `check` have its way with every process that waits, all at once: their time runs."""

    async def one(name: str) -> None:
        talk = await stage.at(*WAITING[name][:3])
        await talk.reached(WAITING[name][3])
        await check(name, talk)

    await stage.dataset()
    await asyncio.gather(*(one(name) for name in WAITING))


async def told(talk: Any, word: str) -> list[Any]:
    entries = (await talk.node.call("GET", f"/timeline/{talk.node_pid}"))["entries"]
    return [entry for entry in entries if entry["code"] == word]


async def test_the_same_state_there_goes_on_waiting(stage: Any) -> None:
    async def agree(name: str, talk: Any) -> None:
        for _ in range(2):
            (await talk.asked()).answer(200, talk.document(WAITING[name][3]))
        seen = await stage.node.call("GET", talk.path)
        assert (seen["state"], seen["outbox"]) == (WAITING[name][3], []), name
        assert not await told(talk, "asked"), name

    await each(stage, agree)


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        (200, "", "the other side has ended it: it is TERMINATED there, and was {state} here"),
        (404, "not-found", "the other side knows no such {kind}, which is {state} here"),
    ],
)
async def test_what_is_ended_or_unknown_there_ends_here(
    stage: Any, status: int, code: str, why: str
) -> None:
    async def end(name: str, talk: Any) -> None:
        kind, _, _, state = WAITING[name]
        type_ = "ContractNegotiationError" if kind == "negotiation" else "TransferError"
        body = talk.document("TERMINATED") if status == 200 else talk.message(type_, code=code)
        for _ in range(1 if status == 200 else LOOKS):  # a refusal is believed when it stands
            (await talk.asked()).answer(status, body)
        seen = await talk.reached("TERMINATED")
        assert seen["reason"] == [why.format(kind=kind, state=state)], name
        assert seen["one_sided"] == (status == 404)
        listed = await stage.node.call("GET", f"/{kind}s?limit=100")
        (mine,) = [one for one in listed["items"] if one["pid"] == talk.node_pid]
        assert mine["reason"] == seen["reason"]
        (entry,) = await told(talk, "asked")
        assert entry["detail"]["state"] == state

    await each(stage, end)


async def test_who_was_ahead_when_a_process_changed_asks_all_the_same(stage: Any) -> None:
    talk = await stage.at(*WAITING["for an agreement"][:3])
    await stage.node.stop()
    store = await stage.node.opened_books()

    async def ahead(tx: Transaction) -> None:
        record = await tx.negotiations.get(talk.node_pid)
        assert record is not None
        await tx.negotiations.put(record, updated=clock.now() + timedelta(days=1))

    await store.run(ahead)
    await store.close()
    await stage.node.start()
    (await talk.asked()).answer(200, talk.document("TERMINATED"))
    await talk.reached("TERMINATED")


async def test_what_says_nothing_about_the_process_ends_nothing(stage: Any) -> None:
    """A page of something in between, another process, who is not let in, who is not there."""
    talk = await stage.at(*WAITING["for an agreement"][:3])
    other = {"@type": "ContractNegotiation", "consumerPid": "urn:other", "state": "TERMINATED"}
    for status, body in (
        (200, b"<html>"),
        (200, b"{}"),
        (200, json.dumps(other).encode()),
        (404, b"<html>"),
        (503, b""),
    ):
        (await talk.asked()).answer(status, body)
    for status, code in ((404, "not-proven"), (401, "not-proven"), (404, "not-proven")):
        body = talk.message("ContractNegotiationError", code=code)
        (await talk.asked()).answer(status, body)
    (await talk.asked()).answer(200, talk.document("REQUESTED"))
    assert (await talk.say("AGREEMENT"))[0] == 200
    await talk.take("VERIFICATION")
    assert (await talk.reached("VERIFIED"))["reason"] == []


# a message of ours that something in between took: kind, role, steps before it, the message,
# our state then, theirs still
TAKEN_AWAY = {
    "verification": (
        "negotiation", "consumer", "<REQUEST >AGREEMENT", "VERIFICATION", "VERIFIED", "AGREED",
    ),
    "agreement": ("negotiation", "provider", "", "AGREEMENT", "AGREED", "REQUESTED"),
    "finalised": (
        "negotiation", "provider", "<AGREEMENT >VERIFICATION", "FINALIZED", "FINALIZED", "VERIFIED",
    ),
    "end of a negotiation": (
        "negotiation", "provider", "<AGREEMENT !termination", "TERMINATION", "TERMINATED", "AGREED",
    ),
    "start": ("transfer", "provider", "", "START", "STARTED", "REQUESTED"),
    "suspension": (
        "transfer", "provider", "<START !suspension", "SUSPENSION", "SUSPENDED", "STARTED",
    ),
    "completion": (
        "transfer", "consumer", "<REQUEST >START !completion", "COMPLETION", "COMPLETED", "STARTED",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN_AWAY)
async def test_a_message_that_never_came_is_sent_again(stage: Any, case: str) -> None:
    kind, role, steps, word, ours, theirs = TAKEN_AWAY[case]
    talk = await stage.at(kind, role, steps)
    lost = await talk.heard(word)
    lost.answer(200, b"{}")
    seen = await talk.reached(ours)
    before = (seen["reason"], seen["one_sided"])
    (await talk.asked()).answer(200, talk.document(theirs))
    again = await talk.heard(word)
    assert (again.raw, again.path) == (lost.raw, lost.path)
    again.answer(200, talk.document(ours))
    noted = f"sent {again.json['@type']}"
    seen = await stage.node.until(talk.path, lambda now: now["state"] == ours)
    assert (seen["reason"], seen["one_sided"], seen["outbox"]) == (*before, [])
    if ours in {"FINALIZED", "TERMINATED", "COMPLETED"}:
        (await talk.asked()).answer(200, talk.document(ours))
    else:
        (await talk.asked()).answer(200, talk.document(ours))
        end = await talk.say("TERMINATION")
        assert end[0] == 200
    entries = (await stage.node.call("GET", f"/timeline/{talk.node_pid}"))["entries"]
    texts = [one["text"] for one in entries if one["text"].startswith(noted)]
    assert sum("sent again: the other side had not taken it" in text for text in texts) == 1


async def test_what_stays_behind_is_ended_with_both_states(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST >AGREEMENT")
    (await talk.heard("VERIFICATION")).answer(200, b"{}")
    for _ in range(LOOKS - 1):
        (await talk.asked()).answer(200, talk.document("AGREED"))
        (await talk.heard("VERIFICATION")).answer(200, b"{}")
    (await talk.asked()).answer(200, talk.document("AGREED"))
    why = "it is AGREED at the other side and VERIFIED here: a message was lost"
    assert (await talk.take("TERMINATION")).json["reason"] == [why]
    assert (await talk.reached("TERMINATED"))["reason"] == [why]


@pytest.mark.parametrize(
    ("steps", "theirs", "ours"),
    [
        ("<REQUEST", "AGREED", "REQUESTED"),
        ("<REQUEST >AGREEMENT <VERIFICATION", "FINALIZED", "VERIFIED"),
    ],
)
async def test_a_message_of_theirs_that_never_came_ends_it_with_both_states(
    stage: Any, steps: str, theirs: str, ours: str
) -> None:
    """Not at once: their own repair may be on its way."""
    talk = await stage.at("negotiation", "consumer", steps)
    for _ in range(LOOKS):
        assert await talk.state() == ours
        (await talk.asked()).answer(200, talk.document(theirs))
    why = f"it is {theirs} at the other side and {ours} here: a message was lost"
    if theirs != "FINALIZED":
        assert (await talk.take("TERMINATION")).json["reason"] == [why]
    seen = await talk.reached("TERMINATED")
    assert (seen["reason"], seen["one_sided"]) == ([why], theirs == "FINALIZED")


async def test_their_own_repair_comes_first(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST >AGREEMENT <VERIFICATION")
    for _ in range(LOOKS - 1):
        (await talk.asked()).answer(200, talk.document("FINALIZED"))
    question = await talk.asked()
    assert (await talk.say("FINALIZED"))[0] == 200
    question.answer(200, talk.document("FINALIZED"))
    assert (await talk.reached("FINALIZED"))["reason"] == []


async def test_a_question_outlives_a_restart(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    await talk.asked()
    await stage.restart()
    (await talk.asked()).answer(200, talk.document("TERMINATED"))
    assert (await talk.reached("TERMINATED"))["reason"]
