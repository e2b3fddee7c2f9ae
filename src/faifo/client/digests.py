"""SHA-256 in the digest fields of HTTP answers. Spec: RFC 9530 §2 and §3."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from faifo.phrases import Phrase

_SHA_256 = re.compile(r"(?:^|[,\s])sha-256=:([A-Za-z0-9+/]{43}=):", re.ASCII | re.IGNORECASE)


def read_sha256(field: str | None) -> bytes | None:
    """Return the 32 bytes that a digest field names as sha-256, or None."""
    match = _SHA_256.search(field or "")
    if match is None:
        return None
    try:
        return base64.b64decode(match.group(1), validate=True)
    except binascii.Error:
        return None


def promised(headers: Mapping[str, str], *, whole: bool) -> bytes | None:
    """Return the digest of the whole representation that an answer promises.

    Content-Digest counts only when the answer holds the whole of it.
    """
    named = read_sha256(headers.get("Repr-Digest"))
    if named is None and whole:
        named = read_sha256(headers.get("Content-Digest"))
    return named


def mismatch(expected: bytes | None, digest: bytes) -> Phrase | None:
    """Return how what came differs from what was promised, if it does."""
    if expected is None or expected == digest:
        return None
    return Phrase("errors.told.download.differs", promised=expected.hex(), came=digest.hex())
