"""The keys of an authority and of a holder change, with overlap, and nobody is locked out by it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from faifo import clock
from faifo.errors import PeerError
from faifo.node.custody.keyring import read_keyring, rotate_key
from faifo.node.outward import resolver
from faifo.node.wiring import node as wired
from faifo.trust.dcp.credential import read_credential
from faifo.trust.jws import read_jws
from faifo.trust.keys import KeyPurpose
from people import admit, eventually, publish

FORGETFUL = {"document_cache_seconds": 1}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if time had passed: a new key signs when the node starts, and others look for it."""
    monkeypatch.setattr(resolver, "FRESH", timedelta())
    monkeypatch.setattr(wired, "read_keyring", partial(read_keyring, published_first=timedelta()))


async def rotated(town: Any, node: Any, purpose: KeyPurpose, *, overlap: timedelta) -> Any:
    path = node.directory.path
    rotate_key(node.directory.keys, purpose, now=clock.now(), overlap=overlap)
    await town.down(node)
    return await town.serve(path)


async def signers(node: Any) -> list[str]:
    held = await node.store.read(lambda tx: tx.credentials.find())
    return [read_credential(one.payload).jws.key_id.partition("#")[2] for one in held]


async def list_signer(authority: Any) -> str:
    text = await authority.store.read(
        lambda tx: authority.acting.issuing.book.status_list(tx, "vc20-revocation", now=clock.now())
    )
    return read_jws(text.decode(), what="list", limit=10**6).key_id.partition("#")[2]


async def refusal(member: Any, provider: Any) -> str:
    try:
        await member.client.catalog(provider.did)
    except PeerError as error:
        return str(error)
    return "it is served"


async def test_an_authority_changes_its_key_and_its_old_credentials_stay_good(
    town: Any, believe: Any
):
    authority = await town.node("authority", authority=True)
    trust = [believe(authority)]
    provider = await town.node("provider", trusts=trust, trust=FORGETFUL)
    before = await town.node("before", trusts=trust)
    after = await town.node("after", trusts=trust)
    await publish(provider)
    await admit(authority, before, name="Before")
    assert await before.client.catalog(provider.did)

    authority = await rotated(town, authority, KeyPurpose.CREDENTIAL, overlap=timedelta(hours=1))
    await admit(authority, after, name="After")
    assert (await signers(before), await signers(after)) == (["credential-1"], ["credential-2"])
    assert await list_signer(authority) == "credential-2"
    # With the list signed by a key that the provider has not seen yet, too.
    await eventually(lambda: before.client.catalog(provider.did), within=4)
    await eventually(lambda: after.client.catalog(provider.did), within=4)

    # The old keys end at once, as when one is in wrong hands: what they signed is worth nothing.
    authority = await rotated(town, authority, KeyPurpose.CREDENTIAL, overlap=timedelta())

    async def refused() -> None:
        for member, key in ((before, "credential-1"), (after, "credential-2")):
            assert await refusal(member, provider) == (
                f"{provider.did} answered 401: DCP 1.0 §5.4.3 step 5: the DID document of"
                f" {authority.did} does not list the key {authority.did}#{key} in assertionMethod"
                f"; how it sees this node: faifo doctor {provider.did}"
            )

    await eventually(refused, within=6)
    await authority.client.decide_member("renew", before.did)

    async def renewed() -> None:
        assert (await signers(before))[-1] == "credential-3"
        assert await before.client.catalog(provider.did)

    await eventually(renewed, within=8)


async def test_a_running_transfer_outlives_a_new_key_of_the_authority(town: Any, believe: Any):
    authority = await town.node("authority", authority=True)
    trust = [believe(authority)]
    provider = await town.node("provider", trusts=trust)
    consumer = await town.node("consumer", trusts=trust)
    for member in (provider, consumer):
        await admit(authority, member, name=member.settings.node.name)
    name = await publish(provider)
    negotiation = await consumer.client.negotiate(provider.did, name)
    await consumer.client.start_transfer(negotiation.agreement)
    authority = await rotated(town, authority, KeyPurpose.CREDENTIAL, overlap=timedelta(hours=1))
    await authority.client.decide_member("revoke", provider.did)

    async def looked() -> None:
        # The provider is out by a list that the new key signed, and the consumer is not.
        (ours,) = await consumer.store.read(lambda tx: tx.transfers.find())
        assert ours.state == "SUSPENDED"
        assert any("is revoked" in text for text in ours.reason)

    await eventually(looked, within=15)
    events = [one for _, one in await provider.store.read(lambda tx: tx.journal.find())]
    assert [one for one in events if one.event == "participant-withdrawn"] == []


async def test_a_holder_changes_the_key_that_it_presents_with(town: Any, believe: Any):
    authority = await town.node("authority", authority=True)
    trust = [believe(authority)]
    provider = await town.node("provider", trusts=trust)
    consumer = await town.node("consumer", trusts=trust)
    await publish(provider)
    await admit(authority, consumer, name="Consumer")
    assert await consumer.client.catalog(provider.did)
    consumer = await rotated(town, consumer, KeyPurpose.PRESENTATION, overlap=timedelta(hours=1))
    assert consumer.keyring.signing(KeyPurpose.PRESENTATION).id.endswith("#presentation-2")
    await eventually(lambda: consumer.client.catalog(provider.did), within=8)
    consumer = await rotated(town, consumer, KeyPurpose.PRESENTATION, overlap=timedelta())
    assert consumer.keyring.signing(KeyPurpose.PRESENTATION).id.endswith("#presentation-3")
    await eventually(lambda: consumer.client.catalog(provider.did), within=8)
