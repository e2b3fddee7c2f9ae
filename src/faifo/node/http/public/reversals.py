"""`POST /faifo/v1/reversals`: a consumer says that a person reversed a decision made with us."""

from __future__ import annotations

import asyncio
from functools import partial

from faifo import clock
from faifo.errors import FaifoError, NotProvenError
from faifo.node.http.problems import problem
from faifo.node.http.reading import read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import Authenticator, spend
from faifo.node.outward.resolver import Resolver
from faifo.node.people.reversing import PATH, keep_reversal, read_reversal
from faifo.phrases import Phrase
from faifo.store.contract import Store
from faifo.trust.did_document import ASSERTION_METHOD, DidDocument
from faifo.trust.keys import PublicKey

MOST_BYTES = 32_768


class Reversals:
    """The endpoint; a repeated message is answered as before."""

    def __init__(self, *, store: Store, authenticator: Authenticator, resolver: Resolver) -> None:
        self._store = store
        self._authenticator = authenticator
        self._resolver = resolver

    def routes(self, *, prefix: str) -> list[Route]:
        return [Route(prefix + PATH, self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        try:
            sender = await self._authenticator.authenticate(request.headers.get("authorization"))
            await spend(self._store, sender)
            body = await read_json_body(request, limit=MOST_BYTES)
            now = clock.now()
            # The key may have been made for this very statement.
            document = await self._resolver.resolve(sender.did, since=now)
            key_of = partial(_key, document)
            found = await asyncio.to_thread(read_reversal, body, sender.did, key_of)
            await self._store.run(lambda tx: keep_reversal(tx, found, sender.did, now=now))
        except FaifoError as error:
            return problem(error)
        return Response(b"{}", media_type="application/json")


def _key(document: DidDocument, key_id: str) -> PublicKey:
    if key_id.partition("#")[0] != document.id:
        raise NotProvenError(
            step="issuer", reason=Phrase("errors.told.file.no-document", key=key_id[:200])
        )
    return document.method(key_id, ASSERTION_METHOD)
