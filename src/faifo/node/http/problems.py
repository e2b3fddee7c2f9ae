"""From errors to HTTP: RFC 9457 problems."""

from __future__ import annotations

import msgspec

from faifo.api.problems import MEDIA_TYPE, problem_of
from faifo.errors import BusyError, FaifoError
from faifo.node.http.response import Response


def extra_headers(status: int, error: FaifoError | None = None) -> dict[str, str]:
    """Return the header fields that an error of this status needs.

    Spec: RFC 9110 §10.2.3 and §11.6.1.

    A body over the limit does not close the connection: the client would see a reset instead of
    the answer. What is left of it is dropped unread, up to the server's own bound.
    """
    if isinstance(error, BusyError):
        return {"Retry-After": str(error.seconds)}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def problem(error: FaifoError, *, status: int | None = None, lang: str = "en") -> Response:
    """Return `error` as a problem document, its sentences in `lang`. Spec: RFC 9457."""
    status = status or error.http_status
    return Response(
        msgspec.json.encode(problem_of(error, status=status, lang=lang)),
        status=status,
        media_type=MEDIA_TYPE,
        headers=extra_headers(status, error),
    )
