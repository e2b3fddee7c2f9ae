"""Runs with openbadgeslib's interpreter: checks a badge of ours, or makes one of theirs."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from openbadgeslib.ob3.credential import Achievement, Issuer, OpenBadgeCredential
from openbadgeslib.ob3.did import did_key_from_pem
from openbadgeslib.ob3.ldp import OB3LdpSigner, OB3LdpVerifier
from openbadgeslib.ob3.signer import OB3Signer
from openbadgeslib.ob3.verifier import OB3Verifier


def check(given: dict) -> dict:
    badge, pages = given["badge"], given["pages"]

    def download(url: str, *_: object, **__: object) -> bytes:
        if url.startswith("https://localhost"):
            url = url.replace("https://", "http://", 1)
        return pages[url].encode()

    try:
        if badge.lstrip().startswith("{") and "proof" in json.loads(badge):
            verifier = OB3LdpVerifier(given["pem"], given["did"])
        else:
            verifier = OB3Verifier(given["pem"], given["did"])
            if badge.lstrip().startswith("{"):
                badge = json.loads(badge)["id"].split(",", 1)[1]
        # It reads signed lists as JWTs only; ours beside an embedded proof has one as well.
        jwt = isinstance(verifier, OB3Verifier)
        found = verifier.verify(badge, check_status=True, download=download, verify_status_list=jwt)
    except Exception as error:  # noqa: BLE001
        return {"ok": False, "why": f"{type(error).__name__}: {error}"}
    return {"ok": True, "name": found.achievement.name}


def make(proof: str) -> dict:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    did = did_key_from_pem(public)
    now = datetime.now(timezone.utc)  # noqa: UP017
    credential = OpenBadgeCredential(
        id="urn:uuid:5b8c1f0e-0d11-4c38-9a39-1c0f2f0d2b11",
        issuer=Issuer(id=did, name="A school"),
        recipient_id="did:example:lan",
        achievement=Achievement(
            id="urn:uuid:5b8c1f0e-0d11-4c38-9a39-1c0f2f0d2b12", name="Fishing",
            description="Catches fish", criteria_narrative="Caught one",
        ),
        issuance_date=now, expiration_date=now + timedelta(days=9),
    )  # fmt: skip
    if proof == "jose":
        return {"did": did, "badge": OB3Signer(pem, algorithm="EdDSA").sign(credential)}
    return {"did": did, "badge": OB3LdpSigner(pem).sign_to_json(credential)}


asked = json.load(sys.stdin)
sys.stdout.write(json.dumps(make(asked["make"]) if "make" in asked else check(asked)))
