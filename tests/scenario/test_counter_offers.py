"""A provider's offer is accepted, or answered with one's own (DSP 2025-1 §7.2.1 and §7.2.5)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conftest import Refused

from faifo.client import Client
from faifo.policy.terms import Terms, offer

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
