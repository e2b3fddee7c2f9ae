"""Keys: what each is for, signing with ours, checking with theirs.

One key serves one purpose. A `PublicKey` verifies with its own algorithm only and never with one
that a message names: ES256 (RFC 7518 §3.4) or EdDSA over Ed25519 (RFC 8037 §3.1). Ours sign with
ES256, which every peer must know; only keys for badges are Ed25519, as eddsa-rdfc-2022 has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, cast

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from faifo.errors import NotProvenError, SettingsError
from faifo.phrases import Phrase
from faifo.trust import base64url

ES256: Final = "ES256"
EDDSA: Final = "EdDSA"
ALGORITHMS: Final = (ES256, EDDSA)
# RFC 9864 §2 names the same two by their curves.
SAME: Final = {ES256: ES256, EDDSA: EDDSA, "ESP256": ES256, "Ed25519": EDDSA}
_ECDSA: Final = ec.ECDSA(SHA256())
_P256_BYTES: Final = 32
_ED25519_BYTES: Final = 32
_MULTICODEC_P256: Final = b"\x80\x24"
_MULTICODEC_ED25519: Final = b"\xed\x01"
# More than a signature of 64 bytes takes; the work grows with the square of the length.
_BASE58_CHARACTERS: Final = 100
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
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
    BADGE = "badge"


# Purposes whose keys sign notes, never JWS.
ON_ED25519: Final = frozenset({KeyPurpose.BADGE, KeyPurpose.LOG, KeyPurpose.WITNESS})


def key_id(did: str, name: str) -> str:
    """Return the DID URL `did#name` of a key."""
    if not _FRAGMENT.match(name):
        raise ValueError(f"{name!r} cannot be the name of a key; letters, digits, . _ - only")
    return f"{did}#{name}"


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One of our own keys: P-256, for ES256; Ed25519 for badges, logs and witnesses."""

    id: str
    purpose: KeyPurpose
    created: datetime
    private_key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
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
            SettingsError: not such a PEM, or not of the kind that the purpose has; the sentence
                holds nothing of the file.
        """
        expected = Phrase("errors.told.key.wanted")
        try:
            private_key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SettingsError(
                what=Phrase("errors.told.key.unreadable", id=id), expected=expected
            ) from None
        wanted = ed25519.Ed25519PrivateKey if purpose in ON_ED25519 else ec.EllipticCurvePrivateKey
        curve = getattr(private_key, "curve", None)
        if not isinstance(private_key, wanted) or not isinstance(curve, ec.SECP256R1 | type(None)):
            raise SettingsError(what=Phrase("errors.told.key.other-kind", id=id), expected=expected)
        return cls(
            id=id,
            purpose=purpose,
            created=created,
            retired=retired,
            private_key=private_key,
        )

    def method(self) -> dict[str, Any]:
        """Return what a DID document says of the public half: a JWK, or of a badge's a Multikey."""
        if self.purpose is KeyPurpose.BADGE and isinstance(
            self.private_key, ed25519.Ed25519PrivateKey
        ):
            raw = self.private_key.public_key().public_bytes_raw()
            key = "z" + base58(_MULTICODEC_ED25519 + raw)
            return {"type": "Multikey", "publicKeyMultibase": key}
        return {"type": "JsonWebKey2020", "publicKeyJwk": self.public_jwk()}

    def public_jwk(self) -> dict[str, str]:
        """Return the public half as a JWK (RFC 7517; RFC 8037 for Ed25519)."""
        if isinstance(self.private_key, ed25519.Ed25519PrivateKey):
            point = self.private_key.public_key().public_bytes_raw()
            return {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(point)}
        numbers = self.private_key.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url.encode(numbers.x.to_bytes(_P256_BYTES, "big")),
            "y": base64url.encode(numbers.y.to_bytes(_P256_BYTES, "big")),
        }

    def sign(self, data: bytes) -> bytes:
        """Return the signature over `data`, 64 bytes: r then s, or R then S."""
        if self.purpose in ON_ED25519:
            return cast("ed25519.Ed25519PrivateKey", self.private_key).sign(data)
        der = cast("ec.EllipticCurvePrivateKey", self.private_key).sign(data, _ECDSA)
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of somebody else, or the public half of ours."""

    id: str
    algorithm: str
    key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

    def verify(self, signature: bytes, data: bytes) -> None:
        """Return if `signature` (64 bytes: r then s, or R then S) over `data` is of this key.

        Raises:
            NotProvenError: it is not.
        """
        try:
            if self.algorithm == EDDSA:
                cast("ed25519.Ed25519PublicKey", self.key).verify(signature, data)
            else:
                _verify_es256(cast("ec.EllipticCurvePublicKey", self.key), signature, data)
        except InvalidSignature:
            step = "RFC 7518 §3.4" if self.algorithm == ES256 else "RFC 8037 §3.1"
            raise NotProvenError(
                step=step, reason=Phrase("errors.told.key.signature", id=self.id)
            ) from None


class AnyKey:
    """Several keys, for a signature that names none; `id` is that of the one that made it."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self.id = ""
        self.keys = list(keys)

    def verify(self, signature: bytes, data: bytes) -> None:
        """Return if `signature` over `data` is of one of the keys; else as `PublicKey.verify`."""
        for key in self.keys:
            try:
                key.verify(signature, data)
            except NotProvenError:
                continue
            self.id = key.id
            return
        raise NotProvenError(step="signature", reason=Phrase("errors.told.key.unnamed"))


