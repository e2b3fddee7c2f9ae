"""DSSE v1 envelopes, signed with ES256: the exact bytes are signed, nothing is canonicalised.

The signature is r and s, 32 bytes each (RFC 7518 §3.4), as everywhere in Faifo; other DSSE tools
write ECDSA signatures as DER (`as_der`), leave `keyid` out, or write URL-safe base64: all are read.

One signed thing has many envelopes, so it is called by what was signed: the SHA-256 of the bytes
that the signature is over, which hold the payload's type and the payload (`names`).
Spec: github.com/secure-systems-lab/dsse, protocol.md and envelope.md, v1.0.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric import utils

from faifo.errors import Fact, MalformedMessageError, NotProvenError, TooLargeError
from faifo.messages import strict_json
from faifo.phrases import Phrase

IN_TOTO: Final = "application/vnd.in-toto+json"
MAX_BYTES: Final = 32 * 2**20
MAX_SIGNATURES: Final = 8
_RAW_BYTES: Final = 64
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


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


def name(body: bytes) -> str:
    """Return what the signed thing in an envelope is called: the hex SHA-256 of what was signed.

    Raises:
        TooLargeError, MalformedMessageError: it is no envelope.
    """
    envelope = read(body)
    return _sha256(pae(envelope.payload_type, envelope.payload))


def names(body: bytes) -> tuple[str, ...]:
    """Return the name, and those by which Faifo 0.1 called it: the SHA-256 of an envelope.

    Of its envelopes those are meant that 0.1 wrote, with either of the two s of a signature.
    """
    envelope = read(body)
    older = [body]
    for key_id, given in envelope.signatures:
        raw = as_raw(given)
        for signature in (raw, _other_s(raw)):
            older.append(_written(envelope.payload, envelope.payload_type, (key_id, signature)))
    return tuple(dict.fromkeys([name(body), *map(_sha256, older)]))


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed. Spec: DSSE protocol.md, PAE."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, key: Signer, payload_type: str = IN_TOTO, *, der: bool = False) -> bytes:
    """Return the envelope as JSON; with `der` its signature is as other DSSE tools expect it."""
    signature = key.sign(pae(payload_type, payload))
    return _written(payload, payload_type, (key.id, as_der(signature) if der else signature))


def sign_all(payload: bytes, keys: Sequence[Signer], payload_type: str = IN_TOTO) -> bytes:
    """Return an envelope that all of `keys` have signed."""
    signed = pae(payload_type, payload)
    return _written(payload, payload_type, *((key.id, key.sign(signed)) for key in keys))


def _written(payload: bytes, payload_type: str, *signatures: tuple[str, bytes]) -> bytes:
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [
            {"keyid": key_id, "sig": base64.b64encode(signature).decode()}
            for key_id, signature in signatures
        ],
    }
    return msgspec.json.encode(envelope) + b"\n"


def read(body: bytes) -> UnverifiedEnvelope:
    """Return the envelope in `body`, with nothing proven.

    Raises:
        TooLargeError, MalformedMessageError: it is none.
    """
    if len(body) > MAX_BYTES:
        raise TooLargeError(what=Phrase("errors.told.ai.envelope.the"), limit=MAX_BYTES)
    envelope = strict_json.parse_object(body)
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or not 0 < len(signatures) <= MAX_SIGNATURES:
        raise _malformed(
            "signatures", Phrase("errors.told.ai.envelope.signatures", most=MAX_SIGNATURES)
        )
    payload_type = envelope.get("payloadType")
    if not isinstance(payload_type, str):
        raise _malformed("payloadType", Phrase("errors.told.ai.counts.text"))
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

    Of a signature without a key id, `key_of` is asked for the key "": one that tries all it knows.

    Raises:
        NotProvenError: the type is another, or a signature does not hold.
    """
    if envelope.payload_type != payload_type:
        raise NotProvenError(
            step="DSSE payloadType",
            reason=Phrase("errors.told.ai.proof.not-type", type=payload_type),
        )
    signed = pae(envelope.payload_type, envelope.payload)
    signers = []
    for key_id, signature in envelope.signatures:
        key = key_of(key_id)
        key.verify(as_raw(signature), signed)
        signers.append(key.id)
    if len({signer.partition("#")[0] for signer in signers}) != 1:
        raise NotProvenError(step="DSSE signatures", reason=Phrase("errors.told.ai.proof.signers"))
    return Opened(envelope.payload, signers[-1])


def as_der(signature: bytes) -> bytes:
    """Return r and s as the DER that other DSSE tools expect."""
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    return utils.encode_dss_signature(r, s)


def as_raw(signature: bytes) -> bytes:
    """Return r and s, 32 bytes each, of an ECDSA signature in DER; anything else as it is."""
    if len(signature) == _RAW_BYTES:
        return signature
    try:
        r, s = utils.decode_dss_signature(signature)
        return r.to_bytes(_RAW_BYTES // 2, "big") + s.to_bytes(_RAW_BYTES // 2, "big")
    except (ValueError, OverflowError):
        return signature


def _other_s(raw: bytes) -> bytes:
    """Return r and n - s, which is a signature of the same key over the same bytes."""
    if len(raw) != _RAW_BYTES:
        return raw
    s = int.from_bytes(raw[32:], "big")
    return raw[:32] + ((_P256_ORDER - s) % _P256_ORDER).to_bytes(32, "big")


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _signature(entry: Any) -> tuple[str, bytes]:
    key_id = entry.get("keyid", "") if isinstance(entry, dict) else None
    if not isinstance(key_id, str):
        raise _malformed("signatures", Phrase("errors.told.ai.envelope.sig"))
    return key_id, _base64(entry.get("sig"), "signatures[].sig")


def _base64(text: Any, where: str) -> bytes:
    """Return what standard or URL-safe base64 holds. Spec: DSSE envelope.md."""
    try:
        if not isinstance(text, str):
            raise ValueError  # noqa: TRY004, TRY301
        standard = text.replace("-", "+").replace("_", "/")
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise _malformed(where, "base64") from None


def _malformed(where: str, expected: Fact) -> MalformedMessageError:
    return MalformedMessageError(
        what=Phrase("errors.told.ai.envelope.form"), expected=expected, where=where
    )
