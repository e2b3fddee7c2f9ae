"""One operation of the management API: what serves it and what describes it are the same row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.responses import Response

from faifo.node.http.manage.call import Call

Handler = Callable[[Call], Awaitable[Response]]

EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Parameter(NamedTuple):
    """A query parameter: a text, one of `values`, or a whole number between `least` and `most`."""

    name: str
    words: str
    values: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None


class Operation(NamedTuple):
    """A method and a path, with its handler.

    `takes` and `answers` are the types of the bodies; `answers` may be None for what is not ours
    (a partner's bytes) or no JSON (`media_type`). `problems` are the statuses of its errors besides
    400 and 401. `keeps`: with an Idempotency-Key the answer is kept. `key` is False for what
    everybody may ask who reaches the listener.
    """

    name: str
    methods: tuple[str, ...]
    path: str
    handler: Handler
    words: str
    answers: Any = None
    takes: Any = None
    statuses: tuple[int, ...] = (200,)
    problems: tuple[int, ...] = ()
    query: tuple[Parameter, ...] = ()
    any_query: bool = False
    media_type: str = "application/json"
    keeps: bool = False
    key: bool = True
