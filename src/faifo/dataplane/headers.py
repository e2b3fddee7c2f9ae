"""Which header fields may pass, in each direction. Whatever is not named here stays behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REQUEST_ALLOWED = frozenset(
    {
        b"accept",
        b"accept-language",
        b"content-type",
        b"content-language",
        b"content-encoding",
        b"content-digest",
        b"range",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
        b"if-range",
        b"prefer",
        b"idempotency-key",
        b"traceparent",
        b"tracestate",
    }
)
RESPONSE_ALLOWED = frozenset(
    {
        b"content-type",
        b"content-encoding",
        b"content-language",
        b"content-disposition",
        b"content-range",
        b"accept-ranges",
        b"etag",
        b"last-modified",
        b"cache-control",
        b"expires",
        b"vary",
        b"retry-after",
        b"content-digest",
        b"repr-digest",
        b"allow",
        b"preference-applied",
    }
)


# What the node says of the caller; no caller can say it of himself.
OWN_PREFIX = "faifo-"
# Secrets, the way here, and what travels with the connection: no setting lets these through.
NEVER_PASSED = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
    }
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,100}")


def may_pass(name: str) -> bool:
    """Tell whether a caller's field of that name, in lower case, may pass to a backend."""
    plain = _TOKEN.fullmatch(name) is not None
    return plain and name not in NEVER_PASSED and not name.startswith(OWN_PREFIX)


def for_backend(
    headers: Iterable[tuple[bytes, bytes]],
    own: Mapping[str, str],
    more: frozenset[bytes] = frozenset(),
) -> list[tuple[str, str]]:
    """Return the caller's allowed fields and the backend's own credentials, which always win.

    `more`: names, in lower case, that are allowed beside those that always are.
    """
    names = {name.lower() for name in own} if own else own
    kept = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in headers
        if (name in REQUEST_ALLOWED or name in more)
        and (not names or name.decode("latin-1") not in names)
    ]
    kept.extend(own.items())
    return kept


def for_caller(
    headers: Iterable[tuple[bytes, bytes]], secrets: Sequence[bytes] = ()
) -> list[tuple[bytes, bytes]]:
    """Return the backend's allowed fields; names are in lower case, as for `for_backend`.

    A field in which one of `secrets` (the backend's credentials) is echoed stays behind.
    """
    kept = [pair for pair in headers if pair[0] in RESPONSE_ALLOWED]
    if not secrets:
        return kept
    return [pair for pair in kept if not any(secret in pair[1] for secret in secrets)]


def one(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    """Return the value of a field that stands exactly once, else None."""
    found = None
    for name, value in headers:
        if name == wanted:
            if found is not None:
                return None
            found = value
    return found


def combined(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str | None:
    """Return all lines of a list-valued field joined with commas (RFC 9110 §5.3), or None."""
    lines = [value.decode("latin-1") for name, value in headers if name == wanted]
    return ", ".join(lines) if lines else None
