"""One operation of the management API: what serves it, calls it and describes it are one row."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

A = TypeVar("A")
T = TypeVar("T")

Moment = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(min_length=1, max_length=2048)]

EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EVENT_STREAM = "text/event-stream"
PEER_PROBLEMS = (409, 502, 503, 504)
ASKING_PROBLEMS = (403, 404, 413, *PEER_PROBLEMS)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of answers. A reader leaves unknown members aside, so that a newer node can say more."""


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what is sent. An unknown member is an error, not a silence."""


class Page(Answer, Generic[T], frozen=True, kw_only=True):
    """Part of a list, newest first; `next` is what `after` takes for the following part."""

    items: tuple[T, ...]
    next: str | None = None


class Parameter(NamedTuple):
    """A query parameter: a text, one of `values`, or with `most` a whole number from `least`."""

    name: str
    words: str
    values: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None


class Scope(StrEnum):
    """What a call is, for whoever may make it; see `faifo.api.roles`.

    READ; LOOK at what persons wrote; ACT for the node; APPROVE, as a person; ADMINISTER.
    """

    READ = "read"
    LOOK = "look"
    ACT = "act"
    APPROVE = "approve"
    ADMINISTER = "administer"


class Operation(NamedTuple, Generic[A]):
    """A method and a path.

    `takes` and `answers` are the types of the bodies; `answers` may be None for what is not ours
    (a partner's bytes) or no JSON (`media_type`). `problems` are the statuses of its errors besides
    400, 401 and 503. `keeps`: with an Idempotency-Key the answer is kept.
    """

    name: str
    methods: tuple[str, ...]
    path: str
    words: str
    answers: type[A] | None = None
    takes: Any = None
    statuses: tuple[int, ...] = (200,)
    problems: tuple[int, ...] = ()
    query: tuple[Parameter, ...] = ()
    any_query: bool = False
    media_type: str = "application/json"
    keeps: bool = False
    key: bool = True
    scope: Scope = Scope.ACT


def get(
    name: str,
    path: str,
    words: str,
    answers: type[A],
    *,
    query: tuple[Parameter, ...] = (),
    problems: tuple[int, ...] = (),
    scope: Scope = Scope.READ,
) -> Operation[A]:
    """Return an operation that reads; one whose path names a thing may not find it."""
    problems = (*((404,) if "{" in path else ()), *problems)
    return Operation(
        name, ("GET",), path, words, answers, query=query, problems=problems, scope=scope
    )


def post(
    name: str,
    path: str,
    words: str,
    answers: type[A],
    takes: Any,
    problems: tuple[int, ...],
    *,
    statuses: tuple[int, ...] = (200,),
    keeps: bool = False,
    scope: Scope = Scope.ACT,
) -> Operation[A]:
    """Return an operation that acts."""
    return Operation(
        *(name, ("POST",), path, words, answers, takes, statuses, problems),
        keeps=keeps,
        scope=scope,
    )


PAGING = (
    Parameter("limit", "how many, at most", least=1, most=1000),
    Parameter("after", "`next` of the page before"),
)
DATASET = Parameter("dataset", "a dataset's id")
PROVIDER = Parameter("provider", "the provider's DID")
