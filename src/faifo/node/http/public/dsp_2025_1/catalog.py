"""The catalog over HTTPS. Spec: DSP 2025-1 §6, dsp-dcp.md 1.3 and 1.7."""

from __future__ import annotations

import asyncio
import logging
import re
import zlib
from urllib.parse import unquote

from faifo import clock
from faifo.errors import FaifoError, NotFoundError
from faifo.messages.dsp_2025_1.catalog import CatalogError, CatalogRequestMessage
from faifo.messages.dsp_2025_1.codec import read_any_form, write
from faifo.messages.dsp_2025_1.query import Query, read_query
from faifo.node.http.problems import extra_headers
from faifo.node.http.reading import read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import Authenticator, Participant, spend
from faifo.node.membership.glancing import glance
from faifo.node.offering.catalog import OfferedCatalog, first
from faifo.node.offering.paging import Pages, next_page_link
from faifo.node.offering.rows import Position
from faifo.store.contract import Store, Transaction
from faifo.trust.dcp.status_list import GZIP

log = logging.getLogger("faifo.dsp")

JSON = "application/json"
WORTH_ZIPPING = 1024
WORTH_A_THREAD = 65_536
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")


class CatalogEndpoints:
    """What a participant may see of this node's datasets."""

    def __init__(
        self,
        catalog: OfferedCatalog,
        *,
        base: str,
        store: Store,
        authenticator: Authenticator,
        body_bytes: int,
        secret: str,
    ) -> None:
        self._catalog = catalog
        self._pages = Pages(secret)
        self._base = base
        self._store = store
        self._authenticator = authenticator
        self._body_bytes = body_bytes

    def routes(self) -> list[Route]:
        return [
            Route("/catalog/request", self._request, methods=["POST"]),
            Route("/catalog/datasets/{dataset:path}", self._dataset, methods=["GET"]),
        ]

    async def _request(self, request: Request) -> Response:
        try:
            participant = await self._authenticated(request)
            try:
                query = await self._query(request)
                at = self._begin(request, query, participant)
            finally:
                # Alone, before anything is looked for: a search keeps nobody's write waiting.
                await spend(self._store, participant)

            async def look(tx: Transaction) -> tuple[bytes, Position | None]:
                catalog, following = await self._catalog.page(
                    tx, query, at, who=participant.proof, now=clock.now()
                )
                return write(catalog), following

            body, following = await self._store.read(look)
        except FaifoError as error:
            return _error(error)
        headers = {}
        if following:
            token = self._pages.token(following, query=query, did=participant.did)
            headers["Link"] = next_page_link(self._base, token)
        return await _json(request, body, headers)

    async def _dataset(self, request: Request) -> Response:
        name = unquote(request.path_params["dataset"])
        try:
            participant = await self._authenticated(request)

            async def look(tx: Transaction) -> bytes:
                who = participant.proof
                return write(await self._catalog.one(tx, name, who=who, now=clock.now()))

            try:
                body = await glance(self._store, participant, look)
            except NotFoundError:
                who, now = participant.proof, clock.now()
                await self._store.run(
                    lambda tx: self._catalog.note_hidden(tx, name, who=who, now=now)
                )
                raise
        except FaifoError as error:
            return _error(error)
        return await _json(request, body, {})

    async def _query(self, request: Request) -> Query:
        body = await read_json_body(request, limit=self._body_bytes)
        return read_query(read_any_form(CatalogRequestMessage, body).message.filter)

    def _begin(self, request: Request, query: Query, participant: Participant) -> Position:
        after = request.query_params.get("after")
        if after is None:
            return first(query)
        return self._pages.position(after, query=query, did=participant.did)

    async def _authenticated(self, request: Request) -> Participant:
        return await self._authenticator.authenticate(request.headers.get("authorization"))


def _error(error: FaifoError) -> Response:
    status = error.http_status
    if status >= 500:
        log.warning("%s: %s", error.code, error)
    body = write(CatalogError(code=error.code, reason=(str(error),)))
    return Response(body, status=status, media_type=JSON, headers=extra_headers(status, error))


async def _json(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    headers = {**headers, "Vary": "Accept-Encoding"}
    if len(body) >= WORTH_ZIPPING and _takes_gzip(request.headers.get("accept-encoding", "")):
        small = len(body) < WORTH_A_THREAD
        body = _zipped(body) if small else await asyncio.to_thread(_zipped, body)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=JSON, headers=headers)


def _zipped(body: bytes) -> bytes:
    return zlib.compress(body, 5, GZIP)


def _takes_gzip(accepted: str) -> bool:
    """Tell whether an Accept-Encoding field names gzip with a weight above 0. RFC 9110 §12.4.2."""
    for entry in accepted.lower().split(","):
        coding, _, weight = entry.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return not weight or (_WEIGHT.fullmatch(weight) is not None and float(weight) > 0)
    return False
