r"""What stands in the log: commitments of 34 bytes that say nothing, and agreement entries.

    leaf = 0x01 || kind || SHA-256("faifo/commit/v1\0" || role || kind || salt || SHA-256(record))

`record` are the exact private bytes; `salt` 32 random bytes of its own, without which nobody can
test a guess. `role` makes the leaves of both sides differ for the same salt and record. The
commitment to a peer's checkpoint (kind 3) is the plain SHA-256 of its public text.

An agreement's leaf is a Rekor v2 `hashedrekord` 0.0.2 entry over salt || record, signed by the
party, so that Sigstore's clients can check it.
"""

from __future__ import annotations

import base64
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from faifo.ledger.note import unbase64
from faifo.ledger.refused import Fault, ProofError

COMMITMENT_BYTES: Final = 34
SALT_BYTES: Final = 32
MOST_ENTRY: Final = 1024
MOST_RECORD: Final = 256 * 1024
_VERSION: Final = 0x01
_DOMAIN: Final = b"faifo/commit/v1\x00"
_KEY_DETAILS: Final = "PKIX_ECDSA_P256_SHA_256"


class Kind(IntEnum):
    """What a leaf stands for: 1 to 6 as the design says, the rest since ADR-0021."""

    AGREEMENT = 1
    ACCESS = 2
    PEER_CHECKPOINT = 3
    REFUSAL = 4
    ERASURE = 5
    KEY_CHANGE = 6
    DECISION = 7
    ACKNOWLEDGEMENT = 8
    INCIDENT = 9


class Side(IntEnum):
    """Whose leaf it is in the exchange; NONE for what is no exchange."""

    NONE = 0
    PROVIDER = 1
    CONSUMER = 2


# What a commitment begins with, and what is hashed first for it: by kind and side, which are small
# numbers. To hash a member of an enumeration takes Python longer than the rest.
_HEADS: Final = [
    [(bytes((_VERSION, kind)), _DOMAIN + bytes((side, kind))) for side in range(len(Side))]
    for kind in range(max(Kind) + 1)
]
_KINDS: Final = {bytes((_VERSION, kind)): kind for kind in Kind}


class Opening(NamedTuple):
    """What a leaf stands for. As a file: `opening.json`, see `write_opening`."""

    kind: Kind
    side: Side
    salt: bytes
    record: bytes


def commitment(opening: Opening) -> bytes:
    """Return the leaf of 34 bytes of `opening`."""
    return by_digest(opening.kind, opening.side, opening.salt, sha256(opening.record).digest())


def by_digest(kind: Kind, side: Side, salt: bytes, digest: bytes) -> bytes:
    """Return the leaf of a record of which only the SHA-256 `digest` is shown."""
    if len(salt) != SALT_BYTES:
        raise ProofError(Fault.OPENING, what="salt")
    head, inner = _HEADS[kind][side]
    return head + sha256(inner + salt + digest).digest()


def peer_checkpoint(text: str) -> bytes:
    """Return the leaf that says which checkpoint of another log was seen."""
    return bytes((_VERSION, Kind.PEER_CHECKPOINT)) + sha256(text.encode()).digest()


def agreement_entry(
    salt: bytes, record: bytes, key: ec.EllipticCurvePublicKey, der: bytes
) -> bytes:
    """Return the entry for salt || `record`, signed by `key` as `der` (ES256, X9.62 form)."""
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _entry(sha256(salt + record).digest(), der, public)


def _entry(digest: bytes, signature: bytes, public: bytes) -> bytes:
    texts = [base64.b64encode(one).decode() for one in (digest, signature, public)]
    return (
        '{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":'
        f'{{"algorithm":"SHA2_256","digest":"{texts[0]}"}},"signature":{{"content":"{texts[1]}",'
        f'"verifier":{{"keyDetails":"{_KEY_DETAILS}","publicKey":{{"rawBytes":"{texts[2]}"}}}}}}}}}}}}'
    ).encode()


