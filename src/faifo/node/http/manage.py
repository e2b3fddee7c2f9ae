"""The management API, `/manage/v1`: plain JSON for the people and programs of this node.

It has its own listener, on loopback unless told otherwise, and wants the node's management key.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faifo import __version__, clock
from faifo.errors import (
    FaifoError,
    MalformedMessageError,
    NotFoundError,
    NotProvenError,
    RefusedError,
)
from faifo.machines.negotiation import Message as N
from faifo.machines.transfer import Message as T
from faifo.node.changes import Changes
from faifo.node.gate import read_credentials
from faifo.node.http.bodies import read_json_body
from faifo.node.http.problems import problem
from faifo.node.http.relay import Relay
from faifo.node.partners import Partners
from faifo.node.services import views
from faifo.node.services.consuming import Consuming
from faifo.node.services.publishing import (
    Publication,
    Publishing,
    file_source,
    http_source,
    is_url,
)
from faifo.node.services.timeline import timeline
from faifo.node.settings import Settings
from faifo.store.contract import Store, Transaction

log = logging.getLogger("faifo.manage")

JSON = "application/json"
BODY_BYTES = 1024 * 1024
LONGEST_WAIT = 60.0
LONGEST_LIST = 1000

R = TypeVar("R")
Endpoint = Callable[[Request], Awaitable[Response]]
View = Callable[[Transaction, Any], Awaitable[dict[str, Any]]]
Text = Annotated[str, Meta(min_length=1, max_length=2048)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of request bodies: an unknown member is an error, not a silence."""


class CatalogQuery(_Body, frozen=True, kw_only=True):
    """With `dataset`, only that one is looked up."""

    node: Text
    dataset: Text | None = None


class NegotiationOrder(_Body, frozen=True, kw_only=True):
    node: Text
    dataset: Text
    purpose: Text | None = None
    reuse: bool = True


class TransferOrder(_Body, frozen=True, kw_only=True):
    agreement: Text


class Say(_Body, frozen=True, kw_only=True):
    reason: Annotated[str, Meta(max_length=1000)] = ""


