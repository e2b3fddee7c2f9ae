"""What the other side may answer to each of our messages, and how each answer ends.

Nothing ends in silence: a message is acknowledged, tried again, or its process ends with the reason
in its record and in its timeline (design §6).
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

# our message: kind, role of the node, steps up to it, the state once it is acknowledged
MESSAGES = {
    "request": ("negotiation", "consumer", "?REQUEST", "REQUESTED"),
    "acceptance": ("negotiation", "consumer", "<REQUEST >OFFER !acceptance ?ACCEPTED", "ACCEPTED"),
    "verification": ("negotiation", "consumer", "<REQUEST >AGREEMENT ?VERIFICATION", "VERIFIED"),
    "agreement": ("negotiation", "provider", "?AGREEMENT", "AGREED"),
    "finalised": ("negotiation", "provider", "<AGREEMENT >VERIFICATION ?FINALIZED", "FINALIZED"),
    "termination of a negotiation": (
        "negotiation",
        "provider",
        "<AGREEMENT !termination ?TERMINATION",
        "TERMINATED",
    ),
    "transfer request": ("transfer", "consumer", "?REQUEST", "REQUESTED"),
    "start": ("transfer", "provider", "?START", "STARTED"),
    "suspension": ("transfer", "provider", "<START !suspension ?SUSPENSION", "SUSPENDED"),
    "completion": (
        "transfer",
        "consumer",
        "<REQUEST >START !completion ?COMPLETION",
        "COMPLETED",
    ),
    "termination of a transfer": (
        "transfer",
        "consumer",
        "<REQUEST >START !termination ?TERMINATION",
        "TERMINATED",
    ),
}
FIRST = ("request", "transfer request")
# After these the other side may have ended well.
CLOSING = ("verification", "finalised", "completion")
ACKNOWLEDGEMENTS = {
    "200 without a body": (200, b""),
    "202 with another document": (202, b'{"state": "FINALIZED", "providerPid": 7}'),
    "204": (204, b""),
}
PAGES = {
    "garbage": (200, b"\xff<html>{"),
    "deep nesting": (200, b"[" * 100_000),
    "a page that forbids": (403, b"<html>blocked"),
}


async def _all(stage: Any) -> dict[str, Any]:
    return {name: await stage.at(*row[:3]) for name, row in MESSAGES.items()}


def _word(name: str) -> str:
    return MESSAGES[name][2].split()[-1][1:]


@pytest.mark.parametrize("case", ACKNOWLEDGEMENTS)
async def test_every_2xx_of_the_other_side_acknowledges(stage: Any, case: str) -> None:
    """But for a first message: only its process does."""
    status, body = ACKNOWLEDGEMENTS[case]
    for name, talk in (await _all(stage)).items():
        talk.pending.answer(status, body)
        if name in FIRST:
            (await talk.heard(_word(name))).answer(201, talk.document())
        seen = await talk.reached(MESSAGES[name][3])
        assert not seen["one_sided"], name
        assert bool(seen["reason"]) == (_word(name) in {"TERMINATION", "SUSPENSION"}), name


@pytest.mark.parametrize("case", PAGES)
async def test_a_page_of_something_in_between_is_no_answer(stage: Any, case: str) -> None:
    status, body = PAGES[case]

    async def speak_for_it(name: str, talk: Any) -> None:
        talk.pending.answer(status, body)
        again = await talk.heard(_word(name))
        assert again.raw == talk.pending.raw
        row = (await stage.node.call("GET", talk.path))["outbox"][0]
        assert row["last_error"].startswith(f"something in between answered {status} for "), name
        again.answer(200, talk.document())
        seen = await talk.reached(MESSAGES[name][3])
        assert not seen["one_sided"], name

    await asyncio.gather(*(speak_for_it(*item) for item in (await _all(stage)).items()))


@pytest.mark.parametrize("status", [400, 401, 404, 307])
async def test_a_refusal_that_stands_ends_the_process_with_its_reason(
    stage: Any, status: int
) -> None:
    body = b'{"code": "no", "reason": ["the moon is wrong"]}'

    async def refuse(name: str, talk: Any) -> None:
        first = name in FIRST
        talk.pending.answer(status, body)
        for _ in range(0 if first and status != 401 else 2):
            (await talk.heard(_word(name))).answer(status, body)
        if not first and status != 404:
            (await talk.asked()).answer(404, body)
        alone = first or status == 404 or "termination" in name
        if not alone:
            end = await talk.take("TERMINATION")
            assert "the moon is wrong" in end.json["reason"], name
        seen = await talk.reached("TERMINATED")
        assert seen["one_sided"] == alone, name
        assert "the moon is wrong" in seen["reason"], name
        entries = (await stage.node.call("GET", f"/timeline/{talk.node_pid}"))["entries"]
        told = [f"answered {status} (the moon is wrong)" in entry["text"] for entry in entries]
        assert sum(told) == 1, name

    talks = await _all(stage)
    if status == 401:
        for name in CLOSING:
            talks.pop(name).pending.answer(200)
    await asyncio.gather(*(refuse(name, talk) for name, talk in talks.items()))


async def test_where_the_other_side_has_it_already_no_refusal_ends_anything(stage: Any) -> None:
    """An earlier attempt was taken, and something in between has kept the answer."""
    body = b'{"code": "no", "reason": ["again"]}'

    async def refuse(name: str, talk: Any) -> None:
        state = MESSAGES[name][3]
        talk.pending.answer(400, body)
        for _ in range(2):
            (await talk.heard(_word(name))).answer(400, body)
        (await talk.asked()).answer(200, talk.document(state))
        seen = await talk.reached(state)
        assert not seen["one_sided"], name

    talks = {name: talk for name, talk in (await _all(stage)).items() if name not in FIRST}
    await asyncio.gather(*(refuse(name, talk) for name, talk in talks.items()))


async def test_who_ended_well_is_right_though_we_break_off(stage: Any) -> None:
    talk = await stage.at(*MESSAGES["termination of a transfer"][:3])
    body = b'{"code": "no", "reason": ["it is complete"]}'
    talk.pending.answer(400, body)
    for _ in range(2):
        (await talk.heard("TERMINATION")).answer(400, body)
    (await talk.asked()).answer(200, talk.document("COMPLETED"))
    seen = await talk.reached("COMPLETED")
    assert not seen["one_sided"]


@pytest.mark.parametrize("status", [401, 404])
async def test_not_being_let_in_for_some_seconds_ends_nothing(stage: Any, status: int) -> None:
    """A clock that jumps, a key or a status list that cannot be had: 401 is about no process.

    Nor is the 404 of a node that cannot prove who asks, and so does not tell what it has.
    """
    body = b'{"code": "not-proven", "reason": ["who is it?"]}'

    async def refuse(name: str, talk: Any) -> None:
        talk.pending.answer(status, body)
        for _ in range(3):
            (await talk.heard(_word(name))).answer(status, body)
        # Whoever believed the third would have asked, and ended it.
        (await talk.heard(_word(name))).answer(200, talk.document())
        seen = await talk.reached(MESSAGES[name][3])
        assert not seen["one_sided"], name

    talks = {name: await stage.at(*MESSAGES[name][:3]) for name in CLOSING}
    await asyncio.gather(*(refuse(name, talk) for name, talk in talks.items()))


@pytest.mark.parametrize("status", [500, 503, 408, 429])
async def test_an_outage_is_tried_again_with_the_same_bytes(stage: Any, status: int) -> None:
    async def fail(name: str, talk: Any) -> None:
        talk.pending.answer(status, b"oops")
        again = await talk.heard(_word(name))
        assert again.raw == talk.pending.raw
        row = (await stage.node.call("GET", talk.path))["outbox"][0]
        assert row["attempts"] == 1, name
        expected = f"answered {status}: the other side answered {status} without a reason"
        assert row["last_error"] == expected
        again.answer(200, talk.document())
        seen = await talk.reached(MESSAGES[name][3])
        assert not seen["one_sided"]

    talks = await _all(stage)
    await asyncio.gather(*(fail(name, talk) for name, talk in talks.items()))


@pytest.mark.parametrize("stage", ["impatient"], indirect=True)
async def test_silence_is_tried_again_and_seen(stage: Any) -> None:
    async def be_silent(name: str, talk: Any) -> None:
        again = await talk.heard(_word(name))
        assert again.raw == talk.pending.raw
        row = (await stage.node.call("GET", talk.path))["outbox"][0]
        assert "no answer in 3" in row["last_error"], row
        again.answer(200, talk.document())
        await talk.reached(MESSAGES[name][3])

    talks = await _all(stage)
    await asyncio.gather(*(be_silent(name, talk) for name, talk in talks.items()))
