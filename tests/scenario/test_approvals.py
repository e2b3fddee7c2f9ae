"""A request that a person must agree to: it waits, and goes on as that person decides."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec

from faifo import clock
from faifo.client import Client
from faifo.store.contract import Transaction

PASSPHRASE = "a long passphrase of a test"


async def held(pair: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return the consumer's negotiation, the provider's once it waits, and the dataset."""
    dataset = await pair.publish(approval=["person"])
    begun = await pair.negotiate(dataset)
    seen = await pair.consumer.until(f"/negotiations/{begun['pid']}", lambda one: one["peer_pid"])
    waits = await pair.provider.until(
        f"/negotiations/{seen['peer_pid']}", lambda one: one["hold"] == "approval"
    )
    return seen, waits, dataset


async def decide(pair: Any, outcome: str, kind: str = "approval") -> None:
    if not (await pair.provider.call("GET", "/people"))["items"]:
        person = {"name": "An", "role": "approver", "passphrase": PASSPHRASE}
        await pair.provider.call("POST", "/people", person)
    (review,) = (await pair.provider.call("GET", "/reviews?state=open"))["items"]
    assert review["kind"] == kind
    shown = await pair.provider.call("GET", f"/reviews/{review['id']}")
    assert pair.consumer.did in shown["shown"]
    assert "What was written" not in shown["shown"]  # nobody wrote anything: the terms stand there
    order = {
        "person": "An",
        "passphrase": PASSPHRASE,
        "outcome": outcome,
        "reason": "as agreed",
        "shown_sha256": shown["shown_sha256"],
        "shown_lang": "en",
    }
    await pair.provider.call("POST", f"/reviews/{review['id']}/decision", order)


async def test_who_agrees_makes_the_agreement_and_the_data_flow(pair: Any) -> None:
    seen, waits, _ = await held(pair)
    points = (await pair.provider.call("GET", "/status"))["points"]
    assert [one["code"] for one in points if one["group"] == "waits"] == ["review"]
    assert waits["state"] == "REQUESTED"
    await pair.provider.stop()
    await pair.provider.start()
    await decide(pair, "uphold")
    done = await pair.consumer.settled(f"/negotiations/{seen['pid']}")
    assert done["state"] == "FINALIZED"
    await pair.provider.settled(f"/negotiations/{done['peer_pid']}")
    await pair.transfer(done["agreement"])
    stages = [one.event for one in pair.provider.records("journal")]
    assert "review-wanted" in stages
    assert "review-decided" in stages


async def test_who_does_not_agree_ends_it_with_the_reason(pair: Any) -> None:
    seen, _, _ = await held(pair)
    await decide(pair, "reject")
    done = await pair.consumer.settled(f"/negotiations/{seen['pid']}", "TERMINATED")
    assert done["reason"] == ["A person of the provider has not agreed to it."]


async def test_what_ends_meanwhile_is_no_longer_asked(pair: Any) -> None:
    seen, _, _ = await held(pair)
    path = f"/negotiations/{seen['pid']}"
    await pair.consumer.call("POST", f"{path}/termination", {"reason": "no longer needed"})
    await pair.consumer.settled(path, "TERMINATED")
    await pair.provider.settled(f"/negotiations/{seen['peer_pid']}", "TERMINATED")
    assert (await pair.provider.call("GET", "/reviews?state=open"))["items"] == []
    (gone,) = (await pair.provider.call("GET", "/reviews"))["items"]
    assert gone["state"] == "lapsed"


async def test_nobody_is_asked_where_the_rules_refuse_anyway(pair: Any) -> None:
    dataset = await pair.publish(approval=["person"], purposes=["research"])
    status, _ = await pair.consumer.raw(
        "POST",
        "/negotiations",
        {"node": pair.provider.did, "dataset": dataset, "purpose": "marketing", "reuse": False},
    )
    assert status in {403, 404}
    assert (await pair.provider.call("GET", "/reviews"))["items"] == []


async def test_nobody_decides_until_the_deadline(pair: Any) -> None:
    seen, waits, _ = await held(pair)
    await pair.provider.stop()
    store = await pair.provider.opened_books()

    async def later(tx: Transaction) -> None:
        """Let as much time pass as a person has."""
        record = await tx.negotiations.get(waits["pid"])
        assert record is not None
        assert record.hold_until is not None
        assert record.hold_until > clock.now() + timedelta(days=1)
        await tx.negotiations.put(msgspec.structs.replace(record, hold_until=clock.now()))
        for timer in await tx.timers.find(subject=waits["pid"]):
            if timer.due >= record.hold_until - timedelta(minutes=5):
                await tx.timers.delete(timer.kind, timer.subject)
                await tx.timers.put(msgspec.structs.replace(timer, due=clock.now(), revision=0))

    await store.run(later)
    await store.close()
    await pair.provider.start()
    ended = await pair.consumer.settled(f"/negotiations/{seen['pid']}", "TERMINATED")
    assert ended["reason"] == ["no decision came in time (days: 7)"]
    await pair.provider.settled(f"/negotiations/{waits['pid']}", "TERMINATED")
    (review,) = (await pair.provider.call("GET", "/reviews"))["items"]
    assert review["state"] == "lapsed"


async def test_each_call_waits_for_a_person(pair: Any) -> None:
    dataset = await pair.publish("a,b\n1,2\n", approval=["each-use"])
    begun = await pair.negotiate(dataset)
    seen = await pair.consumer.until(f"/negotiations/{begun['pid']}", lambda one: one["peer_pid"])
    there = f"/negotiations/{seen['peer_pid']}"
    await pair.provider.until(there, lambda one: one["hold"] == "approval")
    await decide(pair, "uphold")
    done = await pair.consumer.settled(f"/negotiations/{seen['pid']}")
    await pair.provider.settled(there)
    key = (pair.consumer.path / "manage.key").read_text()
    async with Client(pair.consumer.manage_url, key) as client:
        token = await client.token(done["agreement"])

    async def get() -> tuple[int, str]:
        headers = {"Authorization": token.authorization}
        async with (
            aiohttp.ClientSession() as session,
            session.get(token.endpoint, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    for outcome, status in (("uphold", 200), ("reject", 403)):
        call = asyncio.create_task(get())
        async with asyncio.timeout(30):
            while not (await pair.provider.call("GET", "/reviews?state=open"))["items"]:
                await asyncio.sleep(0.05)
        await decide(pair, outcome, kind="access")
        assert (await call)[0] == status
