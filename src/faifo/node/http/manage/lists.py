"""Lists in pages, and processes: to be waited for, and spoken in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from faifo import clock
from faifo.api.operation import Page
from faifo.errors import NotFoundError
from faifo.node.delivery.changes import Changes, passing
from faifo.node.exchange.process_kind import settled
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.management import Handler
from faifo.node.http.response import Response
from faifo.phrases import Phrase
from faifo.store import records
from faifo.store.contract import Store, Transaction

View = Callable[[Transaction, Any], Awaitable[Any]]

BY_A_PERSON = Phrase("reason.decided")


def listing(table: str, view: View) -> Handler:
    """Return the handler that lists a table, newest first."""

    async def handler(call: Call) -> Response:
        query = dict(call.query)
        after = query.pop("after", None)
        limit = int(query.pop("limit", "100"))

        async def look(tx: Transaction) -> Page[Any]:
            rows = getattr(tx, table)
            found = await rows.find(before=after, limit=limit + 1, newest_first=True, **query)
            shown = found[:limit]
            last = shown[-1] if len(found) > limit else None
            named = next((name for name in ("pid", "number", "id") if hasattr(last, name)), "")
            cursor = getattr(last, named, None)
            items = tuple([await view(tx, record) for record in shown])
            return Page(items=items, next=cursor)

        return await call.read(look)

    return handler


def waiting(table: str, view: View, *, store: Store, changes: Changes) -> Handler:
    """Return the handler that answers at once, or when the process has a revision unknown yet.

    With `settled`, revisions on the way are passed over.
    """

    async def handler(call: Call) -> Response:
        pid, revision = call.path("pid"), call.query.get("revision")
        only_settled = call.query.get("settled") == "1"
        subject = pid if only_settled else passing(pid)

        def news(found: records.Process) -> bool:
            if str(found.revision) == revision:
                return False
            return not only_settled or settled(found)

        async def look(tx: Transaction) -> Any:
            record = await getattr(tx, table).get(pid)
            if record is None:
                raise NotFoundError(what=table.removesuffix("s"), name=pid)
            over = clock.monotonic() >= until or changes.stopped
            return await view(tx, record) if over or news(record) else None

        until = clock.monotonic() + call.number("wait", 0)
        while True:
            bell = changes.bell(subject)
            try:
                found = await store.read(look, few=True)
                if found is not None:
                    return json_response(found)
                await asyncio.wait((bell,), timeout=until - clock.monotonic())
            finally:
                bell.cancel()

    return handler


def saying(say: Callable[..., Awaitable[Any]], view: View) -> Callable[[Any], Handler]:
    """Return what makes the handler that says a message in a process, as a person wants it."""

    def of(message: Any) -> Handler:
        async def handler(call: Call) -> Response:
            async def work(tx: Transaction) -> Any:
                reason = call.body.reason or str(BY_A_PERSON)
                record = await say(tx, call.path("pid"), message, reason, now=clock.now())
                return await view(tx, record)

            return await call.write(work)

        return handler

    return of
