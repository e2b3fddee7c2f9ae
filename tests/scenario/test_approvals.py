"""A request that a person must agree to: it waits, and goes on as that person decides."""

from __future__ import annotations

from typing import Any

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


async def decide(pair: Any, outcome: str) -> None:
    person = {"name": "An", "role": "approver", "passphrase": PASSPHRASE}
    await pair.provider.call("POST", "/people", person)
    (review,) = (await pair.provider.call("GET", "/reviews?state=open"))["items"]
    assert review["kind"] == "approval"
    shown = await pair.provider.call("GET", f"/reviews/{review['id']}")
    assert pair.consumer.did in shown["shown"]
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
