"""The kit's two hooks: "begin a negotiation" and "begin a transfer", as plain JSON.

The answer goes out first; what was asked for is done after it (dsp-dcp.md 2.3).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

import msgspec

from faifo import clock
from faifo.errors import FaifoError, MalformedMessageError
from faifo.node.http.app import App, Routed
from faifo.node.http.problems import problem
from faifo.node.http.reading import read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.outward.partners import Partner
from faifo.node.wiring import Node
from tck.node.seeds import USE

log = logging.getLogger("tck.node")

NEGOTIATIONS = "/negotiations"
TRANSFERS = "/transfers"
BODY_BYTES = 65_536


class _Ask(msgspec.Struct, frozen=True, rename="camel"):
    provider_id: str
    connector_address: str


class AskNegotiation(_Ask, frozen=True, rename="camel"):
    """Negotiate for a dataset under an offer, both named by the kit."""

    dataset_id: str
    offer_id: str


class AskTransfer(_Ask, frozen=True, rename="camel"):
    """Request a transfer under an agreement; the only format here is the node's own."""

    agreement_id: str
    format: str = ""


Ask = TypeVar("Ask", bound=_Ask)


def hooks_app(node: Node) -> App:
    """Return the application that serves both hooks for `node`."""

    async def negotiate(request: Request) -> Response:
        try:
            ask = await _asked(request, AskNegotiation)
        except FaifoError as error:
            return problem(error)
        return _Accepted(_negotiate(node, ask))

    async def transfer(request: Request) -> Response:
        try:
            ask = await _asked(request, AskTransfer)
        except FaifoError as error:
            return problem(error)
        return _Accepted(_transfer(node, ask))

    return Routed(
        [
            Route(NEGOTIATIONS, negotiate, methods=["POST"]),
            Route(TRANSFERS, transfer, methods=["POST"]),
        ]
    )


class _Accepted(Response):
    """202, and what is done then."""

    def __init__(self, then: Awaitable[None]) -> None:
        super().__init__(status=202)
        self._then = then

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await super().__call__(scope, receive, send)
        await self._then


async def _asked(request: Request, kind: type[Ask]) -> Ask:
    body = await read_json_body(request, limit=BODY_BYTES)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedMessageError(
            what=f"the hook's body: {error}", expected="the members of dsp-dcp.md 2.3", where="$"
        ) from None


async def _negotiate(node: Node, ask: AskNegotiation) -> None:
    base = ask.connector_address
    partner = Partner(did=ask.provider_id, root=base, base=base)
    wanted: dict[str, Any] = {
        "@id": ask.offer_id,
        "@type": "Offer",
        "target": ask.dataset_id,
        **USE,
    }
    await node.store.run(
        lambda tx: node.acting.consuming.negotiate(tx, partner, wanted, now=clock.now())
    )


async def _transfer(node: Node, ask: AskTransfer) -> None:
    try:
        await node.store.run(
            lambda tx: node.acting.consuming.transfer(
                tx, ask.agreement_id, now=clock.now(), base=ask.connector_address
            )
        )
    except FaifoError as error:
        log.error("the transfer that was asked for cannot begin: %s", error)
