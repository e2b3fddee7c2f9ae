"""A wallet or authority that is down delays, is named to a person, and loses nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from faifo.errors import PeerError
from faifo.machines.transfer import State
from faifo.node.http.public.wellknown import CREDENTIAL_SERVICE_PATH, ISSUER_SERVICE_PATH
from faifo.phrases import say
from people import admit, diagnosed, eventually, holds, publish

FAR = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture
async def three(town: Any, believe: Any):
    """An authority, a provider with something to offer, and a consumer; the last behind a proxy."""
    authority = await town.node("authority", authority=True, front=True)
    trust = [believe(authority)]
    provider = await town.node("provider", trusts=trust)
    consumer = await town.node("consumer", trusts=trust, front=True)
    for member in (provider, consumer):
        await admit(authority, member, name=member.settings.node.name)
    return authority, provider, consumer


async def waiting(node: Any, pid: str) -> list[str]:
    told = await node.client.timeline(pid)
    return [entry.text for entry in told.entries if entry.kind == "waiting"]


async def agreed(consumer: Any, provider: Any) -> str:
    name = await publish(provider)
    return (await consumer.client.negotiate(provider.did, name)).agreement


async def begun(consumer: Any, agreement: str) -> Any:
    """Begin a transfer, wait until its request has been sent in vain, and return it."""
    task = asyncio.create_task(consumer.client.start_transfer(agreement, patience=60))

    async def tried() -> Any:
        rows = await consumer.store.read(lambda tx: tx.outbox.find())
        assert [row.attempts > 0 for row in rows] == [True]
        (record,) = await consumer.store.read(lambda tx: tx.transfers.find())
        return record, task

    try:
        return await eventually(tried, within=10)
    except BaseException:
        task.cancel()
        raise


async def test_a_wallet_that_is_down_holds_a_process_up_and_it_goes_on(town: Any, three: Any):
    _, provider, consumer = three
    agreement = await agreed(consumer, provider)
    town.fronts["consumer"].closed = (CREDENTIAL_SERVICE_PATH,)
    await asyncio.sleep(1.1)  # what the provider has seen proven is kept for a second
    record, task = await begun(consumer, agreement)
    wallet = f"{consumer.settings.node.public_url}{CREDENTIAL_SERVICE_PATH}/presentations/query"
    reason = f"the Credential Service of {consumer.did} cannot be reached: {wallet} answered 502"

    async def told() -> None:
        # To the consumer, whose wallet it is: what waits, and why.
        assert any(
            f"(answered 504: {reason})" in text for text in await waiting(consumer, record.pid)
        )

    await eventually(told, within=10)
    (lacking,) = (await provider.client.node()).lacking
    assert (lacking.what, lacking.who, lacking.address) == (
        "credential-service", consumer.did, wallet,
    )  # fmt: skip
    assert lacking.fine is not None
    assert lacking.fine < lacking.since <= lacking.last
    finding = await diagnosed(provider, "lacking-credential-service")
    assert finding.state == "warning"
    assert finding.facts["who"] == consumer.did
    for language in ("en", "vi"):
        for part in ("what", "do"):
            sentence = say(f"cli.doctor.{finding.check}.{part}", language, **finding.facts)
            assert consumer.did in sentence
    assert not task.done()
    town.fronts["consumer"].closed = ()
    assert (await task).state == "STARTED"
    assert (await provider.client.node()).lacking == ()
    assert await diagnosed(provider, "lacking-credential-service") is None


async def test_an_authority_that_is_down_holds_up_and_it_goes_on_when_it_is_back(
    town: Any, three: Any
):
    authority, provider, consumer = three
    agreement = await agreed(consumer, provider)
    path = authority.directory.path
    await town.down(authority)
    await asyncio.sleep(1.1)
    record, task = await begun(consumer, agreement)

    async def told() -> None:
        text = (await waiting(consumer, record.pid))[0]
        assert f"the status list {authority.settings.node.public_url}" in text
        assert f"of {authority.did} cannot be reached: " in text

    await eventually(told, within=10)
    named = {one.what for one in (await provider.client.node()).lacking}
    assert "status-list" in named
    assert (await diagnosed(provider, "lacking-status-list")).facts["who"] == authority.did
    await town.serve(path)
    assert (await task).state == "STARTED"
    # Of what was under way at the time, nothing was taken twice.
    assert len(await provider.store.read(lambda tx: tx.transfers.find())) == 1


async def test_a_running_transfer_goes_on_while_its_authority_is_down_and_show_says_so(
    town: Any, three: Any
):
    authority, provider, consumer = three
    await consumer.client.start_transfer(await agreed(consumer, provider))
    town.fronts["authority"].closed = (ISSUER_SERVICE_PATH,)
    (running,) = await provider.store.read(lambda tx: tx.transfers.find())

    async def told() -> None:
        found = await waiting(provider, running.pid)
        start = f"the status list of {authority.did} cannot be had: "
        assert [text.startswith(start) for text in found] == [True]

    await eventually(told, within=10)
    (running,) = await provider.store.read(lambda tx: tx.transfers.find())
    assert (running.state, running.open) == (State.STARTED, True)
    town.fronts["authority"].closed = ()

    async def untold() -> None:
        assert (await provider.client.node()).lacking == ()
        assert await waiting(provider, running.pid) == []

    await eventually(untold, within=10)


async def test_a_recognition_list_that_cannot_be_had_delays_instead_of_refusing(
    town: Any, believe: Any
):
    ours = await town.node("ours", authority=True, front=True)
    theirs = await town.node("theirs", authority=True)
    provider = await town.node("provider", trusts=[believe(ours, recognises=True)])
    consumer = await town.node("consumer", trusts=[believe(theirs), believe(ours)])
    await admit(ours, provider, name="Provider")
    await admit(theirs, consumer, name="Consumer")
    await ours.client.recognise(theirs.did, ["MembershipCredential"], FAR)
    await eventually(lambda: consumer.client.catalog(provider.did), within=4)
    agreement = await agreed(consumer, provider)
    town.fronts["ours"].closed = (ISSUER_SERVICE_PATH,)
    await asyncio.sleep(1.1)
    record, task = await begun(consumer, agreement)

    async def told() -> None:
        text = (await waiting(consumer, record.pid))[0]
        assert (
            f"(answered 504: the recognition list of {ours.did} cannot be reached: until it can"
            f" be, {theirs.did} is not an issuer that this node recognises)"
        ) in text

    await eventually(told, within=10)
    named = [one.what for one in (await provider.client.node()).lacking]
    assert named == ["recognition-list"]
    assert await provider.store.read(lambda tx: tx.transfers.find()) == []
    town.fronts["ours"].closed = ()
    assert (await task).state == "STARTED"


async def test_a_delivery_waits_while_the_holder_cannot_look_its_issuer_up(town: Any, believe: Any):
    authority = await town.node("authority", authority=True, front=True)
    member = await town.node("member", trusts=[believe(authority)])
    town.fronts["authority"].closed = ("/.well-known/did.json",)
    await authority.client.decide_member("admit", member.did, claims={"name": "Member"})

    async def tried() -> None:
        (row,) = await authority.store.read(lambda tx: tx.outbox.find())
        # More often than a refusal is believed: it is not one.
        assert row.attempts > 3
        assert row.refusals == 0
        assert row.last_error == (
            f"answered 504: {authority.did} cannot be reached:"
            f" {authority.settings.node.public_url}/.well-known/did.json answered 502"
        )

    await eventually(tried, within=10)
    assert await holds(member) == []
    assert (await diagnosed(member, "lacking-did-document")).facts["who"] == authority.did
    town.fronts["authority"].closed = ()

    async def held() -> None:
        assert await holds(member) == ["MembershipCredential"]

    await eventually(held, within=15)


async def test_nobody_is_let_in_on_what_could_not_be_looked_up(town: Any, three: Any):
    authority, provider, consumer = three
    await publish(provider)
    await town.down(authority)
    await asyncio.sleep(1.1)
    with pytest.raises(PeerError) as caught:
        await consumer.client.catalog(provider.did)
    told = str(caught.value)
    assert told.startswith(f"{provider.did} answered 504: the status list ")
    assert f" of {authority.did} cannot be reached: " in told