def _verify_es256(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> None:
    if len(signature) != 2 * _P256_BYTES:
        raise InvalidSignature
    der = utils.encode_dss_signature(
        int.from_bytes(signature[:_P256_BYTES], "big"),
        int.from_bytes(signature[_P256_BYTES:], "big"),
    )
    key.verify(der, data, _ECDSA)


def public_key_from_jwk(jwk: Mapping[str, Any], *, id: str) -> PublicKey:  # noqa: A002
    """Return the key in `jwk`.

    Raises:
        ValueError: with a reason; the key is of a kind that is not supported, or not a key.
    """
    kind = (jwk.get("kty"), jwk.get("crv"))
    if kind == ("EC", "P-256"):
        _check_use(jwk, ES256)
        return PublicKey(id=id, algorithm=ES256, key=_p256(jwk))
    if kind == ("OKP", "Ed25519"):
        _check_use(jwk, EDDSA)
        point = ed25519.Ed25519PublicKey.from_public_bytes(_member(jwk, "x", _ED25519_BYTES))
        return PublicKey(id=id, algorithm=EDDSA, key=point)
    raise ValueError(Phrase("errors.told.key.kind"))


def _check_use(jwk: Mapping[str, Any], algorithm: str) -> None:
    named = jwk.get("alg", algorithm)
    if not isinstance(named, str) or SAME.get(named) != algorithm or jwk.get("use", "sig") != "sig":
        raise ValueError(Phrase("errors.told.key.use", algorithm=algorithm))
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise ValueError(Phrase("errors.told.key.key-ops"))


def _p256(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(_member(jwk, name, _P256_BYTES), "big") for name in ("x", "y"))
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise ValueError(Phrase("errors.told.key.point")) from None


def public_key_from_multibase(text: str, *, id: str) -> PublicKey:  # noqa: A002
    """Return the key in a Multikey: base58btc, and a varint that names its kind.

    Spec: Controlled Identifiers 1.0 §2.2.2.

    Raises:
        ValueError: with a reason; the key is of a kind that is not supported, or not a key.
    """
    if not text.startswith("z"):
        raise ValueError(Phrase("errors.told.key.multibase"))
    data = from_base58(text[1:])
    if data.startswith(_MULTICODEC_P256) and len(data) == 2 + 1 + _P256_BYTES:
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data[2:])
        except ValueError:
            raise ValueError(Phrase("errors.told.key.point")) from None
        return PublicKey(id=id, algorithm=ES256, key=key)
    if data.startswith(_MULTICODEC_ED25519) and len(data) == 2 + _ED25519_BYTES:
        point = ed25519.Ed25519PublicKey.from_public_bytes(data[2:])
        return PublicKey(id=id, algorithm=EDDSA, key=point)
    raise ValueError(Phrase("errors.told.key.multikey"))


def base58(data: bytes) -> str:
    """Return `data` in base58btc, without the multibase's `z`."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def from_base58(text: str) -> bytes:
    """Return what `base58` wrote; raises ValueError with a reason."""
    if len(text) > _BASE58_CHARACTERS:
        raise ValueError(Phrase("errors.told.key.multibase"))
    number = 0
    for character in text:
        digit = _BASE58.find(character)
        if digit < 0:
            raise ValueError(Phrase("errors.told.key.multibase"))
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def holds_private_member(jwk: Mapping[str, Any]) -> bool:
    """Tell whether `jwk` gives away a secret."""
    return not _PRIVATE_MEMBERS.isdisjoint(jwk)


def _member(jwk: Mapping[str, Any], name: str, size: int) -> bytes:
    text = jwk.get(name)
    try:
        data = base64url.decode(text) if isinstance(text, str) else b""
    except ValueError:
        data = b""
    if len(data) != size:
        raise ValueError(Phrase("errors.told.key.member", name=name, size=size))
    return data
