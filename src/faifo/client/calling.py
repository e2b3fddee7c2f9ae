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
from faifo.client.transport import PROBLEM_BYTES, Answer
from faifo.errors import Fact, FaifoError, TooLargeError
from faifo.phrases import Phrase

FIGURES_BYTES = 65_536


class AboutPerson(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a decision about a person that is made with the answer, in words for them."""

    outcome: str = ""
    decided_by: str = ""
    shared_with: tuple[str, ...] = ()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What to call. `path` is what follows the API's base, with any query.

    With `about_person`, what went in and what came out are booked before the answer is handed over.
    """

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
    about_person: AboutPerson | None = None


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """How a call was answered. The API's own errors are answers, too.

    `person_url` is the page for the person whom it concerns, where one was booked.
    """

    status: int
    content_type: str
    agreement: str
    transfer: str
    person_url: str | None = None


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
                kind = answer.headers.get("Content-Type", "")
                called = Called(
                    status=answer.status, content_type=kind, agreement=agreement, transfer=transfer
                )
                if wanted.about_person is None or answer.status >= 400:
                    await _hand_over(answer, sink, who=negotiation.peer)
                    return called
                content = await answer.read(FIGURES_BYTES + 1)
        except FaifoError as error:
            # Refused at the door, so the API has not seen the call: it may be made again.
            if fresh or problem_code(error) not in {*RENEWABLE, "conflict"}:
                raise
            transfer, fresh = None, True
            continue
        url = await _booked(client, wanted.about_person, wanted, called, content)
        await asyncio.to_thread(sink.write, content)
        return msgspec.structs.replace(called, person_url=url)


async def _booked(
    client: Client, said: AboutPerson, wanted: Call, called: Called, content: bytes
) -> str:
    """Book what is decided with an answer, and return the person's page.

    Raises:
        TooLargeError: the answer is more than a person could read.
    """
    if len(content) > FIGURES_BYTES:
        what = Phrase("errors.told.answer-about-person")
        raise TooLargeError(what=what, limit=FIGURES_BYTES)
    figures = (wanted.body or b"").decode(errors="replace") or wanted.path
    booked = await client.book_decision(
        called.agreement,
        transfer=called.transfer,
        figures=figures,
        answer=content.decode(errors="replace"),
        **msgspec.structs.asdict(said),
    )
    return booked.url


async def _hand_over(answer: Answer, sink: BinaryIO, *, who: Fact) -> None:
    if answer.status >= 400 and "problem+json" in answer.headers.get("Content-Type", ""):
        body = await answer.read(PROBLEM_BYTES)
        problem = read_problem(body)
        if problem is not None and problem.ours:
            raise error_from(answer.status, body, who=who)
        await asyncio.to_thread(sink.write, body)
        return
    async for chunk in answer.chunks():
        await asyncio.to_thread(sink.write, chunk)
