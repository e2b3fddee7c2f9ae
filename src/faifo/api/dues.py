"""What must be done by a day: duties of agreements, and dossiers of transfers abroad."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from faifo.api.operation import PAGING, Answer, Moment, Order, Page, Parameter, get, post


class DoneOrder(Order, frozen=True, kw_only=True):
    """What a person says of what was done."""

    id: Annotated[str, Meta(min_length=1, max_length=4096)]
    note: Annotated[str, Meta(max_length=1000)] = ""


class Due(Answer, frozen=True, kw_only=True):
    """A duty or a dossier of an agreement; `role` is ours. Without `due` it has no last day.

    `signed`: whoever did it has signed that; the `statement` stands in `detail`.
    `detail` of a dossier: packs, count of citizens and its class, when the first transfer was.
    """

    id: str
    kind: str
    agreement: str
    role: str
    dataset: str
    peer: str
    action: str
    opened: Moment
    due: Moment | None
    done: Moment | None
    note: str
    overdue: bool
    signed: bool
    detail: dict[str, Any]


LIST_DUES = get(
    "listDues",
    "/dues",
    "list what must be done by a day, and what was",
    Page[Due],
    query=(*PAGING, Parameter("open", "1: what is still to be done, 0: what was", most=1)),
)
DUE_DONE = post(
    "dueDone", "/dues-done", "keep that something was done", Due, DoneOrder, (404, 409),
    statuses=(200,), keeps=True,
)  # fmt: skip
