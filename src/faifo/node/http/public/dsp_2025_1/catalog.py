"""The catalog over HTTPS. Spec: DSP 2025-1 §6, dsp-dcp.md 1.3 and 1.7."""

from __future__ import annotations

import gzip
import logging
import re
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faifo import clock
from faifo.errors import FaifoError, NotFoundError
from faifo.messages.dsp_2025_1.catalog import Catalog, CatalogError, CatalogRequestMessage, Dataset
from faifo.messages.dsp_2025_1.codec import read_any_form, write
from faifo.messages.dsp_2025_1.query import Query, read_query
from faifo.node.http.problems import extra_headers
from faifo.node.http.reading import read_json_body
from faifo.node.membership.authentication import Authenticator, Participant, claim, spend
from faifo.node.offering.publishing import Publishing, next_page_link
from faifo.store.contract import Store, Transaction

log = logging.getLogger("faifo.dsp")

JSON = "application/json"
WORTH_ZIPPING = 1024
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")


class CatalogEndpoints:
    """What a participant may see of this node's datasets."""

    def __init__(
        self,
        publishing: Publishing,
        *,
        base: str,
        store: Store,
        authenticator: Authenticator,
        body_bytes: int,
    ) -> None:
        self._publishing = publishing
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
            except FaifoError:
                await spend(self._store, participant)
                raise
            after = request.query_params.get("after")

            catalog, following = await self._found(participant, query, after)
        except FaifoError as error:
            return _error(error)
        headers = {"Link": next_page_link(self._base, following)} if following else {}
        return _json(request, write(catalog), headers)

    async def _found(
        self, participant: Participant, query: Query, after: str | None
    ) -> tuple[Catalog, str | None]:
        who: dict[str, Any] = {
            "who": participant.proof,
            "now": clock.now(),
        }

        async def work(tx: Transaction) -> tuple[Catalog, str | None] | None:
            await claim(tx, participant)
            if not query.plain:
                return None
            return await self._publishing.page(tx, after=after, limit=query.limit, **who)

        found = await self._store.run(work)
        if found is None:  # what looks at every dataset is kept out of the one writer
            found = await self._store.read(lambda tx: self._publishing.search(tx, query, **who))
        return found

    async def _dataset(self, request: Request) -> Response:
        name = unquote(request.path_params["dataset"])
        try:
            participant = await self._authenticated(request)

            async def work(tx: Transaction) -> Dataset | NotFoundError:
                await claim(tx, participant)
                try:
                    return await self._publishing.one(
                        tx,
                        name,
                        who=participant.proof,
                        now=clock.now(),
                    )
                except NotFoundError as error:
                    return error  # returned, not raised: the token's use must be kept

            found = await self._store.run(work)
        except FaifoError as error:
            return _error(error)
        if isinstance(found, NotFoundError):
            return _error(found)
        return _json(request, write(found), {})

    async def _query(self, request: Request) -> Query:
        body = await read_json_body(request, limit=self._body_bytes)
        return read_query(read_any_form(CatalogRequestMessage, body).message.filter)

    async def _authenticated(self, request: Request) -> Participant:
        return await self._authenticator.authenticate(request.headers.get("authorization"))


def _error(error: FaifoError) -> Response:
    status = error.http_status
    if status >= 500:
        log.warning("%s: %s", error.code, error)
    body = write(CatalogError(code=error.code, reason=(str(error),)))
    return Response(body, status_code=status, media_type=JSON, headers=extra_headers(status))


def _json(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    headers = {**headers, "Vary": "Accept-Encoding"}
    if len(body) >= WORTH_ZIPPING and _takes_gzip(request.headers.get("accept-encoding", "")):
        body = gzip.compress(body, 5)
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=JSON, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Tell whether an Accept-Encoding field names gzip with a weight above 0. RFC 9110 §12.4.2."""
    for entry in accepted.lower().split(","):
        coding, _, weight = entry.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return not weight or (_WEIGHT.fullmatch(weight) is not None and float(weight) > 0)
    return False
