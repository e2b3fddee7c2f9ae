"""One call of another node's API: agreement and transfer are used again while they last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO

import msgspec

from faifo.api.problems import RENEWABLE, error_from, problem_code, read_problem
from faifo.api.processes import Process
from faifo.client.beginning import agreement_of, started
from faifo.client.client import PATIENCE, Client
from faifo.client.reading import open_transfer
from faifo.client.transport import Answer
from faifo.errors import FaifoError

PROBLEM_BYTES = 1024 * 1024


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What to call. `path` is what follows the API's base, with any query."""

    node: str
    dataset: str
    method: str = "GET"
    path: str = ""
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    purpose: str | None = None
    offer: str | None = None
    accept_terms: tuple[str, ...] = ()
    patience: float = PATIENCE
    watch: Callable[[Process], None] = lambda _: None


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """How a call was answered. The API's own errors are answers, too."""

    status: int
    content_type: str
    agreement: str
    transfer: str


async def call(client: Client, wanted: Call, sink: BinaryIO) -> Called:
    """Make the call and write the answer's body to `sink`.

    Raises:
        RefusedError: the provider's rules, or ours, say no.
    """
    waiting: dict[str, Any] = {"patience": wanted.patience, "watch": wanted.watch}
    negotiate = partial(
        client.negotiate,
        wanted.node,
        wanted.dataset,
        purpose=wanted.purpose,
        offer=wanted.offer,
        accept_terms=wanted.accept_terms,
        **waiting,
    )
    negotiation = await negotiate()
    agreement = agreement_of(negotiation)
    transfer = await open_transfer(client, agreement)
    fresh = transfer is None
    while True:
        if transfer is None:
            start = partial(client.start_transfer, **waiting)
            begun = await started(agreement, negotiate, start)
            transfer, agreement = begun.pid, begun.agreement or agreement
        try:
            async with client.call(
                transfer, wanted.method, wanted.path, headers=wanted.headers, body=wanted.body
            ) as answer:
                await _hand_over(answer, sink, who=negotiation.peer)
                kind = answer.headers.get("Content-Type", "")
                return Called(
                    status=answer.status, content_type=kind, agreement=agreement, transfer=transfer
                )
        except FaifoError as error:
            # Refused at the door, so the API has not seen the call: it may be made again.
            if fresh or problem_code(error) not in {*RENEWABLE, "conflict"}:
                raise
            transfer, fresh = None, True


async def _hand_over(answer: Answer, sink: BinaryIO, *, who: str) -> None:
    if answer.status >= 400 and "problem+json" in answer.headers.get("Content-Type", ""):
        body = await answer.read(PROBLEM_BYTES)
        problem = read_problem(body)
        if problem is not None and problem.ours:
            raise error_from(answer.status, body, who=who)
        await asyncio.to_thread(sink.write, body)
        return
    async for chunk in answer.chunks():
        await asyncio.to_thread(sink.write, chunk)
