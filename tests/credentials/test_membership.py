"""An authority admits, nodes prove membership to each other, and a withdrawn member is out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from msgspec import structs

from faifo import clock
from faifo.cli.verbs import doctor
from faifo.client import StillWaitingError
from faifo.errors import NotFoundError, PeerError
from faifo.machines.transfer import State
from faifo.messages.dsp_2025_1.data_address import read_endpoint
from faifo.node.exchange import history as books
from faifo.phrases import say
from people import admit, diagnosed, eventually, holds, publish

FAR = datetime(2099, 1, 1, tzinfo=UTC)


def is_refused(consumer: Any, provider: Any, why: str) -> Callable[[], Awaitable[None]]:
    async def look() -> None:
        try:
            await consumer.client.catalog(provider.did)
        except PeerError as error:
            assert why in str(error)  # noqa: PT017
        else:
            raise AssertionError("it is not refused")

    return look


@pytest.fixture
async def pair(town: Any, believe: Any):
    """An authority, a provider and a consumer, both admitted."""
    authority = await town.node("authority", authority=True)
    trust = [believe(authority)]
    provider = await town.node("provider", trusts=trust)
    consumer = await town.node("consumer", trusts=trust)
    for member in (provider, consumer):
        await admit(authority, member, name=member.settings.node.name)
    return authority, provider, consumer


async def test_a_member_is_served_and_the_process_keeps_what_was_proven(pair: Any):
    authority, provider, consumer = pair
    name = await publish(provider)
    offered = await consumer.client.catalog(provider.did)
    assert [one.id for one in offered.datasets] == [name]
    await consumer.client.negotiate(provider.did, name)
    (record,) = await provider.store.read(lambda tx: tx.negotiations.find())
    assert record.proof.claims == {
        "membership": authority.did,
        "economy": "VN",
        "name": "consumer",
        "credentials": ["MembershipCredential"],
    }
    assert record.proof.evidence["kind"] == "credentials"
    assert record.proof.valid_until is not None


async def test_a_request_waits_for_a_person(town: Any, believe: Any):
    authority = await town.node("authority", authority=True)
    member = await town.node("member", trusts=[believe(authority)])
    await member.client.request_credentials(authority.did, ["MembershipCredential"])
    (row,) = await authority.client.members()
    assert (row.did, row.status) == (member.did, "applied")
    assert [one.status for one in row.requests] == ["RECEIVED"]
    assert await holds(member) == []
    await admit(authority, member, name="A Member")
    (row,) = await authority.client.members()
    assert row.status == "active"
    assert [one.status for one in row.requests] == ["ISSUED"]
    assert await holds(member) == ["MembershipCredential"]


async def test_a_stranger_is_refused_until_its_authority_is_recognised(town: Any, believe: Any):
    ours = await town.node("ours", authority=True)
    theirs = await town.node("theirs", authority=True)
    provider = await town.node("provider", trusts=[believe(ours, recognises=True)])
    consumer = await town.node("consumer", trusts=[believe(theirs)])
    await publish(provider)
    await admit(theirs, consumer, name="Consumer")
    with pytest.raises(PeerError) as caught:
        await consumer.client.catalog(provider.did)
    assert f"{theirs.did} is not an issuer that this node recognises" in str(caught.value)
    await ours.client.recognise(theirs.did, ["MembershipCredential"], FAR)
    await eventually(lambda: consumer.client.catalog(provider.did), within=3)
    (known,) = await ours.client.recognitions()
    assert (known.did, known.types) == (theirs.did, ("MembershipCredential",))
    await ours.client.recognise(theirs.did, known.types, clock.now())

    refused = is_refused(consumer, provider, "is not an issuer that this node recognises")
    await eventually(refused, within=3)


async def test_a_revoked_member_is_refused_and_its_running_transfer_suspended(pair: Any):
    authority, provider, consumer = pair
    name = await publish(provider)
    negotiation = await consumer.client.negotiate(provider.did, name)
    transfer = await consumer.client.start_transfer(negotiation.agreement)
    await authority.client.decide_member("revoke", consumer.did, reason="left")
    reason = f"MembershipCredential by {authority.did} is revoked"

    async def suspended() -> None:
        (found,) = await provider.store.read(lambda tx: tx.transfers.find())
        assert not found.open
        assert found.state is State.SUSPENDED
        assert any(reason in text for text in found.reason)

    await eventually(suspended, within=5)
    (told,) = await consumer.store.read(lambda tx: tx.transfers.find())
    assert told.pid == transfer.pid
    assert any(reason in text for text in told.reason)
    with pytest.raises(PeerError) as caught:
        await consumer.client.catalog(provider.did)
    # The wallet does not even present what is revoked; the verifier still knows why.
    assert str(caught.value) == (
        f"{provider.did} answered 401: DCP 1.0 §5.4.3 step 6: {reason}; "
        f"how it sees this node: faifo doctor {provider.did}"
    )


async def test_a_transfer_stands_on_its_own_credentials_when_others_of_the_peer_end(pair: Any):
    _, provider, consumer = pair
    name = await publish(provider)
    negotiation = await consumer.client.negotiate(provider.did, name)
    for _ in range(2):
        await consumer.client.start_transfer(negotiation.agreement)
    first, second = await provider.store.read(lambda tx: tx.transfers.find())
    shown = [
        {**one, "valid_until": clock.text(clock.now())}
        for one in first.proof.evidence["credentials"]
    ]
    ended = structs.replace(
        first.proof, evidence={**first.proof.evidence, "credentials": shown}
    )  # begun before the renewal
    await provider.store.run(lambda tx: tx.transfers.put(first, proof=ended))

    async def suspended() -> None:
        found = await provider.store.read(lambda tx: tx.transfers.get(first.pid))
        assert found.state is State.SUSPENDED
        assert "ended" in found.reason[0]

    await eventually(suspended, within=5)
    still = await provider.store.read(lambda tx: tx.transfers.get(second.pid))
    assert (still.state, still.open) == (State.STARTED, True)


async def test_a_stream_is_broken_off_when_its_receiver_is_revoked(pair: Any):
    authority, provider, consumer = pair
    size = 96 * 1024 * 1024
    name = await publish(provider, size=size)
    negotiation = await consumer.client.negotiate(provider.did, name)
    transfer = await consumer.client.start_transfer(negotiation.agreement)

    async def interrupted() -> Any:
        events = await provider.store.read(lambda tx: tx.journal.find(event="access-interrupted"))
        assert events
        return events[0][1]

    held = await consumer.store.read(lambda tx: tx.transfers.get(transfer.pid))
    endpoint = read_endpoint(held.data_address)
    proof = {"Authorization": endpoint.authorization}
    async with (
        aiohttp.ClientSession(headers=proof) as session,
        session.get(endpoint.url) as answer,
    ):
        assert answer.status == 200
        came = len(await answer.content.readany())
        # The reader stops here, so that the file cannot be through before.
        await authority.client.decide_member("revoke", consumer.did, reason="left")
        booked = await eventually(interrupted, within=10)
        with pytest.raises(aiohttp.ClientPayloadError):  # noqa: PT012 - counted until it breaks
            async for chunk in answer.content.iter_any():
                came += len(chunk)
    assert 0 < came < size
    assert 0 < booked.detail["bytes"] < size
    assert booked.detail["reason"] == "transfer-closed"
    assert booked.process


async def test_the_first_refusal_names_the_revocation_when_only_the_wallet_knows_of_it(
    town: Any, believe: Any
):
    """The verifier keeps the status list for long; the wallet looked a moment ago."""
    authority = await town.node("authority", authority=True)
    trust = [believe(authority)]
    provider = await town.node("provider", trusts=trust, status_cache_seconds=3600)
    consumer = await town.node("consumer", trusts=trust)
    for member in (provider, consumer):
        await admit(authority, member, name=member.settings.node.name)
    await consumer.client.catalog(provider.did)
    await authority.client.decide_member("revoke", consumer.did, reason="left")

    async def refused() -> str:
        try:
            await consumer.client.catalog(provider.did)
        except PeerError as error:
            return str(error)
        raise AssertionError("it is not refused")

    first = await eventually(refused, within=5)
    reason = f"DCP 1.0 §5.4.3 step 6: MembershipCredential by {authority.did} is revoked"
    assert reason in first
    # What is remembered of the failure says it, too.
    assert reason in await refused()


async def test_a_withdrawn_provider_is_left_by_its_consumer(pair: Any):
    authority, provider, consumer = pair
    name = await publish(provider)
    negotiation = await consumer.client.negotiate(provider.did, name)
    transfer = await consumer.client.start_transfer(negotiation.agreement)
    (kept,) = await consumer.store.read(lambda tx: tx.transfers.find())
    assert kept.proof.claims["membership"] == authority.did
    await authority.client.decide_member("revoke", provider.did, reason="left")
    reason = f"MembershipCredential by {authority.did} is revoked"

    async def suspended() -> None:
        (found,) = await consumer.store.read(lambda tx: tx.transfers.find())
        assert (found.pid, found.state, found.open) == (transfer.pid, State.SUSPENDED, False)
        assert any(reason in text for text in found.reason)

    await eventually(suspended, within=5)
    (told,) = await provider.store.read(lambda tx: tx.transfers.find())
    assert any(reason in text for text in told.reason)
    events = [one for _, one in await consumer.store.read(lambda tx: tx.journal.find())]
    withdrawn = [one for one in events if one.event == "participant-withdrawn"]
    assert [(one.peer, one.detail["role"]) for one in withdrawn] == [(provider.did, "consumer")]


async def test_the_doctor_looks_at_the_way_to_a_partner_by_credentials(pair: Any):
    authority, provider, consumer = pair
    found = {one.check: one for one in await doctor._look(consumer.directory, provider.did)}
    assert found["trusted-there"].state == "good"
    assert "peer-not-trusted" not in found
    await authority.client.decide_member("revoke", consumer.did, reason="left")

    async def refused() -> None:
        try:
            await consumer.client.catalog(provider.did)
        except PeerError:
            return
        raise AssertionError("it is served")

    await eventually(refused, within=5)
    found = {one.check: one for one in await doctor._look(consumer.directory, provider.did)}
    assert "is revoked" in str(found["not-trusted-there"].facts["why"])


async def test_a_withdrawn_provider_comes_to_no_agreement_and_both_sides_say_why(pair: Any):
    authority, provider, consumer = pair
    name = await publish(provider)
    await authority.client.decide_member("revoke", provider.did, reason="left")
    reason = f"MembershipCredential by {authority.did} is revoked"

    async def withheld() -> None:
        (held,) = await provider.client.credentials()
        assert held.withheld == reason

    await eventually(withheld, within=4)
    with pytest.raises(StillWaitingError):
        await consumer.client.negotiate(provider.did, name, patience=1)

    async def ended() -> None:
        (theirs,) = await provider.store.read(lambda tx: tx.negotiations.find())
        assert theirs.state == "TERMINATED"
        assert "DCP 1.0 §5.4.3 step" in theirs.reason[0]

    await eventually(ended, within=5)
    (ours,) = await consumer.store.read(lambda tx: tx.negotiations.find())
    timeline = await consumer.client.timeline(ours.pid)
    (told,) = [entry for entry in timeline.entries if entry.code == "sender-not-admitted"]
    assert told.detail["why"].startswith("DCP 1.0 §5.4.3 step")
    assert (ours.state, ours.agreement) == ("REQUESTED", None)

    async def refuse(tx: Any, why: str) -> int:
        await books.not_admitted(tx, ours, why, now=clock.now())
        return len(await tx.journal.find(process=ours.pid, event=books.NOT_ADMITTED))

    assert await consumer.store.run(lambda tx: refuse(tx, told.detail["why"])) == 1
    for number in range(2 * books.REFUSALS):
        written = await consumer.store.run(lambda tx, n=number: refuse(tx, f"{n}" * 5000))
    assert written == books.REFUSALS


async def test_a_suspended_member_is_out_until_it_is_renewed(pair: Any):
    authority, provider, consumer = pair
    await publish(provider)
    assert await consumer.client.catalog(provider.did)
    await authority.client.decide_member("suspend", consumer.did, reason="unpaid")

    await eventually(is_refused(consumer, provider, "is suspended"), within=4)
    await authority.client.decide_member("renew", consumer.did)
    await eventually(lambda: consumer.client.catalog(provider.did), within=4)


async def test_a_wallet_that_is_down_delays_and_loses_nothing(town: Any, believe: Any):
    authority = await town.node("authority", authority=True)
    member = await town.node("member", trusts=[believe(authority)])
    path, did = member.directory.path, member.did
    await town.down(member)
    await authority.client.decide_member("admit", did, claims={"name": "Asleep"})

    async def in_trouble() -> None:
        (row,) = await authority.client.members()
        assert "cannot be reached" in (row.requests[0].trouble or "")

    await eventually(in_trouble, within=5)
    again = await town.serve(path)
    await eventually(lambda: has(again, ["MembershipCredential"]), within=10)


async def has(node: Any, types: list[str]) -> None:
    assert await holds(node) == types


async def test_only_an_authority_has_a_desk(town: Any):
    node = await town.node("node")
    with pytest.raises(NotFoundError) as caught:
        await node.client.members()
    assert node.did in str(caught.value)


async def test_a_member_sees_what_it_can_prove_and_what_no_more(town: Any, believe: Any):
    authority = await town.node("authority", authority=True)
    member = await town.node("member", trusts=[believe(authority)])
    assert (await diagnosed(member, "issuers")).facts["count"] == 1
    missing = await diagnosed(member, "no-credential")
    assert (missing.state, missing.facts["type"]) == ("warning", "MembershipCredential")
    await admit(authority, member, name="Member")
    (held,) = await member.client.credentials()
    assert held.withheld is None
    assert await diagnosed(member, "no-credential") is None
    assert (await diagnosed(member, "credential")).state == "good"
    await authority.client.decide_member("revoke", member.did, reason="left")

    async def withheld() -> None:
        (held,) = await member.client.credentials()
        assert held.withheld == f"MembershipCredential by {authority.did} is revoked"

    await eventually(withheld, within=4)
    finding = await diagnosed(member, "credential-withheld")
    for language in ("en", "vi"):
        told = say("cli.doctor.credential-withheld.what", language, **finding.facts)
        assert f"MembershipCredential by {authority.did} is revoked" in told


async def test_a_node_that_believes_nobody_is_told_so(town: Any):
    lonely = await town.node("lonely", trusts=[])
    assert (await diagnosed(lonely, "no-issuer")).state == "warning"
