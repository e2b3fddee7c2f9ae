"""What both services do with a request: who calls, what it says, and problems as JSON."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from faifo.errors import FaifoError, NotProvenError
from faifo.messages.dcp_1_0 import equal_forms
from faifo.messages.dcp_1_0.wire import Message
from faifo.node.http.problems import extra_headers
from faifo.node.http.reading import read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.membership.authentication import (
    Participant,
    StrangerAuthenticator,
    discreet,
    spend,
)
from faifo.store.contract import Store

log = logging.getLogger("faifo.dcp")

JSON = "application/json"
BODY_BYTES = 1024 * 1024

M = TypeVar("M", bound=Message)
Endpoint = Callable[[Request], Awaitable[Response]]


class Callers:
    """Strangers who prove their DID, and what they say."""

    def __init__(self, authenticator: StrangerAuthenticator, store: Store) -> None:
        self._authenticator = authenticator
        self._store = store

    async def caller(self, request: Request) -> tuple[Participant, str | None]:
        """Return who calls, its token used up, and the access token that came with it.

        The token is used up before anything else is looked at: a request that comes to nothing
        must not leave a token that is good for another one.
        """
        try:
            found = await self._authenticator.proven(request.headers.get("authorization"))
        except NotProvenError as error:
            raise discreet(error) from None
        await spend(self._store, found[0])
        return found

    async def said(self, request: Request, kind: type[M]) -> M:
        body = await read_json_body(request, limit=BODY_BYTES)
        return equal_forms.read(kind, body)


def guarded(endpoint: Endpoint) -> Endpoint:
    """Return `endpoint` with its errors as answers."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except FaifoError as error:
            status = error.http_status
            log.info("%s answered %s: %s", request.path, status, error)
            body = {"code": error.code, "reason": [str(error)]}
            return json(body, status=status, headers=extra_headers(status, error))

    return answer


def json(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return Response(body, status=status, media_type=JSON, headers=headers)
