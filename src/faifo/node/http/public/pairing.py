"""The page behind a pairing link: who this node is, and what to do with the link."""

from __future__ import annotations

from collections.abc import Callable

from faifo.api.node import Introduction
from faifo.node.http.public.visitors import VisitorPages
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route


class PairingPage(VisitorPages):
    """The page."""

    def __init__(self, own: Callable[[], Introduction], *, node: str, prefix: str) -> None:
        super().__init__(node=node, prefix=prefix)
        self._own = own

    def routes(self) -> list[Route]:
        return [Route("/pair", self._paced(self._shown), methods=["GET"])]

    async def _shown(self, request: Request, lang: str) -> Response:  # noqa: ARG002
        return self._page("pair", lang, own=self._own())
