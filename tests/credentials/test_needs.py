"""What one partner needs beyond DCP 1.0: refused from everybody, taken from who is named for it.

The forms are those that Eclipse EDC 0.15.1 and IdentityHub 0.15.1 were seen to send.
"""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from impostor import Impostor

from faifo import clock
from faifo.node.custody.trust_file import (
    TrustedIssuer,
    TrustedParticipant,
    add_trust,
    read_trust_file,
    write_trust,
)
from faifo.node.http.public.wellknown import ISSUER_SERVICE_PATH
from faifo.trust.dcp.lists import unsigned_list
from faifo.trust.dcp.needs import Need
from faifo.trust.dcp.presentation import write_envelope
from faifo.trust.dcp.status_list import read_status_list
from faifo.trust.jws import read_jws, write_jws
from faifo.trust.keys import KeyPurpose, SigningKey
from people import admit, eventually

NAMESPACE = "https://w3id.org/dspace-dcp/v1.0/"


class Hub(Impostor):
    """A peer whose wallet behaves as IdentityHub does."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.enveloped = False
        self.by: SigningKey | None = None
        self.for_whom: str | None = None
        self.listed: Any = None
        self.said: dict[str, Any] | None = None  # beside what is presented, instead of the usual
        self.queries: list[dict[str, Any]] = []
        self.brought: list[dict[str, Any]] = []

    def app(self) -> web.Application:
        app = super().app()
        app.router.add_post("/wallet/credentials", self._bring)
        return app

    async def _query(self, request: web.Request) -> web.Response:
        self.queries.append(await request.json())
        return await super()._query(request)

    async def _bring(self, request: web.Request) -> web.Response:
        self.brought.append(await request.json())
        return web.Response()

    async def _document(self, request: web.Request) -> web.Response:
        answer = await super()._document(request)
        document = json.loads(answer.body)  # type: ignore[arg-type]
        if self.listed is not None:
            for name in ("authentication", "assertionMethod", "capabilityInvocation"):
                document.pop(name, None)
            document |= self.listed
        return web.Response(body=json.dumps(document))

    def presentation(self) -> str:
        inner = super().presentation()
        if self.said is not None:
            key = self.keys[KeyPurpose.PRESENTATION]
            usual = ("iss", "sub", "aud", "jti", "iat", "nbf", "exp")
            payload = read_jws(inner, what="presentation", limit=100_000).payload
            plain = {name: value for name, value in payload.items() if name not in usual}
            return write_jws({**plain, **self.said}, key=key, typ="vp+jwt")
        if not self.enveloped:
            return inner
        return write_envelope(
            inner, holder=self.did, audience=self.for_whom or self.audience or "", jti="o",
            key=self.by or self.keys[KeyPurpose.PRESENTATION], now=clock.now(),
        )  # fmt: skip


@pytest.fixture
async def hub(port: int):
    made = Hub(port)
    server = TestServer(made.app(), host="127.0.0.1", port=port)
    await server.start_server()
    yield made
    await server.close()


@pytest.fixture
async def verifier(town: Any, hub: Hub):
    issuer = TrustedIssuer(did=hub.did, types=("MembershipCredential",))
    node = await town.node("verifier", trusts=[issuer])
    hub.audience = node.did
    return node


def name_needs(node: Any, did: str, *needs: Need) -> None:
    """Let the node's operator say what `did` needs."""
    add_trust(node.directory.trust, TrustedParticipant(did=did, needs=needs))


async def test_a_presentation_in_an_envelope(verifier: Any, hub: Hub) -> None:
    hub.enveloped = True
    status, why = await hub.call(verifier)
    assert status == 401
    assert "EnvelopedVerifiablePresentation" in why or "context of the presentation" in why
    name_needs(verifier, hub.did, Need.ENVELOPED)

    async def served() -> None:
        assert (await hub.call(verifier))[0] == 200

    await eventually(served, within=4)  # the refusal is kept for a second


