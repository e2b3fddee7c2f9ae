"""`/inbox/PID`: where a provider pushes what this node asked to be pushed.

POST or PUT brings the whole. HEAD says how much has arrived, and PATCH brings the rest (Resumable
Uploads for HTTP, draft-ietf-httpbis-resumable-upload §4.3 and §4.4). Who has no token of that very
transfer hears 401 and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

from faifo import clock
from faifo.errors import FaifoError, MalformedMessageError, TooLargeError
from faifo.node.http.problems import problem
from faifo.node.http.reading import check_plain
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.offering.inbox import INBOX, Inbox, note_received
from faifo.phrases import Phrase
from faifo.store.contract import Store

_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{44}):")
LONGEST_NUMBER = 18


class InboxEndpoint:
    """The endpoint of this node."""

    def __init__(self, inbox: Inbox, store: Store, *, limit: int) -> None:
        self._inbox = inbox
        self._store = store
        self._limit = limit

    def routes(self, *, prefix: str) -> list[Route]:
        return [
            Route(
                f"{prefix}/{INBOX}/{{pid}}",
                self._answer,
                methods=["HEAD", "POST", "PUT", "PATCH"],
            )
        ]

    async def _answer(self, request: Request) -> Response:
        pid = unquote(request.path_params["pid"])
        given = request.headers.get("authorization", "")
        record = await self._store.read(lambda tx: self._inbox.admitted(tx, pid, given))
        if record is None:
            return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        try:
            if request.method != "HEAD":
                check_plain(request)
                offset = _offset(request)
                self._check_length(request, offset)
                got = await self._inbox.receive(
                    pid, request.stream(), offset=offset, digest=_digest(request)
                )
                now = clock.now()
                await self._store.run(lambda tx: note_received(tx, record, got, now))
        except FaifoError as error:
            return problem(error)
        size, whole = self._inbox.state(pid)
        return Response(
            status=204,
            headers={
                "Upload-Offset": str(size),
                "Upload-Complete": "?1" if whole else "?0",
                "Upload-Limit": f"max-size={self._limit}",
                "Cache-Control": "no-store",
            },
        )

    def _check_length(self, request: Request, offset: int) -> None:
        text = request.headers.get("content-length", "")
        if text.isdecimal() and len(text) <= LONGEST_NUMBER and offset + int(text) > self._limit:
            raise TooLargeError(what=Phrase("errors.told.body.the"), limit=self._limit)


def _offset(request: Request) -> int:
    if request.method != "PATCH":
        return 0
    text = request.headers.get("upload-offset", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER):
        raise MalformedMessageError(
            what=Phrase("errors.told.push.no-offset"),
            expected=Phrase("errors.told.push.offset"),
        )
    return int(text)


def _digest(request: Request) -> str | None:
    """Return the hex SHA-256 that the sender promises of the whole (RFC 9530), if it does."""
    found = _SHA256.search(request.headers.get("repr-digest", ""))
    try:
        return base64.b64decode(found[1], validate=True).hex() if found else None
    except binascii.Error:
        return None
