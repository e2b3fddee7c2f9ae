from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from faifo.errors import NotProvenError, SettingsError
from faifo.trust import base64url
from faifo.trust.keys import KeyPurpose, SigningKey, key_id, public_key_from_jwk

DID = "did:web:alice.example"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def pem(key: Any):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_what_one_signs_its_public_jwk_verifies(make_key: Any):
    key = make_key(DID)
    public = public_key_from_jwk(key.public_jwk(), id=key.id)
    signature = key.sign(b"data")
    assert len(signature) == 64
    public.verify(signature, b"data")
    longer = signature[:32] + b"\0" + signature[32:]
    for wrong, data in (
        (signature, b"datb"),
        (signature[:-1], b"data"),
        (bytes(64), b"data"),
        (longer, b"data"),
    ):
        with pytest.raises(NotProvenError) as caught:
            public.verify(wrong, data)
        assert str(caught.value) == (
            f"RFC 7518 §3.4: the signature was not made with the key {DID}#k1"
        )


def test_a_key_comes_from_pem():
    private = ec.generate_private_key(ec.SECP256R1())
    key = SigningKey.from_pem(
        pem(private), id=f"{DID}#a", purpose=KeyPurpose.TOKEN, created=CREATED
    )
    assert key.private_key.private_numbers() == private.private_numbers()
    assert "private_value" not in repr(key)


@pytest.mark.parametrize("purpose", [KeyPurpose.LOG, KeyPurpose.WITNESS])
def test_keys_of_logs_are_ed25519(purpose: KeyPurpose):
    private = ed25519.Ed25519PrivateKey.generate()
    key = SigningKey.from_pem(pem(private), id=f"{DID}#a", purpose=purpose, created=CREATED)
    known = public_key_from_jwk(key.public_jwk(), id=key.id)
    known.verify(key.sign(b"text"), b"text")
    other = pem(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(SettingsError):
        SigningKey.from_pem(other, id=f"{DID}#a", purpose=purpose, created=CREATED)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        pytest.param(b"secret", "cannot be read", id="no PEM"),
        pytest.param(pem(ed25519.Ed25519PrivateKey.generate()), "is of another kind", id="Ed25519"),
        pytest.param(
            pem(ec.generate_private_key(ec.SECP384R1())), "is of another kind", id="P-384"
        ),
    ],
)
def test_other_files_are_refused(data: Any, what: Any):
    with pytest.raises(SettingsError) as caught:
        SigningKey.from_pem(data, id="k", purpose=KeyPurpose.TOKEN, created=CREATED)
    assert str(caught.value) == (
        f"the key k {what}; expected an unencrypted PEM private key on the curve P-256"
    )


NEITHER = "it is not an EC key on the curve P-256, nor an OKP key on Ed25519"


def ed25519_jwk(private: Any) -> dict[str, Any]:
    x = base64url.encode(private.public_key().public_bytes_raw())
    return {"kty": "OKP", "crv": "Ed25519", "x": x}


def test_eddsa_is_verified():
    private = ed25519.Ed25519PrivateKey.generate()
    public = public_key_from_jwk(ed25519_jwk(private), id="k")
    assert public.algorithm == "EdDSA"
    public.verify(private.sign(b"data"), b"data")
    for signature, data in ((private.sign(b"data"), b"dato"), (b"", b"data"), (bytes(64), b"data")):
        with pytest.raises(NotProvenError) as caught:
            public.verify(signature, data)
        assert str(caught.value) == "RFC 8037 §3.1: the signature was not made with the key k"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"alg": "ES256"}, "it is meant for something else than EdDSA signatures"),
        ({"crv": "Ed448"}, NEITHER),
        ({"x": "AA"}, "its x is not 32 bytes in base64url"),
    ],
)
def test_ed25519_jwks_that_are_no_key_here(change: Any, reason: Any):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        public_key_from_jwk(ed25519_jwk(ed25519.Ed25519PrivateKey.generate()) | change, id="k")
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kty": "RSA"}, NEITHER),
        ({"crv": "secp256k1"}, NEITHER),
        ({"alg": "ES384"}, "it is meant for something else than ES256 signatures"),
        ({"use": "enc"}, "it is meant for something else than ES256 signatures"),
        ({"key_ops": ["sign"]}, "its key_ops do not hold verify"),
        ({"x": "AA"}, "its x is not 32 bytes in base64url"),
        ({"y": 5}, "its y is not 32 bytes in base64url"),
        ({"x": "A" * 42 + "=="}, "its x is not 32 bytes in base64url"),
        ({"x": "A" * 43}, "its point is not on the curve P-256"),
    ],
)
def test_jwks_that_are_no_key_here(make_key: Any, change: Any, reason: Any):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        public_key_from_jwk(make_key(DID).public_jwk() | change, id="k")
    assert str(caught.value) == reason


def test_key_ids_are_did_urls():
    assert key_id(DID, "token-1") == f"{DID}#token-1"
    with pytest.raises(ValueError, match="cannot be the name of a key"):
        key_id(DID, "a#b")