@pytest.mark.parametrize("wrong", ["another key", "another audience"])
async def test_an_envelope_proves_as_much_as_what_is_in_it(
    verifier: Any, hub: Hub, wrong: str
) -> None:
    name_needs(verifier, hub.did, Need.ENVELOPED)
    hub.enveloped = True
    if wrong == "another key":
        hub.by = hub.key(KeyPurpose.PRESENTATION)
    else:
        hub.for_whom = "did:web:elsewhere.example"
    assert (await hub.call(verifier))[0] == 401


@pytest.mark.parametrize("bound", ["nothing", "another audience", "the past"])
async def test_a_presentation_that_says_neither_for_whom_nor_until_when(
    verifier: Any, hub: Hub, bound: str
) -> None:
    said = {
        "nothing": {},
        "another audience": {"aud": "did:web:elsewhere.example"},
        "the past": {"exp": int(clock.now().timestamp()) - 3600},
    }[bound]
    hub.said = said
    assert (await hub.call(verifier))[0] == 401
    name_needs(verifier, hub.did, Need.UNBOUND)

    async def heard() -> None:
        assert (await hub.call(verifier))[0] == (200 if bound == "nothing" else 401)

    await eventually(heard, within=4)


@pytest.mark.parametrize("listed", [{"authentication": []}, {}], ids=["empty", "absent"])
async def test_keys_that_are_listed_for_no_use(verifier: Any, hub: Hub, listed: Any) -> None:
    # Its credentials are its own here, so that its keys are listed for those alone.
    keys = [f"{hub.did}#{purpose}" for purpose in KeyPurpose]
    hub.listed = {**listed, "assertionMethod": keys}
    assert (await hub.call(verifier))[0] == 401
    name_needs(verifier, hub.did, Need.UNLISTED_KEYS)

    async def served() -> None:
        assert (await hub.call(verifier))[0] == 200

    await eventually(served, within=4)


async def test_keys_that_are_listed_for_another_use_stay_refused(verifier: Any, hub: Hub) -> None:
    name_needs(verifier, hub.did, Need.UNLISTED_KEYS)
    other = f"{hub.did}#{KeyPurpose.CREDENTIAL}"
    hub.listed = {"capabilityInvocation": [other], "assertionMethod": [other]}
    assert (await hub.call(verifier))[0] == 401


async def test_scopes_that_its_wallet_knows(verifier: Any, hub: Hub) -> None:
    assert (await hub.call(verifier))[0] == 200
    standard = "org.eclipse.dspace.dcp.vc.type:MembershipCredential"
    assert hub.queries[-1]["scope"] == [standard]
    name_needs(verifier, hub.did, Need.EDC_SCOPES)

    async def asked() -> None:
        assert (await hub.call(verifier))[0] == 200
        assert hub.queries[-1]["scope"] == ["org.eclipse.edc.vc.type:MembershipCredential:read"]

    await eventually(asked, within=4)  # what was shown is kept for a second


async def requested(hub: Hub, authority: Any, body: dict[str, Any]) -> int:
    service = authority.settings.node.public_url + ISSUER_SERVICE_PATH
    headers = {"Authorization": f"Bearer {hub.token(authority.did)}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{service}/credentials", json=body, headers=headers) as answer,
    ):
        return answer.status


@pytest.mark.parametrize("needs", [(), (Need.EDC_FORMATS,)])
async def test_a_request_in_full_and_what_is_brought(
    town: Any, hub: Hub, needs: tuple[Need, ...]
) -> None:
    authority = await town.node("authority", authority=True)
    if needs:
        name_needs(authority, hub.did, *needs)
    supported = json.loads(authority.acting.issuing.book.metadata())["credentialsSupported"]
    body = {
        "@type": f"{NAMESPACE}CredentialRequestMessage",
        f"{NAMESPACE}holderPid": {"@id": "hub-1"},
        f"{NAMESPACE}credentials": [{"@type": "@json", "@value": [{"id": supported[0]["id"]}]}],
    }
    assert await requested(hub, authority, body) == 201
    await admit_as(authority, hub)
    (container,) = hub.brought[0]["credentials"]
    assert hub.brought[0]["holderPid"] == "hub-1"
    plain = supported[0]["profile"]
    edc = {"vc11-sl2021/jwt": "VC1_0_JWT", "vc20-bssl/jwt": "VC2_0_JOSE"}
    assert container["format"] == (edc[plain] if needs else plain)


