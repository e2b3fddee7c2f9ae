"""What negotiations and transfers have in common here: to be listed, looked at, and spoken in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from enum import StrEnum
from typing import Any

import msgspec
from starlette.responses import Response

from faifo import clock
from faifo.node.delivery.changes import Changes
from faifo.node.http.manage import bodies
from faifo.node.http.manage.call import Call
from faifo.node.http.manage.lists import (
    AGREEMENT,
    BY_A_PERSON,
    DATASET,
    PAGING,
    PEERS,
    ROLE,
    WAITING,
    View,
    listing,
    waiting,
)
from faifo.node.http.manage.operations import Handler, Operation, Parameter
from faifo.store.contract import Store, Transaction


class ProcessFace(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of process is shown, and what can be said in it.

    `says`: rows of the word in the path, the message, and what it does; `say` says it.
    """

    name: str
    shown: str
    states: type[StrEnum]
    view: View
    answers: type[Any]
    page: Any
    says: tuple[tuple[str, Any, str], ...]
    say: Callable[..., Awaitable[Any]]

    @property
    def table(self) -> str:
        return f"{self.name}s"


def operations_of(face: ProcessFace, *, store: Store, changes: Changes) -> Iterator[Operation]:
    """Yield what can be asked about one kind of process."""
    path, name = f"/{face.table}", face.name.capitalize()
    yield Operation(
        f"list{name}s",
        ("GET",),
        path,
        listing(face.table, face.view),
        f"list {face.table}, in both roles",
        answers=face.page,
        query=(
            *PAGING,
            ROLE,
            Parameter("state", "its state", values=tuple(state.value for state in face.states)),
            *PEERS,
            DATASET,
            AGREEMENT,
        ),
    )
    yield Operation(
        f"get{name}",
        ("GET",),
        f"{path}/{{pid}}",
        waiting(face.table, face.view, store=store, changes=changes),
        f"{face.shown}; waits",
        answers=face.answers,
        query=WAITING,
        problems=(404,),
    )
    for word, message, words in face.says:
        yield Operation(
            f"say{word.capitalize()}Of{name}",
            ("POST",),
            f"{path}/{{pid}}/{word}",
            _saying(face, message),
            words,
            answers=face.answers,
            takes=bodies.Say,
            problems=(404, 409, 413),
            keeps=True,
        )


def _saying(face: ProcessFace, message: Any) -> Handler:
    async def handler(call: Call) -> Response:
        async def work(tx: Transaction) -> dict[str, Any]:
            reason = call.body.reason or BY_A_PERSON
            record = await face.say(tx, call.path("pid"), message, reason, now=clock.now())
            return await face.view(tx, record)

        return await call.write(work)

    return handler
