"""The faces as ASGI applications: routes, and in the public one the data plane."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Mounted, Route, Router

log = logging.getLogger("faifo.http")

App = Callable[[Any, Any, Any], Awaitable[None]]

DATA_PATH = "/data"
_WORDS = {
    404: ("not-found", "there is nothing here"),
    405: ("method-not-allowed", "not with this method"),
}


class Routed:
    """`routes` as an application; it answers with problems, never with a traceback or a page.

    `sent`: the routes see the path as it was sent. Ids are opaque and may hold anything, a slash
    too; an endpoint decodes its own segment, once.
    """

    def __init__(
        self, routes: Sequence[Route], mounted: Sequence[Mounted] = (), *, sent: bool = False
    ) -> None:
        self.routes = routes
        self._router = Router(routes, mounted)
        self._sent = sent

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._sent:
            scope["path"] = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        found = self._router.find(scope["method"], scope["path"])
        route = found.route
        if route is None:
            answer = nothing() if not found.allowed else _plain(405, sorted(found.allowed))
            await answer(scope, receive, send)
            return
        scope["path_params"], scope["route"] = found.values, route.template
        if route.app is not None:
            await route.app(scope, receive, send)
            return
        assert route.endpoint is not None  # noqa: S101 - one of both
        request = Request(scope, receive)
        try:
            answer = await route.endpoint(request)
        except Exception as error:
            log.error("%s %s failed", request.method, route.template, exc_info=error)
            answer = _plain(500)
        await answer(scope, receive, send)


def public_app(
    *, prefix: str, mounted: list[Mounted], routes: list[Route], data: App | None
) -> App:
    """Return the public application; `prefix` is the path of the public URL, without a last slash.

    The data plane is asked first, and past the routes.
    """
    below = [Mounted(prefix + one.path, one.routes) for one in mounted]
    control = Routed(routes, below, sent=True)
    start = f"{prefix}{DATA_PATH}/"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        chosen = data if data and scope["path"].startswith(start) else control
        await chosen(scope, receive, send)

    return app


def nothing() -> Response:
    """Return what is answered where there is nothing."""
    return _plain(404)


def _plain(status: int, allowed: list[str] | None = None) -> Response:
    code, title = _WORDS.get(status, ("error", "error"))
    body = {
        "type": f"urn:faifo:problem:{code}",
        "title": title,
        "status": status,
        "detail": title,
        "code": code,
    }
    headers = {"Allow": ", ".join(allowed)} if allowed else None
    return Response(
        msgspec.json.encode(body), status, headers, media_type="application/problem+json"
    )
