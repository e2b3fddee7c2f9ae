"""Lists in pages, and processes that a caller can wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from faifo import clock
from faifo.errors import NotFoundError
from faifo.machines.role import Role
from faifo.node.delivery.changes import Changes
from faifo.node.http.manage.call import Call, json_response
from faifo.node.http.manage.operations import Handler, Parameter
from faifo.store.contract import Store, Transaction

LONGEST_WAIT = 60
LONGEST_LIST = 1000

View = Callable[[Transaction, Any], Awaitable[dict[str, Any]]]

PAGING = (
    Parameter("limit", "how many, at most", least=1, most=LONGEST_LIST),
    Parameter("after", "`next` of the page before"),
)
WAITING = (
    Parameter("wait", "how many seconds to wait for a change", least=0, most=LONGEST_WAIT),
    Parameter("version", "the version that the caller knows", least=0, most=999_999_999),
    Parameter(
        "settled", "1: wait on until it has ended, runs, or waits for a person", values=("1",)
    ),
)
# A negotiation or transfer in one of these goes on only when somebody wants something else.
SETTLED = frozenset({"FINALIZED", "TERMINATED", "STARTED", "SUSPENDED", "COMPLETED"})
ROLE = Parameter("role", "our role", values=tuple(role.value for role in Role))
DATASET = Parameter("dataset", "a dataset's id")
AGREEMENT = Parameter("agreement", "an agreement's id")
PEERS = (Parameter("peer", "the other side's DID"), Parameter("peer_pid", "its id of the process"))
PEER_PROBLEMS = (409, 502, 503, 504)
BY_A_PERSON = "decided by a person"


def listing(table: str, view: View) -> Handler:
    """Return the handler that lists a table, newest first."""

    async def handler(call: Call) -> Response:
        query = dict(call.query)
        after = query.pop("after", None)
        limit = int(query.pop("limit", "100"))

        async def look(tx: Transaction) -> dict[str, Any]:
            rows = getattr(tx, table)
            found = await rows.find(before=after, limit=limit + 1, newest_first=True, **query)
            shown = found[:limit]
            last = shown[-1] if len(found) > limit else None
            cursor = getattr(last, "pid", getattr(last, "id", None))
            return {"items": [await view(tx, record) for record in shown], "next": cursor}

        return await call.read(look)

    return handler


def waiting(table: str, view: View, *, store: Store, changes: Changes) -> Handler:
    """Return the handler that answers at once, or when the process has a version unknown yet.

    With `settled`, versions on the way are passed over.
    """

    async def handler(call: Call) -> Response:
        pid, version = call.path("pid"), call.query.get("version")
        settled = call.query.get("settled") == "1"

        def news(found: dict[str, Any]) -> bool:
            if str(found["version"]) == version:
                return False
            return not settled or found["state"] in SETTLED or found["hold"] is not None

        async def look(tx: Transaction) -> dict[str, Any] | None:
            record = await getattr(tx, table).get(pid)
            return await view(tx, record) if record else None

        until = clock.monotonic() + call.number("wait", 0)
        while True:
            bell = changes.bell(pid)
            try:
                found = await store.read(look)
                if found is None:
                    raise NotFoundError(what=table.removesuffix("s"), name=pid)
                left = until - clock.monotonic()
                if news(found) or left <= 0 or changes.stopped:
                    return json_response(found)
                await asyncio.wait((bell,), timeout=left)
            finally:
                bell.cancel()

    return handler
