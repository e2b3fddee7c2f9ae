"""What the console shows: what came, what waits, what was decided and read on one day."""

from __future__ import annotations

from typing import Final

from faifo.api.node import Entry
from faifo.api.notices import Notice, NoticeReport
from faifo.api.operation import Answer, Moment, Scope, get, post
from faifo.api.reviews import PersonDecision, Review

LISTED: Final = 50


class Happened(Entry, frozen=True, kw_only=True):
    """An event of the journal, with whom and what it is about."""

    peer: str | None
    dataset: str | None


class Accesses(Answer, frozen=True, kw_only=True):
    """How often a partner read a dataset: `served`, `refused`, and the bytes that went out."""

    peer: str
    dataset: str
    served: int
    refused: int
    bytes: int


class Today(Answer, frozen=True, kw_only=True):
    """Since midnight (UTC). `notices` came, `sent` are this node's own with who acknowledged.

    Of each there are at most `LISTED`, the newest; `more` tells that the day has more events than
    are looked at here.
    """

    at: Moment
    since: Moment
    waits: tuple[Review, ...]
    notices: tuple[Notice, ...]
    sent: tuple[NoticeReport, ...]
    came: tuple[Happened, ...]
    decisions: tuple[PersonDecision, ...]
    accesses: tuple[Accesses, ...]
    more: bool


class PageLink(Answer, frozen=True, kw_only=True):
    """A link to the console that opens it once, until `expires`."""

    url: str
    expires: Moment


GET_TODAY = get(
    "getToday", "/today", "what came, what waits for a person, what was decided and read", Today
)
OPEN_PAGE = post(
    "openPage",
    "/page",
    "a link that opens the console once, with the rights of the key that asks",
    PageLink,
    None,
    (),
    scope=Scope.READ,
)
