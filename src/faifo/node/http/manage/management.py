"""The operations of `faifo.api` as routes: the key, the query and the body are checked here."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

import msgspec

from faifo.api import ROOT, operations
from faifo.api.operation import A, Operation, Parameter
from faifo.api.roles import may
from faifo.errors import FaifoError, MalformedMessageError, RefusedError
from faifo.messages.dsp_2025_1.place import plain_error
from faifo.node.http.manage.call import Call, once_of
from faifo.node.http.manage.keys import Holder, ManageKeys
from faifo.node.http.problems import problem
from faifo.node.http.reading import read_json_body
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.phrases import Phrase, accepted
from faifo.store.contract import Store

BODY_BYTES = 1024 * 1024
_NAMES: Final = re.compile(r"\{(\w+)")

Handler = Callable[[Call], Awaitable[Response]]
Handlers = Mapping[Operation[Any], Handler]
Endpoint = Callable[[Request], Awaitable[Response]]


class Group(Protocol):
    """What serves the operations of one subject."""

    def handlers(self) -> Handlers: ...


class Management:
    """The operations of `groups`, and how one is reached."""

    def __init__(self, *, store: Store, keys: ManageKeys, groups: Sequence[Group]) -> None:
        self._store = store
        self._keys = keys
        self._handlers = {op: one for group in groups for op, one in group.handlers().items()}

    def routes(self) -> list[Route]:
        """Return a route for every operation; each wants a key."""
        return [
            Route(
                ROOT + operation.path,
                self.endpoint(operation, self._handlers[operation]),
                methods=operation.methods,
            )
            for operation in operations()
        ]

    def endpoint(self, operation: Operation[Any], serve: Handler) -> Endpoint:
        """Return what answers a request for `operation`, after it was checked."""

        async def endpoint(request: Request) -> Response:
            try:
                holder = Holder()
                if operation.key:
                    holder = self._keys.holder(request.headers.get("authorization"))
                    allowed(holder, operation)
                call = await self._call(operation, request, holder)
                return await call.kept() or await serve(call)
            except FaifoError as error:
                lang = accepted(request.headers.get("accept-language"))
                return problem(error, lang=lang)

        return endpoint

    async def ask(
        self,
        operation: Operation[A],
        holder: Holder,
        /,
        *names: str,
        lang: str,
        query: Mapping[str, str] | None = None,
        **members: Any,
    ) -> A:
        """Return what the operation answers to `holder`, without a way over the network.

        `names` stand in its path, `members` are its body.

        Raises:
            RefusedError: the role does not allow it.
            FaifoError: as the operation.
        """
        allowed(holder, operation)
        parts = dict(zip(_NAMES.findall(operation.path), names, strict=True))
        headers = [(b"accept-language", lang.encode())]
        scope = {"type": "http", "method": operation.methods[0], "path": ROOT + operation.path}
        request = Request({**scope, "headers": headers, "query_string": b"", "path_params": parts})
        body = None
        if operation.takes is not None:
            body = _decoded(msgspec.json.encode(members), operation.takes)
        call = Call(request, self._store, holder=holder, query=query or {}, body=body)
        answer = await self._handlers[operation](call)
        return msgspec.json.decode(answer.body, type=operation.answers)

    async def _call(self, operation: Operation[Any], request: Request, holder: Holder) -> Call:
        query = {} if operation.any_query else _query(operation, request)
        body, once = None, None
        if operation.takes is not None:
            raw = await read_json_body(request, limit=BODY_BYTES)
            body = _decoded(raw, operation.takes)
            once = once_of(request, raw) if operation.keeps else None
        return Call(request, self._store, holder=holder, query=query, body=body, once=once)


def allowed(holder: Holder, operation: Operation[Any]) -> None:
    """Let a call pass that the caller's role allows.

    Raises:
        RefusedError: it does not.
    """
    if not may(holder.role, operation.scope):
        role, name = str(holder.role), holder.name
        raise RefusedError(
            what=Phrase("errors.told.role.may-not", name=name, role=role, what=operation.name),
            reasons=(Phrase(f"errors.told.role.{operation.scope}"),),
        )


def _decoded(raw: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        told = plain_error(error) if isinstance(error, msgspec.ValidationError) else None
        raise told or MalformedMessageError(
            what=Phrase("errors.told.json.form", error=str(error)), expected=kind.__name__
        ) from None


def _query(operation: Operation[Any], request: Request) -> dict[str, str]:
    """Return the query, checked against what the operation takes."""
    known = {parameter.name: parameter for parameter in operation.query}
    found: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        if name not in known:
            raise MalformedMessageError(
                what=Phrase(
                    "errors.told.query.unknown", root=ROOT, path=operation.path, name=name[:100]
                ),
                expected=", ".join(known) or Phrase("errors.told.query.none"),
            )
        if name in found:
            raise MalformedMessageError(
                what=Phrase("errors.told.query.twice", name=name),
                expected=Phrase("errors.told.query.one"),
            )
        _check(known[name], value)
        found[name] = value
    return found


def _check(parameter: Parameter, value: str) -> None:
    shown = Phrase("errors.told.query.is", name=parameter.name, value=value[:50])
    if parameter.most is not None:
        number = int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else -1
        if not parameter.least <= number <= parameter.most:
            raise MalformedMessageError(
                what=shown,
                expected=Phrase(
                    "errors.told.setting.number.between", ge=parameter.least, le=parameter.most
                ),
            )
    elif parameter.values and value not in parameter.values:
        raise MalformedMessageError(
            what=shown,
            expected=Phrase("errors.told.setting.one-of", known=", ".join(parameter.values)),
        )
    elif not value:
        raise MalformedMessageError(what=shown, expected=Phrase("errors.told.query.value"))
