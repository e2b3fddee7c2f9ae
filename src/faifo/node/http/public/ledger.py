"""`/log/`, as C2SP tlog-tiles and tlog-witness have it, and where partners hand receipts over."""

from __future__ import annotations

import logging

from faifo.errors import FaifoError, NotFoundError
from faifo.ledger.page import verifier_page
from faifo.ledger.refused import ProofError
from faifo.ledger.tiles import ENTRIES, WIDTH, bundle, parse_path, unbundle
from faifo.node.http.pages.rendering import HEADERS
from faifo.node.http.problems import problem
from faifo.node.http.reading import read_bounded, read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import Authenticator
from faifo.node.receipts import handing
from faifo.node.receipts.handing import Handing
from faifo.node.receipts.log import PATH, NodeLog
from faifo.node.receipts.witnessing import Witness
from faifo.phrases import Phrase
from faifo.store.contract import Store
from faifo.store.records import LogHead

log = logging.getLogger("faifo.log")

MOST_REQUEST = 64 * 1024
_TEXT = "text/plain; charset=utf-8"
_KEPT = "public, max-age=31536000, immutable"


class LogEndpoints:
    """What everybody may read of the log, and the witness."""

    def __init__(self, ours: NodeLog, witness: Witness, store: Store) -> None:
        self._log, self._witness, self._store = ours, witness, store

    def routes(self, *, prefix: str) -> list[Route]:
        base = prefix + PATH
        return [
            Route(f"{base}/checkpoint", self._checkpoint),
            Route(f"{base}/verify.html", self._page),
            Route(f"{base}/{{log:int}}/checkpoint", self._checkpoint),
            Route(f"{base}/witness/add-checkpoint", self._add, methods=["POST"]),
            Route(f"{base}/witness/vkey", self._vkey),
            Route(f"{base}/vkey", self._vkey),
            Route(f"{base}/{{log:int}}/vkey", self._vkey),
            Route(f"{base}/{{log:int}}/{{path:path}}", self._tile),
            Route(f"{base}/{{path:path}}", self._tile),
        ]

    async def _page(self, _: Request) -> Response:
        """Answer with the page that checks receipts; who trusts nobody writes it with `faifo`."""
        page = verifier_page()
        headers = {**HEADERS, "Content-Security-Policy": f"{page.policy}; frame-ancestors 'none'"}
        return Response(page.text, media_type="text/html; charset=utf-8", headers=headers)

    async def _checkpoint(self, request: Request) -> Response:
        try:
            head = await self._head(request)
            return Response(self._log.signed(head)[1].raw, media_type=_TEXT)
        except FaifoError as error:
            return problem(error)

    async def _head(self, request: Request) -> LogHead:
        number = request.path_params.get("log", 1)
        head = await self._log.published(number)
        if head is None:
            raise NotFoundError(what=Phrase("errors.noun.log"), name=str(number))
        return head

    async def _vkey(self, request: Request) -> Response:
        if "witness" in request.path.rsplit("/", 2)[-2:]:
            return Response(self._witness.key.vkey + "\n", media_type=_TEXT)
        try:
            head = await self._head(request)
        except FaifoError as error:
            return problem(error)
        return Response(self._log.key(head.number).vkey + "\n", media_type=_TEXT)

    async def _tile(self, request: Request) -> Response:
        path = request.path_params["path"]
        try:
            tile = parse_path(path)
            head = await self._head(request)
            data = None
            if tile.exists(head.size):
                data = await self._store.read(lambda tx: tx.ledger.tile(head.number, tile))
            if data is None:
                raise NotFoundError(what=Phrase("errors.noun.log"), name=path[:80])
        except ProofError:
            return problem(NotFoundError(what=Phrase("errors.noun.log"), name=path[:80]))
        except FaifoError as error:
            return problem(error)
        if tile.level == ENTRIES and tile.width < WIDTH:
            data = bundle(unbundle(data)[: tile.width])
        return Response(
            data, media_type="application/octet-stream", headers={"Cache-Control": _KEPT}
        )

    async def _add(self, request: Request) -> Response:
        try:
            body = await read_bounded(request, limit=MOST_REQUEST)
        except FaifoError as error:
            return problem(error)
        said = await self._witness.add(body)
        headers = {"Content-Type": said.media_type}
        return Response(said.body, status=said.status, headers=headers)


class ReceiptEndpoint:
    """`POST /faifo/v1/receipts`: partners only."""

    def __init__(self, taking: Handing, *, authenticator: Authenticator) -> None:
        self._taking, self._authenticator = taking, authenticator

    def routes(self, *, prefix: str) -> list[Route]:
        return [Route(prefix + handing.PATH, self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        try:
            sender = await self._authenticator.authenticate(request.headers.get("authorization"))
            body = await read_json_body(request, limit=2 * handing.MOST_BYTES)
            word = await self._taking.take(sender, body)
            return Response(word, media_type="application/json")
        except FaifoError as error:
            log.info("receipts are turned away: %s", error)
            return problem(error)
