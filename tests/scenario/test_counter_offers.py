"""A provider's offer is accepted, or answered with one's own (DSP 2025-1 §7.2.1 and §7.2.5)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conftest import Refused

from faifo.client import Client
from faifo.policy.terms import Terms, offer
from faifo.policy.wording import difference

from .conftest import DATASET, OFFER_ID

OWN = Terms(purposes=("research",))


def client(stage: Any) -> Client:
    return Client(stage.node.manage_url, (stage.node.path / "manage.key").read_text())


async def test_an_offer_is_answered_with_one_s_own(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST >OFFER")
    async with client(stage) as own:
        agreed = asyncio.create_task(own.counter_offer(talk.node_pid, OWN))
        request = await talk.heard("REQUEST")
        assert request.path == f"/negotiations/{talk.peer_pid}/request"
        named = {"@id": OFFER_ID, "@type": "Offer", "target": DATASET}
        assert request.json["offer"] == {**named, **offer(OWN)}
        assert request.json["providerPid"] == talk.peer_pid
        request.answer(200, talk.document())
        await talk.moved("REQUESTED")
        agreement = talk.agreement_document(**offer(OWN))
        assert (await talk.say("AGREEMENT", agreement=agreement))[0] == 200
        await talk.take("VERIFICATION")
        await talk.moved("VERIFIED")
        await talk.say("FINALIZED")
        assert (await agreed).agreement == agreement["@id"]


async def test_an_offer_is_accepted(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST >OFFER")
    async with client(stage) as own:
        agreed = asyncio.create_task(own.accept_offer(talk.node_pid))
        await talk.take("ACCEPTED")
        await talk.moved("ACCEPTED")
        assert (await talk.say("AGREEMENT"))[0] == 200
        await talk.take("VERIFICATION")
        await talk.moved("VERIFIED")
        await talk.say("FINALIZED")
        assert (await agreed).state == "FINALIZED"


async def test_without_an_offer_there_is_nothing_to_answer(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    with pytest.raises(Refused) as caught:
        await talk.order("request", terms={"purposes": ["research"]})
    assert caught.value.status == 409


async def test_an_offer_of_one_s_own_begins_a_negotiation(stage: Any) -> None:
    order = {"node": stage.peer.did, "dataset": DATASET, "terms": {"purposes": ["research"]}}
    begun = await stage.node.call("POST", "/negotiations", order)
    request = await stage.peer.take(lambda one: begun["pid"] in one.raw.decode())
    assert request.json["offer"]["permission"] == offer(OWN)["permission"]
    assert request.json["offer"]["@id"] == OFFER_ID
    assert "prohibition" not in request.json["offer"]


async def waits(pair: Any) -> tuple[str, str]:
    """Return the provider's and the consumer's name of a request that a person must agree to."""
    dataset = await pair.publish(purposes=["research"], approval=["person"])
    begun = await pair.negotiate(dataset, purpose="research")
    seen = await pair.consumer.until(f"/negotiations/{begun['pid']}", lambda one: one["peer_pid"])
    there = f"/negotiations/{seen['peer_pid']}"
    await pair.provider.until(there, lambda one: one["hold"] == "approval")
    return str(seen["peer_pid"]), str(seen["pid"])


async def offered(pair: Any, **terms: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both sides of a negotiation in which the provider has offered other terms."""
    ours, theirs = await waits(pair)
    order = {"terms": terms}
    await pair.provider.call("POST", f"/negotiations/{ours}/request", order)
    came = await pair.consumer.until(
        f"/negotiations/{theirs}", lambda one: one["hold"] == "offer-made"
    )
    there = await pair.provider.until(
        f"/negotiations/{ours}", lambda one: one["state"] == "OFFERED"
    )
    return there, came


async def test_a_provider_answers_a_request_with_other_terms(pair: Any) -> None:
    kept, came = await offered(pair, purposes=["research"], uses="3")
    for side in (kept, came):
        assert side["offered_by"] == "provider"
        added, dropped = difference(side["offer"], side["countered"], "en")
        assert added == ("at most 3 uses",)
        assert dropped == ("after a person has agreed",)
    # Nobody is asked any more: who offers has agreed.
    (gone,) = (await pair.provider.call("GET", "/reviews"))["items"]
    assert gone["state"] == "lapsed"
    with pytest.raises(Refused) as caught:
        await pair.provider.call(
            "POST", f"/negotiations/{kept['pid']}/request", {"terms": {"uses": "4"}}
        )
    assert caught.value.status == 409

    async with Client(
        pair.consumer.manage_url, (pair.consumer.path / "manage.key").read_text()
    ) as own:
        done = await own.accept_offer(came["pid"])
    agreement = await pair.consumer.call("GET", f"/agreements/{done.agreement}")
    assert "count" in str(agreement["document"]["permission"])
    await pair.transfer(done.agreement)


async def test_what_was_offered_may_be_narrowed_and_not_widened(pair: Any) -> None:
    # Wider than what is published: an offer to this one alone.
    _, came = await offered(pair, purposes=["teaching", "research"])
    order = {"terms": {"purposes": ["teaching"], "uses": "2"}}
    await pair.consumer.call("POST", f"/negotiations/{came['pid']}/request", order)
    done = await pair.consumer.settled(f"/negotiations/{came['pid']}")
    assert done["state"] == "FINALIZED"
    _, other = await offered(pair, purposes=["teaching"])
    order = {"terms": {"purposes": ["marketing"]}}
    await pair.consumer.call("POST", f"/negotiations/{other['pid']}/request", order)
    ended = await pair.consumer.settled(f"/negotiations/{other['pid']}", "TERMINATED")
    assert "is wider than the offered" in " ".join(ended["reason"])


async def test_terms_that_nobody_can_meet_are_not_offered(pair: Any) -> None:
    ours, _ = await waits(pair)
    order = {"terms": {"until": "2020-01-01T00:00:00Z"}}
    with pytest.raises(Refused) as caught:
        await pair.provider.call("POST", f"/negotiations/{ours}/request", order)
    assert caught.value.status == 400
