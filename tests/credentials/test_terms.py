"""Rules over what was proven: the economy of a membership, and other credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from faifo.api.datasets import Publication, Terms
from faifo.errors import NotFoundError, SettingsError
from faifo.node.custody.trust_file import TrustedIssuer
from people import admit, eventually

PROTECTION = "DataProtectionCredential"
BASIS = "LegalBasisCredential"
WANTED = {"ask_also": f'["{PROTECTION}", "{BASIS}"]'}


@pytest.fixture
async def pair(town: Any):
    """A provider and a consumer, members of an authority that both believe for two types."""
    authority = await town.node("authority", authority=True)
    trust = [TrustedIssuer(did=authority.did, types=("MembershipCredential", PROTECTION, BASIS))]
    provider = await town.node("provider", trusts=trust, **WANTED)
    consumer = await town.node("consumer", trusts=trust, **WANTED)
    for member in (provider, consumer):
        await admit(authority, member, name=member.settings.node.name)
    return authority, provider, consumer


async def publish(node: Any, name: str, **terms: Any) -> str:
    file = Path(node.settings.publish.roots[0]) / f"{name}.csv"
    file.write_text("what,price\nrice,12\n")
    publication = Publication(
        id=f"urn:example:{name}", title=name, location=str(file), terms=Terms(**terms)
    )
    return (await node.client.publish(publication)).id


async def test_only_members_of_an_economy_see_and_agree(pair: Any):
    authority, provider, consumer = pair
    ours = await publish(provider, "ours", economies=("VN", "CL"))
    theirs = await publish(provider, "theirs", economies=("JP",))
    offered = await consumer.client.catalog(provider.did)
    assert [one.id for one in offered.datasets] == [ours]
    agreed = await consumer.client.negotiate(provider.did, ours)
    (decision,) = await provider.store.read(lambda tx: tx.decisions.find(process=agreed.peer_pid))
    fact = decision.document["facts"]["urn:faifo:odrl:economy"]
    (credential,) = await consumer.store.read(lambda tx: tx.credentials.find())
    assert fact == {
        "value": "VN",
        "provenance": f"proven by credential {credential.name} of {authority.did}",
    }
    with pytest.raises(NotFoundError):
        await consumer.client.negotiate(provider.did, theirs)
    # The agreement does for a second use: the consumer knows what it holds itself.
    again = await consumer.client.negotiate(provider.did, ours)
    assert again.pid == agreed.pid


async def test_a_credential_that_the_terms_want_opens_when_it_is_held(pair: Any):
    authority, provider, consumer = pair
    name = await publish(provider, "personal", credentials=(PROTECTION,))
    assert (await consumer.client.catalog(provider.did)).datasets == ()
    with pytest.raises(NotFoundError):
        await consumer.client.negotiate(provider.did, name)
    await authority.client.decide_member(
        "admit", consumer.did, claims={"scheme": "Global CBPR"}, types=[PROTECTION]
    )

    async def seen() -> None:
        offered = await consumer.client.catalog(provider.did)
        assert [one.id for one in offered.datasets] == [name]

    await eventually(seen, within=8)
    negotiation = await consumer.client.negotiate(provider.did, name)
    transfer = await consumer.client.start_transfer(negotiation.agreement)
    assert transfer.state == "STARTED"


async def test_a_legal_basis_is_a_record_that_terms_require(pair: Any):
    authority, provider, consumer = pair
    wanted = tuple(
        f"{BASIS}/{said}@{authority.did}" for said in ("basis=consent", "jurisdiction=VN")
    )
    name = await publish(provider, "persons", claims=wanted)

    async def offered() -> list[str]:
        return [one.id for one in (await consumer.client.catalog(provider.did)).datasets]

    async def given(**claims: str) -> None:
        record = {"jurisdiction": "VN", "provision": "the law and its article", **claims}
        await authority.client.decide_member("admit", consumer.did, claims=record, types=[BASIS])

    assert await offered() == []
    with pytest.raises(SettingsError, match="basis"):
        await given(basis="because")
    await given(basis="consent")

    async def seen() -> None:
        assert await offered() == [name]

    await eventually(seen, within=8)
    agreed = await consumer.client.negotiate(provider.did, name)
    (decision,) = await provider.store.read(lambda tx: tx.decisions.find(process=agreed.peer_pid))
    fact = decision.document["facts"]["urn:faifo:odrl:claim"]
    assert set(wanted) <= set(fact["value"])
    assert authority.did in fact["provenance"]
