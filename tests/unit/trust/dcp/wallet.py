"""An issuer, a holder and a verifier, and what they make: the scene of the tests of this room."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from faifo.trust import base64url
from faifo.trust.dcp.credential import Claims, read_credential, write_credential
from faifo.trust.dcp.lists import write_status_list
from faifo.trust.dcp.presentation import Attempt, read_presentation, write_presentation
from faifo.trust.dcp.profiles import STATUS_TYPES, Profile
from faifo.trust.dcp.recognition import Believed, Issuer
from faifo.trust.dcp.status_list import StatusEntry, read_status_list
from faifo.trust.did import read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose

ISSUER, HOLDER, VERIFIER = (
    "did:web:authority.example",
    "did:web:holder.example",
    "did:web:verifier.example",
)
MALLORY = "did:web:mallory.example"
LIST = "https://authority.example/status/1"
SCHEMA = "https://authority.example/schemas/membership"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Wallet:
    """Everything genuine; a test replaces one thing."""

    def __init__(self, make_key: Any, profile: Profile) -> None:
        self.make_key, self.profile, self.now = make_key, profile, NOON
        self.token_key = make_key(HOLDER, "token", KeyPurpose.TOKEN)
        self.presentation_key = make_key(HOLDER, "vp", KeyPurpose.PRESENTATION)
        self.credential_key = make_key(ISSUER, "vc", KeyPurpose.CREDENTIAL)
        self.agreement_key = make_key(ISSUER, "agreement", KeyPurpose.AGREEMENT)
        self.mallorys = make_key(MALLORY, "vc", KeyPurpose.CREDENTIAL)
        self.documents = {
            HOLDER: document(HOLDER, [self.token_key, self.presentation_key]),
            ISSUER: document(ISSUER, [self.credential_key, self.agreement_key]),
            MALLORY: document(MALLORY, [self.mallorys]),
        }
        self.bits = bytearray(16 * 1024)
        self.schema: Any = {"type": "object", "required": ["economy"]}

    def credential(self, **change: Any) -> str:
        claims = {
            "id": "urn:uuid:1",
            "type": "MembershipCredential",
            "subject": {"id": HOLDER, "economy": "VN"},
            "valid_from": NOON - timedelta(days=1),
            "valid_until": NOON + timedelta(days=1),
            "entries": (self.entry(),),
            "schema": SCHEMA,
        } | change
        return write_credential(
            Claims(**claims), profile=self.profile, issuer=ISSUER, key=self.credential_key
        )

    def entry(self, **change: Any) -> StatusEntry:
        given = {"type": STATUS_TYPES[self.profile], "purpose": "revocation", "index": 7}
        return StatusEntry(**({"url": LIST} | given | change))

    def presentation(self, *credentials: str, audience: str = VERIFIER) -> str:
        return write_presentation(
            tuple(read_credential(text) for text in credentials or (self.credential(),)),
            profile=self.profile, holder=HOLDER, audience=audience, jti="j1",
            key=self.presentation_key, now=NOON,
        )  # fmt: skip

    def list_text(self, *, key: Any = None, now: datetime = NOON, purpose: str = "revocation"):
        return write_status_list(
            bytes(self.bits), url=LIST, purpose=purpose, profile=self.profile, issuer=ISSUER,
            key=key or self.credential_key, now=now, lifetime=timedelta(hours=1),
        )  # fmt: skip

    def attempt(self, *texts: str, **change: Any) -> Attempt:
        given = {
            "presentations": tuple(map(read_presentation, texts or (self.presentation(),))),
            "holder": HOLDER,
            "audience": VERIFIER,
            "asked": ("MembershipCredential",),
            "now": NOON,
            "recognition": Believed(issuers=(Issuer(did=ISSUER, types=("MembershipCredential",)),)),
            "documents": self.documents,
            "lists": {LIST: read_status_list(self.list_text().encode(), url=LIST)},
            "schemas": {SCHEMA: self.schema},
        }
        return Attempt(**(given | change))

    def with_document(self, did: str, change: Any) -> dict[str, Any]:
        """Return the documents with one of them changed, as plain JSON."""
        keys = {
            HOLDER: [self.token_key, self.presentation_key],
            ISSUER: [self.credential_key, self.agreement_key],
        }[did]
        plain = json.loads(write_did_document(did, keys, []))
        change(plain)
        return self.documents | {did: read_did_document(json.dumps(plain).encode(), did=did)}


def document(did: str, keys: Any):
    return read_did_document(write_did_document(did, keys, []), did=did)


def resigned(text: str, key: Any, *, header: Any = None, payload: Any = None) -> str:
    """Return the JWS `text` with members changed (None removes one), signed with `key`."""
    head, body, _ = (json.loads(base64url.decode(part)) for part in [*text.split(".")[:2], "e30"])
    head, body = head | (header or {}), body | (payload or {})
    kept = [{k: v for k, v in part.items() if v is not None} for part in (head, body)]
    signed = ".".join(base64url.encode(msgspec.json.encode(part)) for part in kept)
    return f"{signed}.{base64url.encode(key.sign(signed.encode()))}"
