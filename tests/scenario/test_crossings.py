"""Both sides speak at once: each takes the other's message, and both end in the same state.

What ends more prevails: a termination over everything, a completion over a suspension. The weaker
message is refused where the stronger one is under way.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

# kind, role of the node, steps up to our message under way, what the peer says, the status of our
# answer, and the state once ours is acknowledged
CROSSINGS = {
    "termination, agreement": (
        "negotiation", "consumer", "<REQUEST !termination ?TERMINATION", "AGREEMENT", 200,
        "TERMINATED",
    ),
    "termination, offer": (
        "negotiation", "consumer", "<REQUEST !termination ?TERMINATION", "OFFER", 200,
        "TERMINATED",
    ),
    "consumer's termination, termination": (
        "negotiation", "consumer", "<REQUEST !termination ?TERMINATION", "TERMINATION", 200,
        "TERMINATED",
    ),
    "provider's termination, termination": (
        "negotiation", "provider", "<AGREEMENT !termination ?TERMINATION", "TERMINATION", 200,
        "TERMINATED",
    ),
    "termination, finalised": (
        "negotiation", "consumer", "<REQUEST >AGREEMENT <VERIFICATION !termination ?TERMINATION",
        "FINALIZED", 400, "TERMINATED",
    ),
    "agreement, termination": (
        "negotiation", "provider", "?AGREEMENT", "TERMINATION", 200, "TERMINATED",
    ),
    "finalised, termination": (
        "negotiation", "provider", "<AGREEMENT >VERIFICATION ?FINALIZED", "TERMINATION", 200,
        "TERMINATED",
    ),
    "verification, termination": (
        "negotiation", "consumer", "<REQUEST >AGREEMENT ?VERIFICATION", "TERMINATION", 200,
        "TERMINATED",
    ),
    "start, termination": ("transfer", "provider", "?START", "TERMINATION", 200, "TERMINATED"),
    **{
        f"{role}'s {ours.lower()}, {theirs.lower()}": (
            "transfer", role,
            f"{'<REQUEST >START' if role == 'consumer' else '<START'}"
            f" !{ours.lower()} ?{ours}",
            theirs, status, state,
        )
        for role in ("consumer", "provider")
        for ours, theirs, status, state in (
            ("COMPLETION", "SUSPENSION", 400, "COMPLETED"),
            ("COMPLETION", "COMPLETION", 200, "COMPLETED"),
            ("COMPLETION", "TERMINATION", 200, "TERMINATED"),
            ("SUSPENSION", "SUSPENSION", 200, "SUSPENDED"),
            ("SUSPENSION", "COMPLETION", 200, "COMPLETED"),
            ("SUSPENSION", "TERMINATION", 200, "TERMINATED"),
            ("TERMINATION", "SUSPENSION", 200, "TERMINATED"),
            ("TERMINATION", "COMPLETION", 400, "TERMINATED"),
            ("TERMINATION", "TERMINATION", 200, "TERMINATED"),
        )
    },
    "both start again": (
        "transfer", "consumer", "<REQUEST >START >SUSPENSION !start ?START", "START", 200,
        "STARTED",
    ),
}  # fmt: skip


@pytest.mark.parametrize("killed", [False, True], ids=["alive", "killed between"])
@pytest.mark.parametrize("case", CROSSINGS)
async def test_both_orders_end_the_same(stage: Any, case: str, killed: bool) -> None:
    kind, role, steps, word, expected, state = CROSSINGS[case]
    talk = await stage.at(kind, role, steps)
    if killed:
        await stage.restart()
        talk.pending = await talk.heard(steps.split()[-1][1:])
    status, body = await talk.say(word)
    assert status == expected, body
    talk.pending.answer(200)
    seen = await talk.reached(state)
    assert not seen["one_sided"]
    messages = stage.node.records("history")
    ours = [one for one in messages if one.body == talk.pending.raw and one.direction == "out"]
    assert len(ours) == 1, "what went out stands in the books once"


async def test_two_real_nodes_agree_whatever_both_say_at_once(pair: Any) -> None:
    words = ("termination", "suspension", "completion")
    agreement = await pair.agreement(await pair.publish())
    cases = list(itertools.product(words, words)) * 2
    transfers = [await pair.transfer(agreement) for _ in cases]
    await asyncio.gather(
        *(
            node.raw("POST", f"/transfers/{one[pid]}/{word}", {})
            for one, case in zip(transfers, cases, strict=True)
            for node, pid, word in (
                (pair.consumer, "pid", case[0]),
                (pair.provider, "peer_pid", case[1]),
            )
        )
    )
    ended = ("COMPLETED", "TERMINATED", "SUSPENDED")
    states = set()
    for one, case in zip(transfers, cases, strict=True):
        ours = await pair.consumer.settled(f"/transfers/{one['pid']}", *ended)
        theirs = await pair.provider.settled(f"/transfers/{one['peer_pid']}", *ended)
        # The first may have had to wait for what the second still had under way.
        ours = await pair.consumer.settled(f"/transfers/{one['pid']}", theirs["state"])
        assert ours["state"] == theirs["state"], case
        assert (ours["one_sided"], theirs["one_sided"]) == (False, False), case
        states.add(ours["state"])
    assert states == set(ended)


async def test_saying_the_same_twice_says_it_once(stage: Any) -> None:
    talk = await stage.at("transfer", "provider", "<START !termination ?TERMINATION")
    await talk.order("termination")
    talk.pending.answer(200)
    seen = await talk.reached("TERMINATED")
    assert not seen["one_sided"]
    sent = [one.message for one in stage.node.records("history") if one.process == talk.node_pid]
    assert sent.count("TransferTerminationMessage") == 1


async def test_an_offer_waits_for_a_person_and_an_agreement_does_not_break_a_termination(
    stage: Any,
) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST !termination ?TERMINATION")
    assert (await talk.say("AGREEMENT"))[0] == 200
    assert await talk.state() == "AGREED"
    view = await stage.node.call("GET", talk.path)
    types = [row["message"] for row in view["outbox"]]
    assert types == ["ContractNegotiationTerminationMessage"]
    talk.pending.answer(200)
    await talk.reached("TERMINATED")


async def test_a_message_taken_back_is_not_sent_again(stage: Any) -> None:
    talk = await stage.at("transfer", "provider", "?START")
    talk.pending.answer(503)
    again = await talk.heard("START")
    again.answer(503)
    await stage.node.call("POST", f"{talk.path}/termination", {})
    await talk.take("TERMINATION")
    await talk.reached("TERMINATED")
    # The pause after a second failure is half a second: what was taken back would come by then.
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.5):
            await talk.heard("START")
