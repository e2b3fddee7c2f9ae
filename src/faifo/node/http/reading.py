"""Reading a request's body, bounded before it is parsed."""

from __future__ import annotations

from faifo.errors import MalformedMessageError, TooLargeError
from faifo.node.http.request import Request
from faifo.phrases import Phrase

JSON_TYPES = frozenset({"application/json", "application/ld+json"})


async def read_json_body(request: Request, *, limit: int) -> bytes:
    """Return the body of a JSON request.

    Raises:
        MalformedMessageError: another media type or an encoding, or the caller went away.
        TooLargeError: over `limit`; no more than that was read.
    """
    media_type = request.headers.get("content-type", "application/json").partition(";")[0]
    if media_type.strip().lower() not in JSON_TYPES:
        raise MalformedMessageError(
            what=Phrase("errors.told.body.media", media_type=media_type[:100]),
            expected="application/json",
        )
    check_plain(request)
    return await read_bounded(request, limit=limit)


def check_plain(request: Request) -> None:
    """Raise MalformedMessageError if the body is packed: nobody here would unpack it."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise MalformedMessageError(
            what=Phrase("errors.told.body.encoded"), expected=Phrase("errors.told.body.plain")
        )


async def read_bounded(request: Request, *, limit: int) -> bytes:
    """Return the body; raises TooLargeError over `limit` bytes."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLargeError(what=Phrase("errors.told.body.the"), limit=limit)
    parts = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLargeError(what=Phrase("errors.told.body.the"), limit=limit)
        parts.append(part)
    return b"".join(parts)