class Management:
    """The endpoints, over the services of one node."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        changes: Changes,
        partners: Partners,
        publishing: Publishing,
        consuming: Consuming,
        relay: Relay,
        directory: Any,
        key: str,
    ) -> None:
        self._settings = settings
        self._store = store
        self._changes = changes
        self._partners = partners
        self._publishing = publishing
        self._consuming = consuming
        self._relay = relay
        self._directory = directory
        self._key = key.encode()

    def routes(self) -> list[Route]:
        """Return every route; each wants the key."""

        def route(path: str, endpoint: Endpoint, *methods: str) -> Route:
            return Route(f"/manage/v1{path}", self.guarded(endpoint), methods=list(methods))

        every = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
        routes = [
            route("/node", self._node, "GET"),
            route("/datasets", self._publish, "POST"),
            route("/datasets", self._list("datasets", _dataset_view), "GET"),
            route("/datasets/{id:path}", self._dataset, "GET"),
            route("/datasets/{id:path}", self._unpublish, "DELETE"),
            route("/catalog", self._catalog, "POST"),
            route("/negotiations", self._negotiate, "POST"),
            route("/negotiations", self._list("negotiations", views.negotiation), "GET"),
            route("/negotiations/{pid}", self._process("negotiations", views.negotiation), "GET"),
            route("/agreements", self._list("agreements", _agreement_view), "GET"),
            route("/agreements/{id:path}", self._agreement, "GET"),
            route("/transfers", self._transfer, "POST"),
            route("/transfers", self._list("transfers", views.transfer), "GET"),
            route("/transfers/{pid}", self._process("transfers", views.transfer), "GET"),
            route("/transfers/{pid}/data", self._data, *every),
            route("/transfers/{pid}/data/{path:path}", self._data, *every),
            route("/timeline/{id:path}", self._timeline, "GET"),
        ]
        for word, decided in (("termination", N.TERMINATION), ("acceptance", N.ACCEPTED)):
            routes.append(
                route(f"/negotiations/{{pid}}/{word}", self._say_negotiation(decided), "POST")
            )
        for word, message in (
            ("termination", T.TERMINATION),
            ("suspension", T.SUSPENSION),
            ("completion", T.COMPLETION),
            ("start", T.START),
        ):
            routes.append(route(f"/transfers/{{pid}}/{word}", self._say_transfer(message), "POST"))
        return routes

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """Return `endpoint` behind the management key, with its errors as problems."""

        async def guarded(request: Request) -> Response:
            try:
                scheme, _, given = request.headers.get("authorization", "").partition(" ")
                known = hmac.compare_digest(given.encode(), self._key)
                if not (known and self._key and scheme.lower() == "bearer"):
                    raise NotProvenError(
                        step="management key", reason="the Authorization header has no valid key"
                    )
                return await endpoint(request)
            except FaifoError as error:
                return problem(error)

        return guarded

    # ── this node ────────────────────────────────────────────────────────────────────────────

    async def _node(self, _: Request) -> Response:
        node = self._settings.node
        return _json(
            {
                "did": self._settings.did,
                "name": node.name,
                "economy": node.economy,
                "public_url": node.public_url,
                "version": __version__,
            }
        )

    async def _publish(self, request: Request) -> Response:
        publication = await _body(request, Publication)
        if is_url(publication.location):
            source = http_source(publication.location, credentials=publication.credentials)
            # What cannot be read later is better said now.
            await asyncio.to_thread(read_credentials, self._directory.path, publication.credentials)
        else:
            source = await asyncio.to_thread(
                file_source,
                publication.location,
                roots=self._settings.publish.roots,
                forbidden=self._directory.path,
            )
        dataset = await self._store.run(
            lambda tx: self._publishing.publish(tx, publication, source, now=clock.now())
        )
        return _json(views.dataset(dataset), status=201)

    async def _dataset(self, request: Request) -> Response:
        name = request.path_params["id"]
        dataset = await self._store.read(lambda tx: tx.datasets.get(name))
        if dataset is None:
            raise NotFoundError(what="dataset", name=name)
        return _json(views.dataset(dataset))

    async def _unpublish(self, request: Request) -> Response:
        name = request.path_params["id"]
        dataset = await self._store.run(
            lambda tx: self._publishing.withdraw(tx, name, now=clock.now())
        )
        return _json(views.dataset(dataset))

    async def _agreement(self, request: Request) -> Response:
        name = request.path_params["id"]

        async def look(tx: Transaction) -> dict[str, Any] | None:
            found = await tx.agreements.first(id=name)
            return views.agreement(found) if found else None

        view = await self._store.read(look)
        if view is None:
            raise NotFoundError(what="agreement", name=name)
        return _json(view)

    async def _timeline(self, request: Request) -> Response:
        name = request.path_params["id"]
        return _json(await self._store.read(lambda tx: timeline(tx, name)))

    # ── other nodes ──────────────────────────────────────────────────────────────────────────

    async def _catalog(self, request: Request) -> Response:
        query = await _body(request, CatalogQuery)
        partner = await self._partners.find(query.node)
        if query.dataset is None:
            datasets = await self._partners.catalog(partner)
        else:
            datasets = [await self._partners.dataset(partner, query.dataset)]
        return _json(
            {"participant": partner.did, "datasets": [views.offered(entry) for entry in datasets]}
        )

    async def _negotiate(self, request: Request) -> Response:
        order = await _body(request, NegotiationOrder)
        why: tuple[str, ...] = ()
        if order.reuse:
            known, why = await self._known_agreement(order)
            if known:
                return _json(known)
        partner = await self._partners.find(order.node)
        try:
            dataset = await self._partners.dataset(partner, order.dataset)
        except NotFoundError:
            if why:
                raise RefusedError(
                    what="the use under the agreement there is", reasons=why
                ) from None
            raise
        offer = self._consuming.wanted_offer(dataset, order.purpose)

        async def work(tx: Transaction) -> dict[str, Any]:
            record = await self._consuming.negotiate(tx, partner, offer, now=clock.now())
            return await views.negotiation(tx, record)

        return _json(await self._store.run(work), status=201)

    async def _known_agreement(
        self, order: NegotiationOrder
    ) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        provider = self._partners.named(order.node)

        async def look(tx: Transaction) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
            record, why = await self._consuming.reusable(
                tx,
                provider=provider,
                dataset=order.dataset,
                purpose=order.purpose,
                did=self._settings.did,
                now=clock.now(),
            )
            return (await views.negotiation(tx, record) if record else None), why

        return await self._store.read(look)

    async def _transfer(self, request: Request) -> Response:
        order = await _body(request, TransferOrder)

        async def work(tx: Transaction) -> dict[str, Any]:
            record = await self._consuming.transfer(tx, order.agreement, now=clock.now())
            return await views.transfer(tx, record)

        return _json(await self._store.run(work), status=201)

    async def _data(self, request: Request) -> Response:
        pid = request.path_params["pid"]
        transfer, endpoint, token = await self._store.read(
            lambda tx: self._consuming.data_address(tx, pid)
        )
        return await self._relay.answer(request, transfer, endpoint, token)

    def _say_negotiation(self, message: N) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            pid, say = request.path_params["pid"], await _body(request, Say)
            reason = say.reason or "decided by a person"

            async def work(tx: Transaction) -> dict[str, Any]:
                record = await self._consuming.say_in_negotiation(
                    tx, pid, message, reason, now=clock.now()
                )
                return await views.negotiation(tx, record)

            return _json(await self._store.run(work))

        return endpoint

    def _say_transfer(self, message: T) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            pid, say = request.path_params["pid"], await _body(request, Say)
            reason = say.reason or "decided by a person"

            async def work(tx: Transaction) -> dict[str, Any]:
                record = await self._consuming.say_in_transfer(
                    tx, pid, message, reason, now=clock.now()
                )
                return await views.transfer(tx, record)

            return _json(await self._store.run(work))

        return endpoint

    # ── lists and long polls ─────────────────────────────────────────────────────────────────

    def _list(self, table: str, view: View) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            query = dict(request.query_params)
            after = query.pop("after", None)
            limit = min(max(_number("limit", query.pop("limit", "100")), 1), LONGEST_LIST)
            for name in query.keys() & {"self", "before", "newest_first"}:
                raise MalformedMessageError(
                    what=f"a list of {table} cannot be narrowed so: {name}",
                    expected="a searchable member",
                )

            async def work(tx: Transaction) -> tuple[list[dict[str, Any]], str | None]:
                rows = getattr(tx, table)
                try:
                    found = await rows.find(
                        before=after, limit=limit + 1, newest_first=True, **query
                    )
                except KeyError as error:
                    raise MalformedMessageError(
                        what=f"a list of {table} cannot be narrowed so: {error.args[0]}",
                        expected="a searchable member",
                    ) from None
                shown = found[:limit]
                last = shown[-1] if len(found) > limit else None
                cursor = getattr(last, "pid", getattr(last, "id", None))
                return [await view(tx, record) for record in shown], cursor

            items, following = await self._store.read(work)
            return _json({"items": items, "next": following})

        return endpoint

    def _process(self, table: str, view: View) -> Endpoint:
        """Answer at once, or when the process has another version than the caller knows."""

        async def endpoint(request: Request) -> Response:
            pid = request.path_params["pid"]
            wait = min(_number("wait", request.query_params.get("wait", "0")), LONGEST_WAIT)
            version = request.query_params.get("version")

            async def look(tx: Transaction) -> dict[str, Any] | None:
                record = await getattr(tx, table).get(pid)
                return await view(tx, record) if record else None

            until = clock.monotonic() + wait
            while True:
                bell = self._changes.bell(pid)
                found = await self._store.read(look)
                if found is None:
                    bell.cancel()
                    raise NotFoundError(what=table.removesuffix("s"), name=pid)
                left = until - clock.monotonic()
                if str(found["version"]) != version or left <= 0:
                    bell.cancel()
                    return _json(found)
                await asyncio.wait((bell,), timeout=left)
                bell.cancel()

        return endpoint


async def _dataset_view(_: Transaction, record: Any) -> dict[str, Any]:
    return views.dataset(record)


async def _agreement_view(_: Transaction, record: Any) -> dict[str, Any]:
    return views.agreement(record)


async def _body(request: Request, kind: type[R]) -> R:
    raw = await read_json_body(request, limit=BODY_BYTES)
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedMessageError(what=str(error), expected=kind.__name__) from None


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise MalformedMessageError(what=f"{name} is {text[:50]!r}", expected="a whole number")
    return int(text)


def _json(content: Any, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status_code=status, media_type=JSON)
