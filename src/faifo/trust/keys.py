"""Keys: what each is for, signing with ours, checking with theirs.

One key serves one purpose. A `PublicKey` verifies with its own algorithm only and never with one
that a message names. Today the one algorithm is ES256 (RFC 7518 §3.4); EdDSA joins in
`public_key_from_jwk`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from faifo.errors import NotProvenError, SettingsError
from faifo.trust import base64url

ES256: Final = "ES256"
_P256_BYTES: Final = 32
_FRAGMENT: Final = re.compile(r"[A-Za-z0-9._-]+\Z")
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class KeyPurpose(StrEnum):
    TOKEN = "token"  # noqa: S105
    PRESENTATION = "presentation"
    CREDENTIAL = "credential"
    AGREEMENT = "agreement"
    MESSAGE = "message"
    LOG = "log"
    WITNESS = "witness"
    PASSPORT = "passport"


def key_id(did: str, name: str) -> str:
    """Return the DID URL `did#name` of a key."""
    if not _FRAGMENT.match(name):
        raise ValueError(f"{name!r} cannot be the name of a key; letters, digits, . _ - only")
    return f"{did}#{name}"


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One of our own keys: P-256, for signatures with ES256."""

    id: str
    purpose: KeyPurpose
    created: datetime
    private_key: ec.EllipticCurvePrivateKey
    retired: datetime | None = None

    @classmethod
    def from_pem(
        cls,
        pem: bytes,
        *,
        id: str,  # noqa: A002
        purpose: KeyPurpose,
        created: datetime,
        retired: datetime | None = None,
    ) -> SigningKey:
        """Return the key in `pem` (PKCS #8 or SEC 1, not encrypted).

        Raises:
            SettingsError: not such a PEM, or not P-256; the sentence holds nothing of the file.
        """
        expected = "an unencrypted PEM private key on the curve P-256"
        try:
            private_key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SettingsError(what=f"the key {id} cannot be read", expected=expected) from None
        if not isinstance(private_key, ec.EllipticCurvePrivateKey) or not isinstance(
            private_key.curve, ec.SECP256R1
        ):
            raise SettingsError(what=f"the key {id} is of another kind", expected=expected)
        return cls(
            id=id, purpose=purpose, created=created, retired=retired, private_key=private_key
        )

    def public_jwk(self) -> dict[str, str]:
        numbers = self.private_key.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url.encode(numbers.x.to_bytes(_P256_BYTES, "big")),
            "y": base64url.encode(numbers.y.to_bytes(_P256_BYTES, "big")),
        }

    def sign(self, data: bytes) -> bytes:
        """Return the ES256 signature over `data`: 64 bytes, r then s."""
        der = self.private_key.sign(data, ec.ECDSA(SHA256()))
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of somebody else, or the public half of ours."""

    id: str
    algorithm: str
    key: ec.EllipticCurvePublicKey

    def verify(self, signature: bytes, data: bytes) -> None:
        """Return if `signature` (64 bytes, r then s) over `data` was made with this key.

        Raises:
            NotProvenError: it was not.
        """
        try:
            if len(signature) != 2 * _P256_BYTES:
                raise InvalidSignature  # noqa: TRY301
            der = utils.encode_dss_signature(
                int.from_bytes(signature[:_P256_BYTES], "big"),
                int.from_bytes(signature[_P256_BYTES:], "big"),
            )
            self.key.verify(der, data, ec.ECDSA(SHA256()))
        except InvalidSignature:
            raise NotProvenError(
                step="RFC 7518 §3.4", reason=f"the signature was not made with the key {self.id}"
            ) from None


def public_key_from_jwk(jwk: Mapping[str, Any], *, id: str) -> PublicKey:  # noqa: A002
    """Return the key in `jwk`.

    Raises:
        ValueError: with a reason; the key is of a kind that is not supported, or not a key.
    """
    if not (jwk.get("kty") == "EC" and jwk.get("crv") == "P-256"):
        raise ValueError("it is not an EC key on the curve P-256")
    if jwk.get("alg", ES256) != ES256 or jwk.get("use", "sig") != "sig":
        raise ValueError("it is meant for something else than ES256 signatures")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise ValueError("its key_ops do not hold verify")
    x, y = (_coordinate(jwk, name) for name in ("x", "y"))
    try:
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise ValueError("its point is not on the curve P-256") from None
    return PublicKey(id=id, algorithm=ES256, key=key)


def holds_private_member(jwk: Mapping[str, Any]) -> bool:
    """Tell whether `jwk` gives away a secret."""
    return not _PRIVATE_MEMBERS.isdisjoint(jwk)


def _coordinate(jwk: Mapping[str, Any], name: str) -> int:
    text = jwk.get(name)
    try:
        data = base64url.decode(text) if isinstance(text, str) else b""
    except ValueError:
        data = b""
    if len(data) != _P256_BYTES:
        raise ValueError(f"its {name} is not {_P256_BYTES} bytes in base64url")
    return int.from_bytes(data, "big")
