"""DID documents and tokens as others write them: the cases that are shared, and what is right."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

from faifo.errors import NotProvenError
from faifo.trust import base64url
from faifo.trust.did_document import read_did_document
from faifo.trust.self_issued import read, verify

SHARED = Path(__file__).parents[4] / "shared" / "cases" / "did-and-token-variants.json"
CASES: dict[str, Any] = json.loads(SHARED.read_text()) if SHARED.exists() else {}
US = "did:web:us.example"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
STAMP = int(NOW.timestamp())
# What is odd in a token is told by its name alone; None takes a claim away.
CLAIMS: dict[str, dict[str, Any]] = {
    "aud array of one": {"aud": [US]},
    "aud array of two": {"aud": [US, "did:web:other.example"]},
    "aud is URL": {"aud": "https://us.example"},
    "clock +20s": {"iat": STAMP + 20, "exp": STAMP + 320},
    "clock +45s": {"iat": STAMP + 45, "exp": STAMP + 345},
    "expired 20s ago": {"iat": STAMP - 320, "exp": STAMP - 20},
    "expired 60s ago": {"iat": STAMP - 360, "exp": STAMP - 60},
    "no iat": {"iat": None},
    "iat float": {"iat": STAMP + 0.5},
    "exp as text": {"exp": str(STAMP + 300)},
    "life 24h": {"exp": STAMP + 86_400},
    "no jti": {"jti": None},
}
# How a document is served, and how large it may be, is seen where it is fetched: test_resolver.py.
ELSEWHERE = {name for name in CASES if name.startswith("did doc ") and "host" not in name}


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return text


def own_keys(part: Any) -> Any:
    """Return a part of a document with our own keys in the place of theirs."""
    if isinstance(part, list):
        return [own_keys(one) for one in part]
    if not isinstance(part, dict):
        return part
    part = {name: own_keys(value) for name, value in part.items()}
    numbers = P256.public_key().public_numbers()
    raw = ED25519.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    if part.get("crv") == "P-256" and "x" in part:
        x, y = (base64url.encode(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
        part |= {"x": x + "=" * part["x"].count("="), "y": y}
    elif part.get("crv") == "Ed25519" and "x" in part:
        part["x"] = base64url.encode(raw)
    elif str(part.get("publicKeyMultibase", "")).startswith("zDn"):
        point = P256.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )
        part["publicKeyMultibase"] = "z" + base58(b"\x80\x24" + point)
    elif str(part.get("publicKeyMultibase", "")).startswith("z6Mk"):
        part["publicKeyMultibase"] = "z" + base58(b"\xed\x01" + raw)
    return part


def signed(header: dict[str, Any], claims: dict[str, Any]) -> str:
    head, body = (base64url.encode(json.dumps(part).encode()) for part in (header, claims))
    data = f"{head}.{body}".encode()
    if header.get("alg") in {"EdDSA", "Ed25519"}:
        signature = ED25519.sign(data)
    else:
        r, s = utils.decode_dss_signature(P256.sign(data, ec.ECDSA(SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{head}.{body}.{base64url.encode(signature)}"


def outcome(name: str, *, unlisted_keys: bool = False) -> str:
    """Return "accept", or why not."""
    case = CASES[name]
    document = own_keys(case["did_document"])
    did = document["id"]
    claims: dict[str, Any] = {"iss": did, "sub": did, "aud": US, "jti": "1"}
    claims |= {"iat": STAMP, "exp": STAMP + 300, **CLAIMS.get(name, {})}
    claims = {name: value for name, value in claims.items() if value is not None}
    try:
        token = read(signed(case["token_header"], claims))
        found = read_did_document(json.dumps(document).encode(), did=token.claimed_did)
        verify(
            token, found, audience=US, now=NOW + timedelta(seconds=1), unlisted_keys=unlisted_keys
        )
    except NotProvenError as error:
        return f"refused: {error}"
    return "accept"


@pytest.mark.skipif(not CASES, reason="the shared cases are not beside this repository")
@pytest.mark.parametrize("name", [name for name in CASES if name not in ELSEWHERE])
def test_variant(name: str) -> None:
    found, right = outcome(name), CASES[name]["right"]
    if right == "accept":
        assert found == "accept"
    elif right.startswith("accept only with"):
        assert found.startswith("refused: ")
        assert outcome(name, unlisted_keys=True) == "accept"
    elif right.startswith("refuse"):
        assert found.startswith("refused: ")
        assert len(found) > len("refused: ") + 20
