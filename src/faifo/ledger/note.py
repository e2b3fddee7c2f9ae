"""Signed notes (C2SP signed-note): a text and lines of signatures, by keys with names.

Types: 0x01, Ed25519 over the text; 0x04, the cosignature of a witness (C2SP tlog-cosignature v1),
Ed25519 over a time and the text. Signatures of other types are kept and count for nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from faifo.ledger.refused import Fault, ProofError

LOG: Final = 0x01
WITNESS: Final = 0x04
MOST_BYTES: Final = 128 * 1024
MOST_SIGNATURES: Final = 32
_DASH: Final = "\N{EM DASH} "
_KEY_BYTES: Final = 32
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NO_NAME: Final = re.compile(r"[+\s]")
_LATEST: Final = (1 << 63) - 1


class Key(NamedTuple):
    """A public key with a name, for signatures of `type`."""

    name: str
    type: int
    key: bytes

    @property
    def id(self) -> bytes:
        return _id(self)

    @property
    def vkey(self) -> str:
        """The key as one line, as C2SP policies and Go's `note` write it."""
        data = base64.b64encode(bytes([self.type]) + self.key).decode()
        return f"{self.name}+{self.id.hex()}+{data}"

    def verify(self, text: bytes, signature: bytes) -> int:
        """Return if `signature` over `text` is of this key: the time of a cosignature, else 0.

        Raises:
            ProofError: it is not.
        """
        time, signed = 0, text
        if self.type == WITNESS:
            time = int.from_bytes(signature[:8], "big")
            signed, signature = cosigned(text, time), signature[8:]
        try:
            _public_key(self.key).verify(signature, signed)
        except (InvalidSignature, ValueError):
            raise ProofError(Fault.SIGNATURE, name=self.name) from None
        if self.type == WITNESS and not 0 < time <= _LATEST:
            raise ProofError(Fault.TIME, name=self.name)
        return time


# Many receipts are of few logs.
@lru_cache(maxsize=256)
def _id(key: Key) -> bytes:
    return sha256(f"{key.name}\n".encode() + bytes([key.type]) + key.key).digest()[:4]


@lru_cache(maxsize=256)
def _public_key(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def parse_vkey(text: str) -> Key:
    """Return the key in the line `text`.

    Raises:
        ProofError: it is none, or of a type that is not known here.
    """
    name, _, rest = text.strip().partition("+")
    digest, _, data = rest.partition("+")
    decoded = unbase64(data)
    if not _is_name(name) or len(decoded) != 1 + _KEY_BYTES or decoded[0] not in (LOG, WITNESS):
        raise ProofError(Fault.SHAPE, what="vkey")
    key = Key(name, decoded[0], decoded[1:])
    if key.id.hex() != digest:
        raise ProofError(Fault.SHAPE, what="vkey")
    return key


class Signature(NamedTuple):
    name: str
    id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        return _line(self)


# Many receipts are under one head.
@lru_cache(maxsize=64)
def _line(one: Signature) -> str:
    data = base64.b64encode(one.id + one.signature).decode()
    return f"{_DASH}{one.name} {data}\n"


class Note(NamedTuple):
    """A text that ends in a newline, and its signatures, which nobody has checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def raw(self) -> str:
        return self.text + "\n" + "".join(one.line for one in self.signatures)

    def signed_by(self, keys: Iterable[Key]) -> dict[str, int]:
        """Return the names of the keys that signed, with their times.

        Raises:
            ProofError: a signature that names one of `keys` is not of it.
        """
        known = {(key.name, key.id): key for key in keys}
        found: dict[str, int] = {}
        for one in self.signatures:
            key = known.get((one.name, one.id))
            if key is not None:
                found[key.name] = key.verify(self.text.encode(), one.signature)
        return found


def parse_note(raw: bytes) -> Note:
    """Return the note in `raw`.

    Raises:
        ProofError: it is none, or over the bounds.
    """
    if len(raw) > MOST_BYTES:
        raise ProofError(Fault.SIZE, index=len(raw), size=MOST_BYTES)
    try:
        whole = raw.decode()
    except UnicodeDecodeError:
        raise ProofError(Fault.SHAPE, what="UTF-8") from None
    text, cut, lines = whole.rpartition("\n\n")
    if _CONTROL.search(whole) or not cut or not text or not lines.endswith("\n"):
        raise ProofError(Fault.SHAPE, what="signed-note")
    return Note(text + "\n", parse_signatures(lines))


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Return the signatures in `lines`, each of which ends in a newline.

    Raises:
        ProofError: one is none, or they are too many.
    """
    found = lines.split("\n")[:-1]
    if not lines.endswith("\n") or len(found) > MOST_SIGNATURES:
        raise ProofError(Fault.SHAPE, what="signed-note")
    return tuple(_signature(one) for one in found)


def _signature(line: str) -> Signature:
    name, _, data = line.removeprefix(_DASH).partition(" ")
    decoded = unbase64(data)
    if not line.startswith(_DASH) or not _is_name(name) or len(decoded) < 5:
        raise ProofError(Fault.SHAPE, what="signature")
    return Signature(name, decoded[:4], decoded[4:])


def _is_name(name: str) -> bool:
    return bool(name) and not _NO_NAME.search(name)


def public_bytes(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def sign(text: str, name: str, private: Ed25519PrivateKey) -> Signature:
    """Return the signature of a log over `text`."""
    key = Key(name, LOG, public_bytes(private))
    return Signature(name, key.id, private.sign(text.encode()))


def cosign(text: str, name: str, private: Ed25519PrivateKey, time: int) -> Signature:
    """Return the cosignature of a witness that had seen nothing larger at `time` (seconds)."""
    key = Key(name, WITNESS, public_bytes(private))
    signature = private.sign(cosigned(text.encode(), time))
    return Signature(name, key.id, time.to_bytes(8, "big") + signature)


def cosigned(text: bytes, time: int) -> bytes:
    """Return what a witness signs (C2SP tlog-cosignature)."""
    return f"cosignature/v1\ntime {time}\n".encode() + text


def unbase64(text: str, size: int | None = None) -> bytes:
    """Return the bytes of standard base64, in its one spelling.

    Raises:
        ProofError: it is none, or not of `size` bytes.
    """
    # What is no base64 is passed over here, and stands out in the spelling.
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        raise ProofError(Fault.SHAPE, what="base64") from None
    same = binascii.b2a_base64(data, newline=False).decode() == text
    if not same or (size is not None and len(data) != size):
        raise ProofError(Fault.SHAPE, what="base64")
    return data
