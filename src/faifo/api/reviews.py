"""Decisions about persons, and what waits for a person."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from faifo.api.operation import (
    ASKING_PROBLEMS,
    PAGING,
    Answer,
    Moment,
    Order,
    Page,
    Parameter,
    Scope,
    Text,
    get,
    post,
)
from faifo.api.people import PersonName
from faifo.store.records import PersonsContact, ReviewState

# What a person reads on a telephone; a larger input belongs into a document that this one names.
Figures = Annotated[str, Meta(max_length=65_536)]
Words = Annotated[str, Meta(max_length=200)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class PersonDecisionOrder(Order, frozen=True, kw_only=True):
    """A decision about a person that was made with a partner's AI or data under an agreement.

    `figures` is what went in, `answer` what came out; either may be empty, and both stay in this
    node. `outcome` is what was decided, `decided_by` by whom, in words that the person reads.
    `shared_with` names who got something of it, besides the provider.
    """

    agreement: Text
    transfer: Text | None = None
    figures: Figures
    answer: Figures
    outcome: Words = ""
    decided_by: Words = ""
    shared_with: Annotated[tuple[Words, ...], Meta(max_length=20)] = ()


class PersonDecision(Answer, frozen=True, kw_only=True):
    """A decision about a person, without figures and answer: those are shown to who must decide.

    `judged` is what this node last decided on the passport; `told_at` when the provider knew that
    the decision was reversed, and `trouble` what kept it from that.
    """

    id: str
    at: Moment
    expires: Moment | None
    provider: str
    provider_name: str
    dataset: str
    title: str
    agreement: str
    transfer: str | None
    purpose: str
    outcome: str
    decided_by: str
    shared_with: tuple[str, ...]
    passport: str | None
    passport_status: str
    judged: str
    persons: PersonsContact | None
    reversed_at: Moment | None
    reversed_by: str | None
    told_at: Moment | None
    trouble: str


class BookedDecision(PersonDecision, frozen=True, kw_only=True):
    """With the reference, which is told this once, and the page that it opens."""

    reference: str
    url: str


class Review(Answer, frozen=True, kw_only=True):
    """Something that waits for a person, or did; `subject` is the id of what it is about."""

    id: str
    kind: str
    subject: str
    state: ReviewState
    at: Moment
    person: str
    decided: Moment | None


class ShownReview(Review, frozen=True, kw_only=True):
    """With what a person sees, in the language of the request, and the SHA-256 of that text.

    `signed` is the decision as the person and the node signed it, once there is one, and `reason`
    what the person wrote.
    """

    reason: str
    shown: str
    shown_lang: str
    shown_sha256: str
    signed: str


class ReviewOrder(Order, frozen=True, kw_only=True):
    """What a person decides on what was shown; the passphrase opens the key to sign it with."""

    person: PersonName
    passphrase: Annotated[str, Meta(min_length=1, max_length=1024)]
    outcome: Literal["uphold", "reject"]
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    shown_sha256: Sha256
    shown_lang: Literal["en", "vi", "ko"] = "en"


BOOK_DECISION = post(
    "bookPersonDecision",
    "/decisions",
    "book a decision about a person; the reference in the answer opens the person's page",
    BookedDecision,
    PersonDecisionOrder,
    ASKING_PROBLEMS,
    statuses=(201,),
)
LIST_DECISIONS = get(
    "listPersonDecisions",
    "/decisions",
    "list the decisions about persons that are kept",
    Page[PersonDecision],
    query=(*PAGING, Parameter("agreement", "an agreement's id")),
)
LIST_REVIEWS = get(
    "listReviews",
    "/reviews",
    "list what waits for a person, or did",
    Page[Review],
    query=(*PAGING, Parameter("state", "where it stands", values=tuple(ReviewState))),
)
SHOW_REVIEW = get(
    "showReview",
    "/reviews/{id}",
    "what a person sees, to decide on it",
    ShownReview,
    scope=Scope.LOOK,
)
DECIDE_REVIEW = post(
    "decideReview",
    "/reviews/{id}/decision",
    "let a person decide: what was shown is signed by that person and by this node",
    ShownReview,
    ReviewOrder,
    (403, 404, 409, 413, 429),
    scope=Scope.APPROVE,
)
