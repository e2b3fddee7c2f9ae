"""DSSE v1 envelopes, signed with ES256: the exact bytes are signed, nothing is canonicalised.

The signature is r and s, 32 bytes each (RFC 7518 §3.4), as everywhere in Faifo; other DSSE tools
write ECDSA signatures as DER, and `as_der` converts (ADR-0013).
Spec: github.com/secure-systems-lab/dsse, protocol.md and envelope.md, v1.0.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric import utils

from faifo.errors import MalformedMessageError, NotProvenError, TooLargeError
from faifo.messages import strict_json

IN_TOTO: Final = "application/vnd.in-toto+json"
MAX_BYTES: Final = 32 * 2**20
MAX_SIGNATURES: Final = 8


class Signer(Protocol):
    """One of our own keys, such as trust.keys.SigningKey of purpose passport."""

    @property
    def id(self) -> str: ...
    def sign(self, data: bytes) -> bytes: ...


class Verifier(Protocol):
    """A key of somebody; `verify` raises NotProvenError."""

    @property
    def id(self) -> str: ...
    def verify(self, signature: bytes, data: bytes) -> None: ...


class Opened(NamedTuple):
    """What was signed, and by which key."""

    payload: bytes
    key_id: str


class UnverifiedEnvelope(NamedTuple):
    """An envelope as it came: nothing in it is believed yet."""

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed. Spec: DSSE protocol.md, PAE."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, key: Signer, payload_type: str = IN_TOTO) -> bytes:
    """Return the envelope as JSON."""
    signature = key.sign(pae(payload_type, payload))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": key.id, "sig": base64.b64encode(signature).decode()}],
    }
    return msgspec.json.encode(envelope) + b"\n"


def read(body: bytes) -> UnverifiedEnvelope:
    """Return the envelope in `body`, with nothing proven.

    Raises:
        TooLargeError, MalformedMessageError: it is none.
    """
    if len(body) > MAX_BYTES:
        raise TooLargeError(what="the envelope", limit=MAX_BYTES)
    envelope = strict_json.parse_object(body)
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or not 0 < len(signatures) <= MAX_SIGNATURES:
        raise _malformed("signatures", f"1 to {MAX_SIGNATURES} signatures")
    payload_type = envelope.get("payloadType")
    if not isinstance(payload_type, str):
        raise _malformed("payloadType", "a text")
    return UnverifiedEnvelope(
        _base64(envelope.get("payload"), "payload"),
        payload_type,
        tuple(_signature(entry) for entry in signatures),
    )


def verify(
    envelope: UnverifiedEnvelope,
    key_of: Callable[[str], Verifier],
    payload_type: str = IN_TOTO,
) -> Opened:
    """Return what was signed if every signature is of its key.

    Raises:
        NotProvenError: the type is another, or a signature does not hold.
    """
    if envelope.payload_type != payload_type:
        raise NotProvenError(step="DSSE payloadType", reason=f"it is not {payload_type}")
    signed = pae(envelope.payload_type, envelope.payload)
    key_id = ""
    for key_id, signature in envelope.signatures:
        key_of(key_id).verify(signature, signed)
    return Opened(envelope.payload, key_id)


def as_der(signature: bytes) -> bytes:
    """Return r and s as the DER that other DSSE tools expect."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    return utils.encode_dss_signature(r, s)


def _signature(entry: Any) -> tuple[str, bytes]:
    if not isinstance(entry, dict) or not isinstance(entry.get("keyid"), str):
        raise _malformed("signatures", "keyid and sig in each")
    return entry["keyid"], _base64(entry.get("sig"), "signatures[].sig")


def _base64(text: Any, where: str) -> bytes:
    try:
        if not isinstance(text, str):
            raise ValueError  # noqa: TRY004, TRY301
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise _malformed(where, "base64") from None
    if base64.b64encode(data).decode() != text:
        raise _malformed(where, "base64 in its one spelling")
    return data


def _malformed(where: str, expected: str) -> MalformedMessageError:
    return MalformedMessageError(what="an envelope of another form", expected=expected, where=where)
