"""What the pages for people without an account have in common: their pace, and what is not told."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from faifo import clock
from faifo.errors import BusyError, FaifoError, MalformedMessageError, NotFoundError, TooLargeError
from faifo.node.http.pages.pace import Pace
from faifo.node.http.pages.rendering import chosen, page
from faifo.node.http.request import Request
from faifo.node.http.response import Response

PATH: Final = "/p"
log = logging.getLogger("faifo.persons")

Endpoint = Callable[[Request, str], Awaitable[Response]]


class VisitorPages:
    """Pages under `/p`; `node` is what this organisation is called."""

    def __init__(self, *, node: str, prefix: str) -> None:
        self._facts = {"node": node, "root": prefix + PATH}
        self._looking = Pace(burst=30, per_minute=30, all_per_minute=1200)
        self._writing = Pace(burst=5, per_minute=2, all_per_minute=60)

    def _too_often(self, request: Request, lang: str) -> Response | None:
        caller = request.client.host if request.client else ""
        pace = self._writing if request.method == "POST" else self._looking
        if pace.admits(caller, clock.monotonic()):
            return None
        return self._page("nothing", lang, 429, {"Retry-After": "60"}, what="often")

    def _paced(self, serve: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            lang = chosen(request)
            if (refused := self._too_often(request, lang)) is not None:
                return refused
            try:
                return await serve(request, lang)
            except NotFoundError:
                return self._page("nothing", lang, 404, what="unknown")
            except (MalformedMessageError, TooLargeError) as error:
                return self._page("nothing", lang, error.http_status, what="unreadable")
            except BusyError as error:
                pause = {"Retry-After": str(error.seconds)}
                return self._page("nothing", lang, 429, pause, what="often")
            except FaifoError as error:
                log.error("a page for a person failed: %s", error)
                return self._page("nothing", lang, 503, what="later")

        return endpoint

    def _page(
        self,
        name: str,
        lang: str,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **facts: Any,
    ) -> Response:
        return page(name, lang, status=status, headers=headers, **self._facts, **facts)
