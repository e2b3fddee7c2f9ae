"""Notices between partners over HTTPS; see `node.announcing.wire`. Strangers get nothing here."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import msgspec

from faifo.errors import FaifoError
from faifo.node.announcing.counting import Receipt
from faifo.node.announcing.hearing import Hearing
from faifo.node.announcing.taking import Taking
from faifo.node.announcing.wire import ARRIVALS_PATH, PARCEL_BYTES, WORDS_PATH
from faifo.node.http.problems import problem
from faifo.node.http.reading import read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import Authenticator, Participant, spend
from faifo.store.contract import Store

log = logging.getLogger("faifo.notices")


class NoticeEndpoints:
    """Where partners bring notices, and what they say about ours."""

    def __init__(
        self, taking: Taking, hearing: Hearing, *, store: Store, authenticator: Authenticator
    ) -> None:
        self._taking, self._hearing = taking, hearing
        self._store, self._authenticator = store, authenticator

    def routes(self) -> list[Route]:
        return [
            Route(ARRIVALS_PATH, self._serving(self._take), methods=["POST"]),
            Route(WORDS_PATH, self._serving(self._told), methods=["POST"]),
        ]

    def _serving(
        self, serve: Callable[[bytes, Participant], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            participant = None
            try:
                participant = await self._authenticator.authenticate(
                    request.headers.get("authorization")
                )
                body = await read_json_body(request, limit=PARCEL_BYTES)
                return await serve(body, participant)
            except FaifoError as error:
                if participant is not None:
                    await self._spent(participant)
                log.info("a notice is turned away: %s", error)
                return problem(error)

        return endpoint

    async def _spent(self, participant: Participant) -> None:
        """Use up the token of what was refused; that it was used before was told already."""
        try:
            await spend(self._store, participant)
        except FaifoError as error:
            log.debug("%s", error)

    async def _take(self, body: bytes, participant: Participant) -> Response:
        word = await self._taking.take(body, participant)
        return _json(Receipt(word.decode()))

    async def _told(self, body: bytes, participant: Participant) -> Response:
        await self._hearing.told(body, participant)
        return _json({})


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
