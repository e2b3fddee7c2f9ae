"""From errors to HTTP: one table of statuses, and RFC 9457 problems."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from faifo.errors import (
    BusyError,
    ConflictError,
    FaifoError,
    IllegalTransitionError,
    MalformedMessageError,
    NotAdmittedError,
    NotFoundError,
    NotProvenError,
    PeerError,
    RefusedError,
    SettingsError,
    StorageError,
    TooLargeError,
    UnreachableError,
)

STATUS: dict[type[FaifoError], int] = {
    MalformedMessageError: 400,
    IllegalTransitionError: 400,
    SettingsError: 400,
    NotProvenError: 401,
    RefusedError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    TooLargeError: 413,
    BusyError: 429,
    PeerError: 502,
    NotAdmittedError: 502,
    StorageError: 503,
    UnreachableError: 504,
}


def status_of(error: FaifoError) -> int:
    """Return the HTTP status for `error`; the nearest class in its family decides."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def extra_headers(status: int) -> dict[str, str]:
    """Return the header fields that an error of this status needs. Spec: RFC 9110 §11.6.1.

    A body over the limit does not close the connection: the client would see a reset instead of
    the answer. What is left of it is dropped unread, up to the server's own bound.
    """
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def problem(error: FaifoError, *, status: int | None = None) -> Response:
    """Return `error` as a problem document. Spec: RFC 9457."""
    status = status or status_of(error)
    body: dict[str, object] = {
        "type": f"urn:faifo:problem:{error.code}",
        "title": error.code,
        "status": status,
        "detail": str(error),
        "code": error.code,
    }
    reasons = getattr(error, "reasons", None)
    if reasons:
        body["reasons"] = list(reasons)
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/problem+json",
        headers=extra_headers(status),
    )
