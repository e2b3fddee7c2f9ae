"""The only reader of randomness: identifiers and secrets."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def new_urn(now: datetime) -> str:
    """Return a fresh `urn:uuid:` of version 7: 48 bits of Unix milliseconds, then randomness.

    Spec: RFC 9562 §5.7.
    """
    milliseconds = int(now.timestamp() * 1000)
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value).urn


def new_secret() -> str:
    """Return 256 random bits as base64url, for tokens and keys that only their holder may know."""
    return secrets.token_urlsafe(32)


def random_below(limit: int) -> int:
    """Return a random number from 0 to `limit` - 1."""
    return secrets.randbelow(limit)
