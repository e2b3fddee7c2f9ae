"""The public face as one ASGI application: protocol, well-known documents, and the data plane."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

log = logging.getLogger("faifo.http")

App = Callable[[Any, Any, Any], Awaitable[None]]

DATA_PATH = "/data"


class Mounted(NamedTuple):
    """Routes under a path."""

    path: str
    routes: list[Route]


def starlette(routes: list[BaseRoute]) -> Starlette:
    """Return an application that answers with problems, never with a traceback or a page."""
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _http_error, Exception: _unexpected},
    )
    app.router.redirect_slashes = False
    return app


def _router(routes: list[Route]) -> Router:
    # A redirect would name the host that the caller claims.
    return Router(routes, redirect_slashes=False)


def public_app(
    *, prefix: str, mounted: list[Mounted], routes: list[Route], data: App | None
) -> App:
    """Return the public application; `prefix` is the path of the public URL, without a last slash.

    The data plane is asked first and past Starlette: it is a bare application.
    """
    control = starlette(
        [*(Mount(prefix + one.path, app=_router(one.routes)) for one in mounted), *routes]
    )
    start = f"{prefix}{DATA_PATH}/"

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if data and scope["type"] == "http" and scope["path"].startswith(start):
            await data(scope, receive, send)
        elif scope["type"] == "http":
            await control(_encoded(scope), receive, send)

    return app


def _encoded(scope: dict[str, Any]) -> dict[str, Any]:
    """Let the routes see the path as it was sent.

    Ids are opaque and may hold anything, a slash too; an endpoint decodes its own segment, once.
    """
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogateescape")
    scope["path"] = raw.partition(b"?")[0].decode("latin-1")
    return scope


async def _http_error(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return _plain(status, {404: "there is nothing here", 405: "not with this method"}, headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _plain(500, {}, None)


def _plain(status: int, words: dict[int, str], headers: Any) -> Response:
    code = {404: "not-found", 405: "method-not-allowed"}.get(status, "error")
    title = words.get(status, "error")
    body = {
        "type": f"urn:faifo:problem:{code}",
        "title": title,
        "status": status,
        "detail": title,
        "code": code,
    }
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )
