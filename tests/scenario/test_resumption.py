"""Starts after a suspension, and starts that renew an address (ADR-0003, ADR-0017)."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from typing import Any

import aiohttp
import pytest

from faifo.messages.dsp_2025_1.data_address import read_endpoint
from faifo.messages.dsp_2025_1.terms import EDC_CONTEXT

from .conftest import CONTEXT, DATA_ADDRESS


def renewed(token: str) -> dict[str, Any]:
    address = copy.deepcopy(DATA_ADDRESS)
    address["endpointProperties"][0]["value"] = token
    return address


def of_edc(raw: bytes) -> bytes:
    """Return a message as if an EDC had written it."""
    first = f'"@context": ["{CONTEXT[0]}"'.encode()
    assert first in raw
    return raw.replace(first, first + f', "{EDC_CONTEXT}"'.encode(), 1)


async def opens(start: Any) -> int:
    """Return the status with which the address in a start of the node answers."""
    endpoint = read_endpoint(start.json["dataAddress"])
    assert endpoint is not None
    headers = {"Authorization": endpoint.authorization}
    async with (
        aiohttp.ClientSession() as session,
        session.get(endpoint.url, headers=headers) as answer,
    ):
        return answer.status


async def test_a_provider_s_start_with_another_address_renews_it(stage: Any) -> None:
    talk = await stage.at("transfer", "consumer", "<REQUEST >START")
    status, _ = await talk.say("START", dataAddress=renewed("fresh"))
    assert status == 200
    assert await talk.state() == "STARTED"
    (kept,) = [one for one in stage.node.records("transfer") if one.pid == talk.node_pid]
    assert kept.data_address["endpointProperties"][0]["value"] == "fresh"


@pytest.mark.parametrize("address", [DATA_ADDRESS, None], ids=["the same", "none"])
async def test_a_start_that_brings_nothing_new_stays_illegal(stage: Any, address: Any) -> None:
    talk = await stage.at("transfer", "consumer", "<REQUEST >START")
    status, body = await talk.say("START", dataAddress=address)
    assert status == 400
    assert b"another dataAddress" in body
    assert await talk.state() == "STARTED"


async def test_after_our_own_start_the_provider_s_may_bring_any_address(stage: Any) -> None:
    steps = "<REQUEST >START !suspension <SUSPENSION !start <START"
    talk = await stage.at("transfer", "consumer", steps)
    assert (await talk.say("START"))[0] == 200
    assert (await talk.say("START"))[0] == 400


async def test_a_consumer_that_resumes_gets_a_fresh_address(stage: Any) -> None:
    talk = await stage.at("transfer", "provider", "?START")
    first = talk.pending
    first.answer(200, talk.document())
    await talk.reached("STARTED")
    assert (await talk.say("SUSPENSION"))[0] == 200
    assert await opens(first) == 403
    assert (await talk.say("START"))[0] == 200
    second = await talk.heard("START")
    # Until the fresh address has arrived both open; afterwards the fresh one alone.
    assert [await opens(first), await opens(second)] == [200, 200]
    second.answer(200, talk.document())
    await talk.reached("STARTED")
    assert [await opens(first), await opens(second)] == [401, 200]


async def test_a_consumer_that_refuses_the_fresh_address_goes_on(stage: Any) -> None:
    talk = await stage.at("transfer", "provider", "?START")
    first = talk.pending
    first.answer(200, talk.document())
    await talk.reached("STARTED")
    await talk.say("SUSPENSION")
    await talk.say("START")
    for _ in range(3):
        second = await talk.heard("START")
        second.answer(400, b'{"reason": ["it is STARTED"]}')
    seen = await talk.reached("STARTED")
    assert not seen["one_sided"]
    assert [await opens(first), await opens(second)] == [200, 401]


async def test_a_suspension_withdraws_the_start_that_it_crossed(stage: Any) -> None:
    talk = await stage.at("transfer", "provider", "<START")
    await talk.say("SUSPENSION")
    await talk.say("START")
    second = await talk.heard("START")
    assert (await talk.say("SUSPENSION"))[0] == 200
    assert (await talk.reached("SUSPENDED"))["outbox"] == []
    assert await opens(second) == 401


async def test_an_edc_is_given_time_to_store_what_it_has_answered(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    raw = talk.message("ContractAgreementMessage", agreement=talk.agreement_document())
    path = f"/negotiations/{talk.node_pid}/agreement"
    assert (await talk.send(path, of_edc(raw)))[0] == 200
    (row,) = stage.node.records("outbox")
    assert (row.not_before - row.created).total_seconds() == 0.2
    await talk.take("VERIFICATION")


@pytest.mark.parametrize(("edc", "status"), [(True, 200), (False, 400)])
async def test_an_edc_that_repeats_itself_under_another_id_is_answered_as_before(
    stage: Any, edc: bool, status: int
) -> None:
    talk = await stage.at("negotiation", "provider", "<AGREEMENT")
    path = f"/negotiations/{talk.node_pid}/agreement/verification"

    def verification() -> bytes:
        raw: bytes = talk.message("ContractAgreementVerificationMessage")
        return of_edc(raw) if edc else raw

    assert (await talk.send(path, verification()))[0] == 200
    assert (await talk.send(path, verification()))[0] == status
    await talk.take("FINALIZED")
    assert (await talk.reached("FINALIZED"))["reason"] == []


async def agrees(talk: Any, *, edc: bool = True, **changes: Any) -> int:
    """Let the provider say an agreement that it has made just now."""
    raw = talk.message("ContractAgreementMessage", agreement=talk.agreement_document(**changes))
    path = f"/negotiations/{talk.node_pid}/agreement"
    status, _ = await talk.send(path, of_edc(raw) if edc else raw)
    return int(status)


@pytest.mark.parametrize("verified", [False, True])
async def test_the_newest_agreement_of_an_edc_is_the_one_that_is_verified(
    stage: Any, verified: bool
) -> None:
    """EDC has forgotten the first one when it makes the second."""
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    assert await agrees(talk) == 200
    first = talk.agreement["@id"]
    if verified:
        await talk.take("VERIFICATION")
        await talk.moved("VERIFIED")
    assert await agrees(talk, timestamp="2026-01-01T00:00:09Z") == 200
    assert await talk.state() == "AGREED"
    await talk.take("VERIFICATION")
    await talk.moved("VERIFIED")
    assert (await talk.say("FINALIZED"))[0] == 200
    seen = await talk.reached("FINALIZED")
    assert seen["agreement"] == talk.agreement["@id"] != first
    kept = [one for one in stage.node.records("agreement") if one.negotiation == talk.node_pid]
    assert [(one.id, one.active) for one in kept] == [(talk.agreement["@id"], True)]


async def test_a_verification_under_way_is_said_again_about_the_second_agreement(
    stage: Any,
) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    await agrees(talk)
    under_way = await talk.heard("VERIFICATION")
    assert await agrees(talk) == 200
    under_way.answer(200, talk.document())
    again = await talk.take("VERIFICATION")
    assert again.raw == under_way.raw
    await talk.moved("VERIFIED")


async def test_a_second_agreement_is_judged_like_the_first(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    await agrees(talk)
    assert await agrees(talk, prohibition=[{"action": "distribute"}]) == 200
    await talk.take("TERMINATION")
    assert (await talk.reached("TERMINATED"))["reason"]


async def test_another_partner_says_its_agreement_once(stage: Any) -> None:
    talk = await stage.at("negotiation", "consumer", "<REQUEST")
    assert await agrees(talk, edc=False) == 200
    assert await agrees(talk, edc=False) == 400


@pytest.mark.parametrize("kind", ["negotiation", "transfer"])
async def test_an_edc_that_repeats_its_first_request_is_answered_as_before(
    stage: Any, kind: str
) -> None:
    talk = await stage.begun(kind, "provider")
    talk.peer_pid = "urn:uuid:of-an-edc"
    answers = []
    for _ in range(2):
        path, raw = await stage.first(talk)
        answers.append(await talk.send(path, of_edc(raw)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 201


async def test_a_first_request_that_meets_no_agreement_yet_is_tried_again(stage: Any) -> None:
    talk = await stage.begun("transfer", "consumer")
    (await talk.heard("REQUEST")).answer(404, b'{"reason": ["agreement not found"]}')
    (await talk.heard("REQUEST")).answer(409, b'{"reason": ["agreement not found or not valid"]}')
    (await talk.heard("REQUEST")).answer(201, talk.document())
    await talk.reached("REQUESTED")


async def test_another_refusal_of_a_first_request_is_believed_at_once(stage: Any) -> None:
    talk = await stage.begun("transfer", "consumer")
    (await talk.heard("REQUEST")).answer(400, b'{"reason": ["the format is not served"]}')
    seen = await talk.reached("TERMINATED")
    assert seen["reason"] == ["the format is not served"]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await talk.heard("REQUEST")
            pytest.fail("it was sent again")
