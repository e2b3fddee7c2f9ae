"""The wallet and the token service that a connector with EDC's own DCP modules has beside it.

Small, and strict as DCP 1.0 is: what is under test are EDC's verifier, its scopes and its tokens.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from faifo import clock, ids
from faifo.messages.dcp_1_0.presentation import PresentationResponseMessage
from faifo.messages.dsp_2025_1.codec import write
from faifo.trust import self_issued
from faifo.trust.dcp.credential import read_credential
from faifo.trust.dcp.presentation import write_presentation
from faifo.trust.dcp.profiles import Profile
from faifo.trust.did import write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey

PURPOSES = (KeyPurpose.TOKEN, KeyPurpose.PRESENTATION)


class Wallet:
    """One DID with its document, keys and credentials."""

    def __init__(self, port: int, connector: str) -> None:
        """`connector` is the address of the connector's version document."""
        self.port = port
        self.did = f"did:web:localhost%3A{port}"
        self.url = f"http://localhost:{port}"
        self.held: list[str] = []
        self._connector = connector
        self._keys = {purpose: self._key(purpose) for purpose in PURPOSES}
        self._runner: web.AppRunner | None = None

    def _key(self, purpose: KeyPurpose) -> SigningKey:
        private = ec.generate_private_key(ec.SECP256R1())
        return SigningKey(
            id=f"{self.did}#{purpose}", purpose=purpose, created=clock.now(), private_key=private
        )

    async def open(self) -> None:
        app = web.Application()
        app.router.add_get("/.well-known/did.json", self._document)
        app.router.add_post("/sts", self._issue)
        app.router.add_post("/wallet/presentations/query", self._present)
        app.router.add_post("/wallet/credentials", self._keep)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def token(self, audience: str, access: str | None = None) -> str:
        now = clock.now()
        return self_issued.issue(
            key=self._keys[KeyPurpose.TOKEN],
            did=self.did,
            audience=audience,
            jti=ids.new_urn(now),
            now=now,
            access_token=access,
        )

    async def _document(self, _: web.Request) -> web.Response:
        places = {"CredentialService": f"{self.url}/wallet", "DataService": self._connector}
        services = [
            {"id": f"{self.did}#{kind}", "type": kind, "serviceEndpoint": place}
            for kind, place in places.items()
        ]
        body = write_did_document(self.did, list(self._keys.values()), services)
        return web.Response(body=body, content_type="application/did+json")

    async def _issue(self, request: web.Request) -> web.Response:
        claims = json.loads(await request.read())
        access = claims.get("token") or f"for {claims.get('scope')}"
        return web.Response(text=self.token(claims["aud"], access))

    async def _present(self, request: web.Request) -> web.Response:
        bearer = request.headers["Authorization"].partition(" ")[2]
        asking = self_issued.read(bearer).claimed_did
        now = clock.now()
        text = write_presentation(
            tuple(read_credential(one) for one in self.held),
            profile=Profile.VC11,
            holder=self.did,
            audience=asking,
            jti=ids.new_urn(now),
            key=self._keys[KeyPurpose.PRESENTATION],
            now=now,
        )
        body = write(PresentationResponseMessage(presentation=(text,)))
        return web.Response(body=body, content_type="application/json")

    async def _keep(self, request: web.Request) -> web.Response:
        message: dict[str, Any] = json.loads(await request.read())
        self.held += [one["payload"] for one in message["credentials"]]
        return web.Response()
