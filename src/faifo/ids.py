"""The only reader of randomness: identifiers and secrets."""

from __future__ import annotations

import os
import secrets
import threading
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class _Entropy(threading.local):
    """Random bytes in advance: each call of the system gives up the interpreter's lock."""

    # Of nothing, until a thread has its own.
    take: Callable[[int], bytes] = BytesIO().read


_IN_ADVANCE = 2048
_entropy = _Entropy()


def _forget() -> None:
    _entropy.__dict__.clear()  # of this thread


# A fork must not give out the same bytes twice.
os.register_at_fork(after_in_child=_forget)


def _random(count: int) -> bytes:
    """Return random bytes for names, which nobody must guess by accident; not for secrets."""
    taken = _entropy.take(count)
    if len(taken) < count:
        _entropy.take = BytesIO(os.urandom(_IN_ADVANCE)).read
        taken = _entropy.take(count)
    return taken


def new_urn(now: datetime) -> str:
    """Return a fresh `urn:uuid:` of version 7: 48 bits of Unix milliseconds, then randomness.

    Spec: RFC 9562 §5.7.
    """
    time, random = f"{int(now.timestamp() * 1000):012x}", _random(10).hex()
    variant = "89ab"[int(random[0], 16) & 0x3]
    return f"urn:uuid:{time[:8]}-{time[8:]}-7{random[1:4]}-{variant}{random[4:7]}-{random[7:19]}"


def new_trace_id() -> str:
    """Return 32 hex digits, not all zero. Spec: W3C Trace Context §3.2.2.3."""
    return f"{int.from_bytes(_random(16), 'big') or 1:032x}"


def new_span_id() -> str:
    """Return 16 hex digits, not all zero. Spec: W3C Trace Context §3.2.2.4."""
    return f"{int.from_bytes(_random(8), 'big') or 1:016x}"


def new_secret() -> str:
    """Return 256 random bits as base64url, for tokens and keys that only their holder may know."""
    return secrets.token_urlsafe(32)


def new_bytes(count: int) -> bytes:
    """Return random bytes that nobody may guess, for salts and nonces."""
    return secrets.token_bytes(count)


def random_below(limit: int) -> int:
    """Return a random number from 0 to `limit` - 1."""
    return secrets.randbelow(limit)