def read_agreement(leaf: bytes) -> tuple[bytes, bytes, bytes]:
    """Return digest, signature and public key (DER) of an agreement entry.

    Raises:
        ProofError: it is none, or its signature is not over its digest.
    """
    digest, signature, public = _read_entry(leaf)
    try:
        key = _public_key(public)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ProofError(Fault.LEAF, bytes=len(leaf))
        key.verify(signature, digest, ec.ECDSA(Prehashed(SHA256())))
    except (ValueError, UnsupportedAlgorithm, InvalidSignature):
        raise ProofError(Fault.LEAF, bytes=len(leaf)) from None
    return digest, signature, public


@lru_cache(maxsize=256)
def _public_key(der: bytes) -> Any:
    return load_der_public_key(der)


@lru_cache(maxsize=256)
def _read_entry(leaf: bytes) -> tuple[bytes, bytes, bytes]:
    try:
        entry: Any = msgspec.json.decode(leaf if len(leaf) <= MOST_ENTRY else b"")
        spec = entry["spec"]["hashedRekordV002"]
        signed = spec["signature"]
        digest = unbase64(spec["data"]["digest"])
        signature = unbase64(signed["content"])
        public = unbase64(signed["verifier"]["publicKey"]["rawBytes"])
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError):
        raise ProofError(Fault.LEAF, bytes=len(leaf)) from None
    if _entry(digest, signature, public) != leaf:
        raise ProofError(Fault.LEAF, bytes=len(leaf))
    return digest, signature, public


def check_leaf(leaf: bytes) -> Kind:
    """Return the kind of `leaf`, which is in one of the two shapes.

    Raises:
        ProofError: it is not.
    """
    if leaf[:1] == b"{":
        read_agreement(leaf)
        return Kind.AGREEMENT
    kind = _KINDS.get(leaf[:2]) if len(leaf) == COMMITMENT_BYTES else None
    if kind is None:
        raise ProofError(Fault.LEAF, bytes=len(leaf))
    return kind


def check_opening(leaf: bytes, opening: Opening) -> None:
    """Return if `leaf` stands for `opening`; the signature of an agreement is `check_leaf`'s.

    Raises:
        ProofError: it stands for something else, or is no leaf.
    """
    agreed = leaf[:1] == b"{"
    kind = Kind.AGREEMENT if agreed else check_leaf(leaf)
    if agreed:
        same = _read_entry(leaf)[0] == sha256(opening.salt + opening.record).digest()
        same = same and len(opening.salt) == SALT_BYTES
    elif kind is Kind.PEER_CHECKPOINT:
        same = leaf == peer_checkpoint(opening.record.decode(errors="replace"))
    else:
        same = leaf == commitment(opening)
    if not same or opening.kind is not kind:
        raise ProofError(Fault.OPENING, what="SHA-256")


class _OpeningFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    opening: str
    kind: str
    side: str
    salt: str
    record: str


_FORM: Final = "faifo/opening/v1"


def write_opening(opening: Opening) -> bytes:
    """Return `opening` as JSON; the record is text in it, so that its bytes stay the same."""
    salt = base64.b64encode(opening.salt).decode()
    kind, side = opening.kind.name.lower(), opening.side.name.lower()
    record = opening.record.decode()
    shown = _OpeningFile(opening=_FORM, kind=kind, side=side, salt=salt, record=record)
    return msgspec.json.encode(shown)


def read_opening(raw: bytes) -> Opening:
    """Return the opening in `raw`.

    Raises:
        ProofError: it is none, or over the bounds.
    """
    try:
        if len(raw) > 2 * MOST_RECORD:
            raise ProofError(Fault.SIZE, index=len(raw), size=2 * MOST_RECORD)
        found = msgspec.json.decode(raw, type=_OpeningFile)
        kind, side = Kind[found.kind.upper()], Side[found.side.upper()]
        if found.opening != _FORM:
            raise ProofError(Fault.OPENING, what=found.opening[:40])
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError):
        raise ProofError(Fault.OPENING, what="JSON") from None
    return Opening(kind, side, unbase64(found.salt), found.record.encode())