async def admit_as(authority: Any, hub: Hub) -> None:
    await authority.client.decide_member("admit", hub.did, claims={"name": "hub"})

    async def brought() -> None:
        assert hub.brought

    await eventually(brought, within=5)


async def test_a_wallet_of_ours_wraps_for_who_needs_it(town: Any, believe: Any) -> None:
    authority = await town.node("authority", authority=True)
    holder = await town.node("holder", trusts=[believe(authority)])
    verifier = await town.node("verifier", trusts=[believe(authority)])
    for member in (holder, verifier):
        await admit(authority, member, name=member.settings.node.name)
    name_needs(holder, verifier.did, Need.ENVELOPED)
    with pytest.raises(Exception, match=r"answered (401|504)"):
        await holder.client.catalog(verifier.did)
    name_needs(verifier, holder.did, Need.ENVELOPED)

    async def served() -> None:
        await holder.client.catalog(verifier.did)

    await eventually(served, within=4)


async def test_status_lists_as_json_for_who_asks_for_no_jwt(town: Any, believe: Any) -> None:
    authority = await town.node("authority", authority=True, json_status_lists="true")
    member = await town.node("member", trusts=[believe(authority)])
    other = await town.node("other", trusts=[believe(authority)])
    for one in (member, other):
        await admit(authority, one, name=one.settings.node.name)
    # A Faifo node asks for the signed one, and believes it.
    await member.client.catalog(other.did)
    held = await member.store.read(lambda tx: tx.credentials.find())
    payload = read_status_url(held[0].payload)
    async with aiohttp.ClientSession() as session:
        async with session.get(payload, headers={"Accept": "*/*"}) as answer:
            assert answer.content_type == "application/vc+json"
            listed = read_status_list(await answer.read(), url=payload)
        async with session.get(payload, headers={"Accept": "application/jwt"}) as answer:
            signed = await answer.text()
    assert listed.bits == read_status_list(signed.encode(), url=payload).bits
    assert unsigned_list(signed)["credentialSubject"]["statusPurpose"] in listed.purposes


def read_status_url(jwt: str) -> str:
    import base64

    part = jwt.split(".")[1]
    body = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
    found = re.search(r'"statusListCredential":"([^"]+)"', body)
    assert found
    return found[1]


def test_needs_stand_in_the_trust_file(tmp_path: Any) -> None:
    path = tmp_path / "trust.toml"
    entry = TrustedParticipant(did="did:web:a.example", needs=(Need.ENVELOPED, Need.EDC_SCOPES))
    write_trust(path, (entry,))
    assert read_trust_file(path).participant == (entry,)
    assert msgspec.to_builtins(entry)["needs"] == ("enveloped", "edc-scopes")


async def test_a_verifier_may_ask_our_wallet_with_edc_s_alias(town: Any, hub: Hub) -> None:
    holder = await town.node("holder")
    url = f"{holder.settings.node.public_url}/dcp/1.0/holder/presentations/query"
    body = {
        "@context": ["https://w3id.org/dspace-dcp/v1.0/dcp.jsonld"],
        "type": "PresentationQueryMessage",
        "scope": ["org.eclipse.edc.vc.type:MembershipCredential:read"],
    }

    async def asked() -> int:
        access = holder.trusting.access.issue(hub.did)
        headers = {"Authorization": f"Bearer {hub.token(holder.did, access=access)}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=body, headers=headers) as answer,
        ):
            return answer.status

    assert await asked() == 400
    name_needs(holder, hub.did, Need.EDC_SCOPES)
    assert await asked() == 200
