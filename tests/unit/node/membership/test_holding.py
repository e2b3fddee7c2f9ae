from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from faifo import clock
from faifo.errors import MalformedMessageError, NotProvenError, UnreachableError
from faifo.messages.dcp_1_0.issuance import (
    CredentialContainer,
    CredentialMessage,
    CredentialObject,
    CredentialOfferMessage,
    Outcome,
)
from faifo.node.custody.keyring import make_key, read_keyring
from faifo.node.membership.access import AccessTokens
from faifo.node.membership.holding import Holding
from faifo.phrases import spoken
from faifo.store.contract import Store
from faifo.trust.dcp.credential import Claims, write_credential
from faifo.trust.dcp.presentation import read_presentation
from faifo.trust.dcp.profiles import Profile
from faifo.trust.dcp.recognition import Believed, Issuer
from faifo.trust.dcp.scopes import type_scope
from faifo.trust.did import read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose

DID = "did:web:authority.example"
ISSUER = "did:web:issuer.example"
VERIFIER = "did:web:verifier.example"
TYPE = "MembershipCredential"


class World:
    """The issuer, what is recognised, and whether the caches of the node know of a withdrawal."""

    def __init__(self, folder: Path) -> None:
        for purpose in (KeyPurpose.TOKEN, KeyPurpose.CREDENTIAL):
            make_key(folder, purpose, now=clock.now())
        self.keys = read_keyring(folder, did=ISSUER)
        self.believed = Believed(issuers=(Issuer(did=ISSUER, types=(TYPE,)),))
        self.withdrawn: Exception | None = None

    async def recognition(self) -> Believed:
        return self.believed

    async def status(self, _: Any) -> None:
        if self.withdrawn:
            raise self.withdrawn

    async def resolve(self, did: str, *, fresh: bool = False) -> Any:  # noqa: ARG002
        keys = list(self.keys) if did == ISSUER else []
        return read_did_document(write_did_document(did, keys, []), did=did)

    def credential(self, number: int = 1, **change: Any) -> str:
        now = clock.now()
        given = {
            "id": f"urn:uuid:{number}",
            "type": TYPE,
            "subject": {"id": DID, "economy": "VN"},
            "valid_from": now - timedelta(days=1),
            "valid_until": now + timedelta(days=1),
        } | change
        key = self.keys.signing(KeyPurpose.CREDENTIAL)
        return write_credential(Claims(**given), profile=Profile.VC20, issuer=ISSUER, key=key)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "issuer")


@pytest.fixture
def access(keyring: Any) -> AccessTokens:
    return AccessTokens(did=DID, keyring=keyring, published=lambda: keyring, types=(TYPE,))


@pytest.fixture
def holding(world: Any, keyring: Any, store: Store, access: AccessTokens) -> Holding:
    return Holding(
        did=DID, store=store, keyring=keyring, resolver=world, looking_up=world, access=access
    )


def delivery(*texts: str, **change: Any) -> CredentialMessage:
    containers = tuple(
        CredentialContainer(credential_type=TYPE, payload=text, format="vc20-bssl/jwt")
        for text in texts
    )
    given = {
        "issuer_pid": "i",
        "holder_pid": "h",
        "status": Outcome.ISSUED,
        "credentials": containers,
    } | change
    return CredentialMessage(**given)


async def take(holding: Holding, store: Store, message: CredentialMessage) -> None:
    found = await holding.check_delivery(ISSUER, message)
    await store.run(lambda tx: holding.keep(tx, ISSUER, message, found, now=clock.now()))


async def shown(holding: Holding, access: AccessTokens) -> list[str | None]:
    scope = (str(type_scope(TYPE)),)
    found = await holding.present(VERIFIER, access.issue(VERIFIER), scope)
    return [one.id for text in found for one in read_presentation(text).credentials]


async def test_the_same_credential_is_kept_once_and_the_newest_is_shown(
    holding: Holding, store: Store, world: World, access: AccessTokens, time: Any
):
    await take(holding, store, delivery(world.credential()))
    await take(holding, store, delivery(world.credential()))
    assert await store.read(lambda tx: tx.credentials.count()) == 1
    time.passes(1)
    await take(holding, store, delivery(world.credential(2)))
    assert await shown(holding, access) == ["urn:uuid:2"]


