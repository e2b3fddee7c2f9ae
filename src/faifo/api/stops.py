"""What this node's people have stopped: a partner, a dataset, an agreement."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from faifo.api.operation import Answer, Moment, Operation, Order, Page, Text, get, post

Kind = Literal["partner", "dataset", "agreement"]


class StopOrder(Order, frozen=True, kw_only=True):
    """A partner by DID, URL or trusted name. The reason is told to the other side.

    Without `lasting` what stands on it ends now, and nothing is refused afterwards.
    """

    kind: Kind
    name: Text
    reason: Annotated[str, Meta(max_length=1000)] = ""
    lasting: bool = True


class Stop(Answer, frozen=True, kw_only=True):
    """What is stopped; `name` is a partner's DID, or an id."""

    kind: str
    name: str
    reason: str
    since: Moment


class Stopped(Stop, frozen=True, kw_only=True):
    """The ids of what ended with it."""

    agreements: tuple[str, ...]
    negotiations: tuple[str, ...]
    transfers: tuple[str, ...]


STOP = post(
    "stop",
    "/stops",
    "end what stands on a partner, a dataset or an agreement, and refuse it until that is lifted",
    Stopped,
    StopOrder,
    (404, 409, 413),
    statuses=(201,),
    keeps=True,
)
LIST_STOPS = get("listStops", "/stops", "list what is stopped", Page[Stop])
LIFT_STOP = Operation(
    "liftStop",
    ("DELETE",),
    "/stops/{kind}/{name:path}",
    "refuse it no longer; what has ended stays ended",
    Stop,
    problems=(404, 409),
)
