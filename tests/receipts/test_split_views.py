"""A log with two histories is found, kept as the proof that it is, and trusted no more."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from tests.conftest import Refused
from tests.receipts.forging import Forger

from faifo.ledger.note import parse_vkey
from proofs import opened

PATIENCE = 60.0
SOON = "\n[receipts]\ndelay_seconds = 0.05\n"
LATER = "\n[receipts]\ndelay_seconds = 3600.0\n"


async def peer_log(node: Any) -> dict[str, Any]:
    [found] = (await node.call("GET", "/log"))["peers"]
    return dict(found)


async def until_event(node: Any, name: str) -> None:
    """Wait until the journal of a node has an event."""
    async with asyncio.timeout(PATIENCE), node.opened("GET", "/events?after=0") as events:
        async for line in events.content:
            if f'"{name}"'.encode() in line:
                return
    raise AssertionError(f"no {name}")


async def test_two_heads_of_one_size_are_the_proof_and_end_the_trust(new_pair: Any):
    pair = await new_pair(LATER)
    agreement = await pair.agreement(await pair.publish())
    key = (await pair.provider.call("GET", "/log"))["key"]
    size = (await peer_log(pair.consumer))["size"]
    forged = Forger(pair.provider).receipt(size)
    answer = await Forger(pair.provider).hand(pair.consumer, forged)
    assert answer["refused"] == [{"number": 0, "fault": "fork"}]
    found = await peer_log(pair.consumer)
    heads = [opened(one.encode(), parse_vkey(key)) for one in found["fork"]]
    assert {one.size for one in heads} == {size}
    assert len({one.root for one in heads}) == 2
    stops = (await pair.consumer.call("GET", "/stops"))["items"]
    assert [(one["kind"], one["name"]) for one in stops] == [("partner", pair.provider.did)]
    assert (await pair.consumer.call("GET", f"/agreements/{agreement}"))["ended"]
    # What it hands over after that proves nothing either.
    again = await Forger(pair.provider).hand(pair.consumer, Forger(pair.provider).receipt(size + 9))
    assert again["refused"] == [{"number": 0, "fault": "fork"}]


async def test_after_a_fork_nothing_else_of_its_batch_is_believed(new_pair: Any):
    pair = await new_pair(LATER)
    await pair.agreement(await pair.publish())
    size = (await peer_log(pair.consumer))["size"]
    forger = Forger(pair.provider)
    good = forger.receipt(size + 5)
    answer = await forger.hand(pair.consumer, good, forger.receipt(size), good)
    assert [(one["number"], one["fault"]) for one in answer["refused"]] == [
        (1, "fork"),
        (2, "fork"),
    ]


async def test_a_head_that_the_tiles_do_not_continue_is_found_when_the_log_grows(new_pair: Any):
    pair = await new_pair(SOON)
    await pair.agreement(await pair.publish())
    size = (await pair.provider.call("GET", "/log"))["size"]
    forger = Forger(pair.provider)
    forged = forger.receipt(size + 1)
    answer = await forger.hand(pair.consumer, forged)
    assert "refused" not in answer  # it may be of a larger log than was seen so far

    async def grow() -> None:
        with contextlib.suppress(Refused):  # as soon as it is found the provider is stopped
            await pair.agreement(await pair.publish())

    growing = asyncio.gather(*(grow() for _ in range(3)), return_exceptions=True)
    async with asyncio.timeout(PATIENCE):
        while (grown := (await pair.provider.call("GET", "/log"))["size"]) < size + 2:
            await asyncio.sleep(0.05)
    # The consumer may have been shown both by now, and then hears nothing from the provider (403).
    assert await forger.show(pair.consumer, await forger.true_head(grown)) in {200, 403}
    await forger.hand(pair.consumer, forged)
    await until_event(pair.consumer, "peer-log-forked")
    growing.cancel()
    assert len((await peer_log(pair.consumer))["fork"]) == 2


async def test_a_larger_head_that_the_tiles_contradict_needs_no_further_receipt(new_pair: Any):
    pair = await new_pair(SOON)
    await pair.agreement(await pair.publish())
    size = (await pair.provider.call("GET", "/log"))["size"]
    forged = Forger(pair.provider).receipt(size + 3)
    answer = await Forger(pair.provider).hand(pair.consumer, forged)
    assert "refused" not in answer
    assert (await peer_log(pair.consumer))[
        "fork"
    ] == []  # the true log may still come to be so large
    # It grows by what the provider tells nobody of: that it was given receipts that are none.
    bad = {"receipt": "none"}
    while (await pair.provider.call("GET", "/log"))["size"] < size + 4:
        await Forger(pair.consumer).hand(pair.provider, bad)
    await until_event(pair.consumer, "peer-log-forked")
    key = (await pair.provider.call("GET", "/log"))["key"]
    notes = (await peer_log(pair.consumer))["fork"]
    heads = [opened(one.encode(), parse_vkey(key)) for one in notes]
    assert forged["receipt"].endswith(notes[0])
    assert heads[0].size <= heads[1].size
    stops = (await pair.consumer.call("GET", "/stops"))["items"]
    assert [(one["kind"], one["name"]) for one in stops] == [("partner", pair.provider.did)]


async def test_an_honest_log_is_followed_to_its_newest_head(new_pair: Any):
    pair = await new_pair(SOON)
    for _ in range(3):
        await pair.agreement(await pair.publish())
    await until_event(pair.consumer, "peer-checkpoint-seen")
    found = await peer_log(pair.consumer)
    assert found["fork"] == []
    assert found["size"] >= 1


async def test_receipts_that_prove_nothing_are_refused_and_written_down(new_pair: Any):
    pair = await new_pair(LATER)
    await pair.agreement(await pair.publish())
    forger = Forger(pair.provider)
    size = (await pair.provider.call("GET", "/log"))["size"]
    good = forger.receipt(size + 5)
    forger.origin = "elsewhere.example/log"
    foreign = forger.receipt(size + 6)
    cases = {
        "shape": {**good, "receipt": good["receipt"].replace("index", "place")},
        "inclusion": {
            **good,
            "receipt": good["receipt"].replace(f"index {size + 4}", f"index {size + 3}"),
        },
        "opening": {**good, "opening": good["opening"].replace("true", "false")},
        "origin": foreign,
    }  # fmt: skip
    answer = await forger.hand(pair.consumer, *cases.values())
    found = {one["number"]: one["fault"] for one in answer["refused"]}
    assert list(found) == [0, 1, 2, 3]
    assert [found[0], found[2], found[3]] == ["shape", "opening", "origin"]
    assert found[1] in {"inclusion", "shape"}
    await until_event(pair.consumer, "receipt-bad")
