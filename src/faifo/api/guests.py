"""Guests: somebody without a node reads a dataset, or calls a service, by a link."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from faifo.api.operation import (
    PAGING,
    Answer,
    Moment,
    Operation,
    Order,
    Page,
    Parameter,
    Scope,
    Text,
    get,
    post,
)


class InvitationOrder(Order, frozen=True, kw_only=True):
    """An invitation to a dataset: until when, and for how many requests (None: until then)."""

    dataset: Text
    until: Moment
    count: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    note: Annotated[str, Meta(max_length=200)] = ""


class Invitation(Answer, frozen=True, kw_only=True):
    """An invitation. `state`: open, agreed, used-up, over or ended, with the `reason`.

    `guest` and `email` are what its holder wrote: nobody has checked them.
    """

    id: str
    dataset: str
    created: Moment
    until: Moment
    count: int | None
    used: int
    note: str
    state: str
    guest: str
    email: str
    agreed: Moment | None
    agreement: str | None
    transfer: str | None
    ended: Moment | None
    reason: str


class Invited(Invitation, frozen=True, kw_only=True):
    """A new invitation with its link, which is told this once."""

    url: str


INVITE = post(
    "invite",
    "/invitations",
    "make a link by which somebody without a node agrees to a dataset's terms and reads it",
    Invited,
    InvitationOrder,
    (403, 404, 413),
    statuses=(201,),
)
LIST_INVITATIONS = get(
    "listInvitations",
    "/invitations",
    "list the invitations, newest first",
    Page[Invitation],
    query=(*PAGING, Parameter("dataset", "a dataset's id")),
    scope=Scope.LOOK,
)
REVOKE_INVITATION = Operation(
    "revokeInvitation",
    ("DELETE",),
    "/invitations/{id:path}",
    "end an invitation, and what was agreed by it",
    Invitation,
    problems=(404, 409),
)
