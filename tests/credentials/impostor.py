"""A peer that a test plays itself: a DID document, a wallet and an issuer, keys in its hands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from faifo import clock, ids
from faifo.messages.dcp_1_0.presentation import PresentationResponseMessage
from faifo.messages.dsp_2025_1.catalog import CatalogRequestMessage
from faifo.messages.dsp_2025_1.codec import write
from faifo.trust import self_issued
from faifo.trust.dcp.credential import Claims, read_credential, write_credential
from faifo.trust.dcp.lists import write_status_list
from faifo.trust.dcp.presentation import write_presentation
from faifo.trust.dcp.profiles import STATUS_TYPES, Profile
from faifo.trust.dcp.status_list import StatusEntry
from faifo.trust.did import write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey

PURPOSES = (KeyPurpose.TOKEN, KeyPurpose.PRESENTATION, KeyPurpose.CREDENTIAL)


class Impostor:
    """Holder and issuer in one; genuine as long as a test changes nothing."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://localhost:{port}"
        self.did = f"did:web:localhost%3A{port}"
        self.wallet = f"{self.url}/wallet"
        self.keys = {purpose: self.key(purpose) for purpose in PURPOSES}
        self.audience: str | None = None
        self.document_answer: Any = None
        self.list_answer: Any = None
        self.asked: list[str] = []
        self.did_of_document = self.did

    def key(self, purpose: KeyPurpose) -> SigningKey:
        private = ec.generate_private_key(ec.SECP256R1())
        key_id = f"{self.did}#{purpose}"
        return SigningKey(id=key_id, purpose=purpose, created=clock.now(), private_key=private)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/.well-known/did.json", self._document)
        app.router.add_post("/wallet/presentations/query", self._query)
        app.router.add_get("/list", self._list)
        return app

    async def _document(self, _: web.Request) -> web.Response:
        self.asked.append("document")
        if self.document_answer is not None:
            return self.document_answer()
        service = {"id": f"{self.did}#c", "type": "CredentialService",
                   "serviceEndpoint": self.wallet}  # fmt: skip
        return web.Response(body=write_did_document(self.did, list(self.keys.values()), [service]))

    async def _query(self, _: web.Request) -> web.Response:
        self.asked.append("wallet")
        return web.Response(
            body=write(PresentationResponseMessage(presentation=(self.presentation(),))),
            content_type="application/json",
        )

    async def _list(self, _: web.Request) -> web.Response:
        self.asked.append("list")
        if self.list_answer is not None:
            return self.list_answer()
        return web.Response(text=self.status_list())

    def status_list(self) -> str:
        return write_status_list(
            bytes(16384), url=f"{self.url}/list", purpose="revocation", profile=Profile.VC20,
            issuer=self.did, key=self.keys[KeyPurpose.CREDENTIAL], now=clock.now(),
            lifetime=timedelta(hours=1),
        )  # fmt: skip

    def presentation(self) -> str:
        now = clock.now()
        entry = StatusEntry(
            type=STATUS_TYPES[Profile.VC20], purpose="revocation", index=5, url=f"{self.url}/list"
        )
        credential = read_credential(self.credential(entry))
        return write_presentation(
            (credential,), profile=Profile.VC20, holder=self.did,
            audience=self.audience or "", jti="j", key=self.keys[KeyPurpose.PRESENTATION], now=now,
        )  # fmt: skip

    def credential(self, entry: StatusEntry) -> str:
        now = clock.now()
        claims = Claims(
            id=ids.new_urn(now), type="MembershipCredential",
            subject={"id": self.did, "economy": "JP"}, valid_from=now - timedelta(days=1),
            valid_until=now + timedelta(days=1), entries=(entry,),
        )  # fmt: skip
        return write_credential(
            claims, profile=Profile.VC20, issuer=self.did, key=self.keys[KeyPurpose.CREDENTIAL]
        )

    def token(self, audience: str, *, access: str | None = "opaque") -> str:
        now = clock.now()
        return self_issued.issue(
            key=self.keys[KeyPurpose.TOKEN], did=self.did, audience=audience,
            jti=ids.new_urn(now), now=now, access_token=access,
        )  # fmt: skip

    async def call(self, node: Any, token: str | None = None) -> tuple[int, str]:
        """Ask `node` for its catalog; return status and reason."""
        token = token or self.token(node.did)
        url = node.settings.node.public_url + "/dsp/2025-1/catalog/request"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = write(CatalogRequestMessage())
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            content = await answer.json()
            return answer.status, " ".join(content.get("reason", []))
