"""A serious incident suspends an AI passport everywhere; a person's final report lifts it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from exchange import FAIR

from faifo import clock
from faifo.ai.passport import dsse

REPORT: dict[str, Any] = {
    "title": "Refusals by postcode",
    "description": "Applicants of two postcodes are refused",
    "relation": "the model proposes the refusals",
    "submitter": "Bank",
    "supporting": ["audit 7"],
    "severity": "serious-incident",
    "harm_types": ["economic"],
}
FINAL = {
    "act": "closed",
    "person": "Lê Thị An",
    "content": {"cause": "a label", "corrective": "trained again", "preventive": "labels checked"},
}


async def _subscribed(sender: Any, receiver: Any) -> None:
    await sender.call("POST", "/datasets", {"carries": "ai-incidents", "id": "incidents"})
    order = {"node": sender.did, "dataset": "incidents", "reuse": False}
    begun = await receiver.call("POST", "/negotiations", order)
    done = await receiver.settled(f"/negotiations/{begun['pid']}")
    await sender.settled(f"/negotiations/{done['peer_pid']}")


async def _reported(sender: Any, passport: Path, **more: Any) -> str:
    content = {**REPORT, "passports": [dsse.name(passport.read_bytes())]}
    content |= more.pop("content", {})
    order = {
        "kind": "ai-incidents", "dataset": "incidents", "content": content, "tlp": "AMBER",
        "confirmed": True, **more,
    }  # fmt: skip
    name = str((await sender.call("POST", "/notices", order))["id"])
    report = await sender.call("GET", f"/notices/{name}/report?wait=20&stage=received")
    assert [line["trouble"] for line in report["receivers"]] == [None]
    return name


async def _state(node: Any, name: str, good: Any) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while not good(found := await node.call("GET", f"/notices/{name}")):
            await asyncio.sleep(0.05)
    return dict(found)


@pytest.fixture
async def told(exchange: Any) -> tuple[Any, Path]:
    """The regulator uses the bank's model, and gets its incidents."""
    passport = exchange.passport(FAIR)
    assert (await exchange.publish("loans", passport)).code == 0
    await _subscribed(exchange.provider, exchange.consumer)
    called = await exchange.call("loans")
    assert called.code == 0, called.err
    return exchange, passport


async def test_the_next_decision_and_what_runs_see_it_until_the_final_report(told: Any):
    exchange, passport = told
    provider, consumer = exchange.provider, exchange.consumer
    before = await consumer.call("GET", "/transfers")
    assert {one["state"] for one in before["items"]} == {"STARTED"}
    name = await _reported(provider, passport)
    assert not (await exchange.check("loans"))["passes"]
    came = await consumer.call("GET", f"/notices/{name}")
    assert (came["state"], came["suspended"]) == ("open", [dsse.name(passport.read_bytes())])
    for node in (provider, consumer):
        for one in (await node.call("GET", "/transfers"))["items"]:
            await node.settled(f"/transfers/{one['pid']}", "SUSPENDED")
    calls = exchange.calls
    assert (await exchange.call("loans")).code == 3
    published = await provider.call("GET", "/datasets/loans")
    assert published["passport_status"] == "suspended"
    with pytest.raises(Exception, match="not enough is said for closed"):
        await provider.call("POST", f"/notices/{name}/end", {**FINAL, "content": {}})
    await provider.call("POST", f"/notices/{name}/end", FINAL)
    found = await _state(consumer, name, lambda one: one["state"] == "closed")
    assert found["said"][0]["content"] == FINAL["content"]
    assert (await exchange.check("loans"))["passes"]
    assert exchange.calls == calls
    assert (await exchange.call("loans")).code == 0


@pytest.mark.parametrize(
    "more", [{"exercise": True}, {"content": {"severity": "hazard"}}], ids=["exercise", "hazard"]
)
async def test_a_drill_and_a_hazard_stop_nothing(told: Any, more: dict[str, Any]):
    exchange, passport = told
    name = await _reported(exchange.provider, passport, **more)
    assert (await exchange.check("loans"))["passes"]
    assert (await exchange.call("loans")).code == 0
    found = await exchange.consumer.call("GET", f"/notices/{name}")
    assert (found["exercise"], found["suspended"]) == (more.get("exercise", False), [])


async def test_who_has_no_standing_is_held_and_a_person_decides(told: Any):
    exchange, passport = told
    provider, consumer = exchange.provider, exchange.consumer
    # The other way round: the regulator reports about the bank's model, to the bank.
    await _subscribed(consumer, provider)
    name = await _reported(consumer, passport)
    held = await provider.call("GET", f"/notices/{name}")
    assert (held["state"], held["suspended"]) == ("held", [])
    assert (await provider.call("GET", "/datasets/loans"))["passport_status"] == "valid"
    # At home the word of one's own people counts at once.
    assert not (await exchange.check("loans"))["passes"]
    (waits,) = (await provider.call("GET", "/reviews?state=open"))["items"]
    points = (await provider.call("GET", "/status"))["points"]
    assert [one["subject"] for one in points if one["group"] == "waits"] == [waits["id"]]  # once
    secret = {"name": "Lê Thị An", "role": "approver", "passphrase": "một câu đủ dài để nhớ"}
    await provider.call("POST", "/people", secret)
    shown = await provider.call("GET", f"/reviews/{waits['id']}")
    assert "Refusals by postcode" in shown["shown"]
    decision = {
        "person": "Lê Thị An", "passphrase": secret["passphrase"], "outcome": "uphold",
        "reason": "seen", "shown_sha256": shown["shown_sha256"],
    }  # fmt: skip
    await provider.call("POST", f"/reviews/{waits['id']}/decision", decision)
    decided = await provider.call("GET", f"/notices/{name}")
    assert (decided["state"], len(decided["suspended"])) == ("open", 1)
    assert (await provider.call("GET", "/datasets/loans"))["passport_status"] == "suspended"


async def test_an_answer_travels_with_the_report_and_a_wrong_one_is_withdrawn(told: Any):
    exchange, passport = told
    provider, consumer = exchange.provider, exchange.consumer
    name = await _reported(provider, passport)
    said = {"person": "Kim", "text": "this model was never in use here"}
    await consumer.call("POST", f"/notices/{name}/answers", said)
    found = await _state(provider, name, lambda one: one["said"])
    assert [(one["act"], one["by"], one["text"]) for one in found["said"]] == [
        ("answer", consumer.did, said["text"])
    ]
    wrong = {"act": "withdrawn", "person": "Lê Thị An", "text": "another model"}
    await provider.call("POST", f"/notices/{name}/end", wrong)
    found = await _state(consumer, name, lambda one: one["state"] == "withdrawn")
    assert sorted(one["act"] for one in found["said"]) == ["answer", "withdrawn"]
    assert (await exchange.check("loans"))["passes"]


async def test_it_is_seen_within_a_second_of_its_arrival(told: Any):
    exchange, passport = told
    name = await _reported(exchange.provider, passport)
    arrived = next(
        entry.at
        for entry in exchange.consumer.records("journal")
        if entry.event == "passport-suspended"
    )
    kept = await exchange.consumer.call("GET", f"/notices/{name}")
    # In the unit of work of the arrival itself: no time passes between.
    assert kept["at"] == clock.text(arrived)
    assert timedelta() <= clock.now() - arrived
