"""A peer all of whose keys are Ed25519, as the specifications allow and Faifo's own never are."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from impostor import PURPOSES, Impostor

from faifo.trust import base64url
from faifo.trust.keys import KeyPurpose


class Edwards(Impostor):
    """Holder and issuer in one; `forged` purposes are signed by a key that is not published."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.private = {purpose: Ed25519PrivateKey.generate() for purpose in PURPOSES}
        self.published = {name: key.public_key() for name, key in self.private.items()}

    def signed(self, text: str, purpose: KeyPurpose, **header: Any) -> str:
        """Return the JWS `text` with EdDSA in place of ES256; `header` changes more of it."""
        head, payload, _ = text.split(".")
        changed = json.loads(base64url.decode(head)) | {"alg": "EdDSA"} | header
        head = base64url.encode(json.dumps(changed).encode())
        signature = self.private[purpose].sign(f"{head}.{payload}".encode())
        return f"{head}.{payload}.{base64url.encode(signature)}"

    def credential(self, entry: Any) -> str:
        return self.signed(super().credential(entry), KeyPurpose.CREDENTIAL)

    def presentation(self) -> str:
        return self.signed(super().presentation(), KeyPurpose.PRESENTATION)

    def status_list(self) -> str:
        return self.signed(super().status_list(), KeyPurpose.CREDENTIAL)

    def token(self, audience: str, *, access: str | None = "opaque") -> str:
        return self.signed(super().token(audience, access=access), KeyPurpose.TOKEN)

    async def _document(self, request: web.Request) -> web.Response:
        answer = await super()._document(request)
        document = json.loads(answer.body)  # type: ignore[arg-type]
        for method in document["verificationMethod"]:
            public = self.published[KeyPurpose(method["id"].partition("#")[2])]
            method["publicKeyJwk"] = {
                "kty": "OKP", "crv": "Ed25519", "x": base64url.encode(public.public_bytes_raw()),
            }  # fmt: skip
        return web.json_response(document)