async def test_what_is_issued_anew_under_its_id_replaces_what_was(
    holding: Holding, store: Store, world: World, access: AccessTokens, time: Any
):
    await take(holding, store, delivery(world.credential()))
    time.passes(80_000)
    await take(holding, store, delivery(world.credential()))
    assert await store.read(lambda tx: tx.credentials.count()) == 1
    time.passes(80_000)
    assert await shown(holding, access) == ["urn:uuid:1"]


@pytest.mark.parametrize("begins", [timedelta(hours=1), -timedelta(hours=1)])
async def test_what_came_last_hides_nothing_in_force_while_it_is_not(
    holding: Holding, store: Store, world: World, access: AccessTokens, time: Any, begins: Any
):
    await take(holding, store, delivery(world.credential()))
    time.passes(1)
    begin = clock.now() + begins
    brief = {"valid_from": begin, "valid_until": begin + timedelta(minutes=59)}
    await take(holding, store, delivery(world.credential(2, **brief)))
    assert await shown(holding, access) == ["urn:uuid:1"]
    if begins > timedelta():
        time.passes(3600 + 1)
        assert await shown(holding, access) == ["urn:uuid:2"]


async def test_what_has_ended_or_is_withdrawn_is_not_shown(
    holding: Holding, store: Store, world: World, access: AccessTokens, time: Any
):
    await take(holding, store, delivery(world.credential()))
    world.withdrawn = NotProvenError(step="s", reason="it is revoked")
    assert await shown(holding, access) == []
    world.withdrawn = UnreachableError(who="x", reason="away")
    assert await shown(holding, access) == ["urn:uuid:1"]
    world.withdrawn = None
    time.passes(86_401)
    assert await shown(holding, access) == []
    (kept,) = await store.read(lambda tx: tx.credentials.find())
    why = spoken(await holding.why_withheld(kept), "vi")
    assert str(why).startswith("nó đã hết hạn lúc 20")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"subject": {"id": VERIFIER}}, "the credential is not about this node",
            id="about somebody else"),
        pytest.param({"type": "AIAssuranceCredential"},
            f"{ISSUER} may issue {TYPE} here, not AIAssuranceCredential", id="beyond its types"),
    ],
)  # fmt: skip
async def test_of_a_delivery_with_one_wrong_credential_none_is_taken(
    holding: Holding, store: Store, world: World, change: Any, told: str
):
    message = delivery(world.credential(), world.credential(2, **change))
    with pytest.raises(NotProvenError) as caught:
        await take(holding, store, message)
    assert str(caught.value.reason) == told
    assert await store.read(lambda tx: tx.credentials.count()) == 0


async def test_a_list_that_cannot_be_had_delays_a_delivery(holding: Holding, world: World):
    world.believed = Believed(lacking=("did:web:authority.other.example",))
    with pytest.raises(UnreachableError) as caught:
        await holding.check_delivery(ISSUER, delivery(world.credential()))
    assert str(caught.value) == (
        "the recognition list of did:web:authority.other.example cannot be reached: until it can"
        f" be, {ISSUER} is not an issuer that this node recognises"
    )


async def test_a_credential_of_another_and_an_empty_delivery(holding: Holding, world: World):
    with pytest.raises(NotProvenError, match="brings a credential of"):
        await holding.check_delivery("did:web:mallory.example", delivery(world.credential()))
    with pytest.raises(MalformedMessageError, match="ISSUED without credentials"):
        await holding.check_delivery(ISSUER, delivery())
    with pytest.raises(MalformedMessageError, match="the pid of the request"):
        await holding.check_delivery(ISSUER, delivery(world.credential(), holder_pid=None))
    assert await holding.check_delivery(ISSUER, delivery(status=Outcome.REJECTED)) == []


async def test_an_offer_is_booked_for_who_makes_it_only(holding: Holding, store: Store):
    offer = CredentialOfferMessage(issuer=ISSUER, credentials=(CredentialObject(id="x"),))
    await store.run(lambda tx: holding.offered(tx, ISSUER, offer, now=clock.now()))
    ((_, entry),) = await store.read(lambda tx: tx.journal.find())
    assert (entry.event, entry.peer, entry.detail) == (
        "credentials-offered", ISSUER, {"credentials": ["x"]},
    )  # fmt: skip
    with pytest.raises(NotProvenError, match="offers for somebody else"):
        await store.run(lambda tx: holding.offered(tx, VERIFIER, offer, now=clock.now()))
