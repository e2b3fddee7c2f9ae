"""The only reader of randomness: identifiers and secrets."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime


_IN_ADVANCE: Final = 2048
_DIGITS: Final = 32
# By what was drawn for it, the digit that says which variant an id is of.
_VARIANTS: Final = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))

# Random digits in advance: each call of the system gives up the interpreter's lock. To take the
# last of a list is one step, so that no two threads get the same.
_ready: list[str] = []

# A fork must not give out the same digits twice.
os.register_at_fork(after_in_child=_ready.clear)


def _random() -> str:
    """Return random hex digits for names, which nobody must guess by accident; not for secrets."""
    try:
        return _ready.pop()
    except IndexError:
        drawn = os.urandom(_IN_ADVANCE).hex()
        first, *more = (drawn[at : at + _DIGITS] for at in range(0, len(drawn), _DIGITS))
        _ready.extend(more)
        return first


def new_urn(now: datetime) -> str:
    """Return a fresh `urn:uuid:` of version 7: 48 bits of Unix milliseconds, then randomness.

    Spec: RFC 9562 §5.7.
    """
    time, random = f"{int(now.timestamp() * 1000):012x}", _random()
    variant = _VARIANTS[random[0]]
    return f"urn:uuid:{time[:8]}-{time[8:]}-7{random[1:4]}-{variant}{random[4:7]}-{random[7:19]}"


def new_trace_id() -> str:
    """Return 32 hex digits, not all zero. Spec: W3C Trace Context §3.2.2.3."""
    random = _random()
    return random if random.strip("0") else new_trace_id()


def new_span_id() -> str:
    """Return 16 hex digits, not all zero. Spec: W3C Trace Context §3.2.2.4."""
    random = _random()[:16]
    return random if random.strip("0") else new_span_id()


def new_secret() -> str:
    """Return 256 random bits as base64url, for tokens and keys that only their holder may know."""
    return secrets.token_urlsafe(32)


def new_bytes(count: int) -> bytes:
    """Return random bytes that nobody may guess, for salts and nonces."""
    return secrets.token_bytes(count)


def random_below(limit: int) -> int:
    """Return a random number from 0 to `limit` - 1."""
    return secrets.randbelow(limit)
