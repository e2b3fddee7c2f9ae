"""A presentation with one membership, and all that a verifier needs to prove it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from faifo.node.membership.authority import FIRST_TYPES
from faifo.trust.dcp.credential import Claims, read_credential, write_credential
from faifo.trust.dcp.lists import write_status_list
from faifo.trust.dcp.presentation import Attempt, Presentation, write_presentation
from faifo.trust.dcp.profiles import STATUS_TYPES, Profile
from faifo.trust.dcp.recognition import Believed, Issuer
from faifo.trust.dcp.status_list import MIN_BITS, StatusEntry, StatusList, read_status_list
from faifo.trust.did import DidDocument, read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey, key_id

ISSUER, HOLDER, VERIFIER = (
    f"did:web:{name}.example" for name in ("authority", "holder", "verifier")
)
MEMBERSHIP = "MembershipCredential"
SCHEMA = "https://authority.example/schemas/membership"
# An authority keeps one list for each, and its credentials have an entry in both.
LISTS = {
    purpose: f"https://authority.example/status/{purpose}"
    for purpose in ("revocation", "suspension")
}
PROFILE = Profile.VC20
DAY = timedelta(days=1)


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is the presentation; `signatures` how many verifying it verifies."""

    text: str
    signatures: int
    now: datetime
    documents: dict[str, DidDocument]
    lists: dict[str, StatusList]
    schemas: dict[str, Any]

    def attempt(self, presentation: Presentation) -> Attempt:
        return Attempt(
            presentations=(presentation,),
            holder=HOLDER,
            audience=VERIFIER,
            asked=(MEMBERSHIP,),
            now=self.now,
            recognition=Believed(issuers=(Issuer(did=ISSUER, types=(MEMBERSHIP,)),)),
            documents=self.documents,
            lists=self.lists,
            schemas=self.schemas,
        )


def make_key(did: str, purpose: KeyPurpose) -> SigningKey:
    return SigningKey(
        id=key_id(did, f"{purpose.value}-1"),
        purpose=purpose,
        created=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
        private_key=ec.generate_private_key(ec.SECP256R1()),
    )


def scene(now: datetime) -> Scene:
    issuers, holders = (
        make_key(ISSUER, KeyPurpose.CREDENTIAL),
        make_key(HOLDER, KeyPurpose.PRESENTATION),
    )
    entries = tuple(
        StatusEntry(type=STATUS_TYPES[PROFILE], purpose=purpose, index=7, url=url)
        for purpose, url in LISTS.items()
    )
    claims = Claims(
        id="urn:uuid:01a20431-f765-767d-8227-eb0e338b7c45",
        type=MEMBERSHIP,
        subject={"id": HOLDER, "name": "Holder", "economy": "VN"},
        valid_from=now - DAY,
        valid_until=now + DAY,
        entries=entries,
        schema=SCHEMA,
    )
    credential = write_credential(claims, profile=PROFILE, issuer=ISSUER, key=issuers)
    text = write_presentation(
        (read_credential(credential),),
        profile=PROFILE,
        holder=HOLDER,
        audience=VERIFIER,
        jti="urn:uuid:01a20431-f765-767d-8227-eb0e338b7c46",
        key=holders,
        now=now,
    )
    return Scene(
        text=text,
        signatures=2 + len(LISTS),
        now=now,
        documents={
            did: read_did_document(write_did_document(did, [key], []), did=did)
            for did, key in ((ISSUER, issuers), (HOLDER, holders))
        },
        lists={url: _list(purpose, url, issuers, now) for purpose, url in LISTS.items()},
        schemas={SCHEMA: FIRST_TYPES[MEMBERSHIP]},
    )


def _list(purpose: str, url: str, key: SigningKey, now: datetime) -> StatusList:
    text = write_status_list(
        bytes(MIN_BITS // 8),
        url=url,
        purpose=purpose,
        profile=PROFILE,
        issuer=ISSUER,
        key=key,
        now=now,
        lifetime=DAY,
    )
    return read_status_list(text.encode(), url=url)
