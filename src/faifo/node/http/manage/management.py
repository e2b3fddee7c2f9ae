"""All operations of the management API as routes: the key, the query and the body are checked here.

What describes an operation is what checks it, so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faifo.errors import FaifoError, MalformedMessageError
from faifo.node.changes import Changes
from faifo.node.events import Feed
from faifo.node.health import Health
from faifo.node.http.bodies import read_json_body
from faifo.node.http.health import health_routes
from faifo.node.http.manage.call import Call, once_of
from faifo.node.http.manage.describing import Describing
from faifo.node.http.manage.keys import ManageKeys
from faifo.node.http.manage.measuring import Measuring
from faifo.node.http.manage.negotiations import NegotiationOperations
from faifo.node.http.manage.operations import Operation, Parameter
from faifo.node.http.manage.own import Own
from faifo.node.http.manage.passports import PassportOperations
from faifo.node.http.manage.probe import ProbeOperations
from faifo.node.http.manage.stream import Stream
from faifo.node.http.manage.transfers import TransferOperations
from faifo.node.http.problems import problem
from faifo.node.http.relay import Relay
from faifo.node.metrics import Metrics
from faifo.node.partners import Partners
from faifo.node.services.consuming import Consuming
from faifo.node.services.judging import Judging
from faifo.node.services.passports import Passports
from faifo.node.services.publishing import Publishing
from faifo.node.settings import Settings
from faifo.store.contract import Store

ROOT = "/manage/v1"
BODY_BYTES = 1024 * 1024

Endpoint = Callable[[Request], Awaitable[Response]]


class Group(Protocol):
    """Operations about one thing."""

    def operations(self) -> list[Operation]: ...


class Management:
    """The operations, over the services of one node."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        changes: Changes,
        feed: Feed,
        metrics: Metrics,
        health: Health,
        partners: Partners,
        publishing: Publishing,
        consuming: Consuming,
        relay: Relay,
        directory: Any,
        keys: ManageKeys,
        passports: Passports,
        judging: Judging,
        more: Sequence[Group] = (),
    ) -> None:
        self._settings = settings
        self._store = store
        self._changes = changes
        self._feed = feed
        self._metrics = metrics
        self._health = health
        self._partners = partners
        self._publishing = publishing
        self._consuming = consuming
        self._relay = relay
        self._directory = directory
        self._keys = keys
        self._more = more
        self._passports = passports
        self._judging = judging

    def operations(self) -> list[Operation]:
        """Return every operation below `/manage/v1`."""
        own = Own(
            settings=self._settings,
            store=self._store,
            partners=self._partners,
            publishing=self._publishing,
            directory=self._directory,
            passports=self._passports,
        )
        passports = PassportOperations(
            judging=self._judging, passports=self._passports, publishing=self._publishing
        )
        negotiations = NegotiationOperations(
            settings=self._settings,
            store=self._store,
            changes=self._changes,
            partners=self._partners,
            consuming=self._consuming,
        )
        transfers = TransferOperations(
            store=self._store,
            changes=self._changes,
            consuming=self._consuming,
            relay=self._relay,
        )
        stream = Stream(store=self._store, feed=self._feed, settings=self._settings)
        probe = ProbeOperations(did=self._settings.did, partners=self._partners)
        groups: tuple[Group, ...] = (
            own,
            probe,
            passports,
            negotiations,
            transfers,
            stream,
            *self._more,
        )
        found = [operation for group in groups for operation in group.operations()]
        return [*found, *Describing(found, root=ROOT).operations()]

    def routes(self) -> list[Route]:
        """Return every route; each wants a key."""
        return [
            Route(
                ROOT + operation.path,
                self._endpoint(operation),
                methods=list(operation.methods),
                name=operation.name,
            )
            for operation in self.operations()
        ]

    def operating_routes(self) -> list[Route]:
        """Return `/health/…` for everybody, and `/metrics` for who has a key, unless it is open."""
        measuring = Measuring(
            store=self._store, metrics=self._metrics, feed=self._feed, directory=self._directory
        )
        metrics = self._endpoint(measuring.operation(key=not self._settings.manage.open_metrics))
        return [
            *health_routes(self._health, details=True),
            Route("/metrics", metrics, methods=["GET"]),
        ]

    def _endpoint(self, operation: Operation) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                holder = ""
                if operation.key:
                    holder = self._keys.holder(request.headers.get("authorization"))
                call = await self._call(operation, request, holder)
                return await call.kept() or await operation.handler(call)
            except FaifoError as error:
                return problem(error)

        return endpoint

    async def _call(self, operation: Operation, request: Request, holder: str) -> Call:
        query = {} if operation.any_query else _query(operation, request)
        body, once = None, None
        if operation.takes is not None:
            raw = await read_json_body(request, limit=BODY_BYTES)
            body = _decoded(raw, operation.takes)
            once = once_of(request, raw) if operation.keeps else None
        return Call(request, self._store, holder=holder, query=query, body=body, once=once)


def _decoded(raw: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedMessageError(what=str(error), expected=kind.__name__) from None


def _query(operation: Operation, request: Request) -> dict[str, str]:
    """Return the query, checked against what the operation takes."""
    known = {parameter.name: parameter for parameter in operation.query}
    found: dict[str, str] = {}
    for name, value in parse_qsl(request.url.query, keep_blank_values=True):
        if name not in known:
            raise MalformedMessageError(
                what=f"{ROOT}{operation.path} cannot be narrowed so: {name[:100]}",
                expected=", ".join(known) or "no query",
            )
        if name in found:
            raise MalformedMessageError(what=f"{name} is given twice", expected="one value")
        _check(known[name], value)
        found[name] = value
    return found


def _check(parameter: Parameter, value: str) -> None:
    shown = f"{parameter.name} is {value[:50]!r}"
    if parameter.least is not None and parameter.most is not None:
        number = int(value) if value.isascii() and value.isdecimal() and len(value) < 20 else -1
        if not parameter.least <= number <= parameter.most:
            raise MalformedMessageError(
                what=shown,
                expected=f"a whole number from {parameter.least} to {parameter.most}",
            )
    elif parameter.values and value not in parameter.values:
        raise MalformedMessageError(what=shown, expected="one of " + ", ".join(parameter.values))
    elif not value:
        raise MalformedMessageError(what=shown, expected="a value")
