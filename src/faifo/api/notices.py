"""Notices to who has an agreement: warnings, AI incidents, and kinds that packages bring."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from faifo.api.operation import PAGING, Answer, Moment, Order, Page, Parameter, Text, get, post

Stage = Literal["acknowledged", "acted"]
Act = Literal["cancelled", "closed", "withdrawn"]
Person = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(max_length=2000)]


class NoticeOrder(Order, frozen=True, kw_only=True):
    """What is to go out under an agreement about `dataset`; `content` is of the kind.

    `to`: DIDs or trusted names of subscribers, all where empty. `within`: seconds until whoever has
    not acknowledged is silent. Unless `confirmed`, nothing goes out: the answer is what would.
    """

    kind: Text
    dataset: Text
    content: dict[str, Any]
    tlp: Text
    to: tuple[Text, ...] = ()
    exercise: bool = False
    within: Annotated[int, Meta(ge=1, le=31_536_000)] = 900
    confirmed: bool = False


class PassOn(Order, frozen=True, kw_only=True):
    """Under which dataset of ours a partner's notice goes to our own subscribers."""

    dataset: Text
    to: tuple[Text, ...] = ()


class AcknowledgementOrder(Order, frozen=True, kw_only=True):
    """That a person knows of a notice, or what was done about it."""

    stage: Stage = "acknowledged"
    person: Annotated[str, Meta(max_length=200)] = ""
    text: Words = ""


class EndOrder(Order, frozen=True, kw_only=True):
    """That a notice of ours is over. A final report (`closed`) has its parts in `content`."""

    act: Act
    person: Annotated[str, Meta(max_length=200)] = ""
    text: Words = ""
    content: dict[str, Words] = {}  # noqa: RUF012 - msgspec makes each its own


class AnswerOrder(Order, frozen=True, kw_only=True):
    """What is answered to a notice that is wrong."""

    person: Person
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


class Said(Answer, frozen=True, kw_only=True):
    """What was said about a notice later, and by whom; `signed` is the text as it was signed."""

    act: str
    by: str
    at: Moment
    person: str
    text: str
    content: dict[str, str]
    signed: str


class Notice(Answer, frozen=True, kw_only=True):
    """A notice. `state`: draft, open, held, set-aside, cancelled, closed, withdrawn or over.

    `direction`: out, in, or public for what was written on the public form. `via` is who brought
    it. `content` is of the kind; of the public's, it is `fields`. `why` it is held.
    """

    id: str
    kind: str
    direction: str
    state: str
    sender: str
    via: str
    dataset: str
    at: Moment
    until: Moment | None
    deadline: Moment | None
    tlp: str
    exercise: bool
    title: str
    severity: str
    sha256: str
    why: str
    acknowledged: Moment | None
    acted: Moment | None


class WholeNotice(Notice, frozen=True, kw_only=True):
    """With its content, what was said about it, whom it went to, and the signed text."""

    content: dict[str, Any]
    said: tuple[Said, ...]
    suspended: tuple[str, ...]
    receivers: tuple[str, ...]
    signed: str


class Line(Answer, frozen=True, kw_only=True):
    """One receiver: seconds from sending until it received, acknowledged, acted; None: not (yet).

    `state`: waiting, received, acknowledged, acted, or silent beyond the deadline.
    """

    receiver: str
    name: str
    economy: str
    state: str
    received: float | None
    acknowledged: float | None
    acted: float | None
    said: str
    trouble: str | None


class EconomyLine(Answer, frozen=True, kw_only=True):
    """One economy: how many receivers, how many acknowledged, and the slowest seconds of each."""

    economy: str
    receivers: int
    acknowledged: int
    received_last: float | None
    acknowledged_last: float | None
    acted_last: float | None


class NoticeReport(Answer, frozen=True, kw_only=True):
    """Who acknowledged a notice of ours after how many seconds, and who stayed silent."""

    id: str
    title: str
    exercise: bool
    sent: Moment
    deadline: Moment
    receivers: tuple[Line, ...]
    economies: tuple[EconomyLine, ...]
    silent: tuple[str, ...]


SEND_NOTICE = post(
    "sendNotice",
    "/notices",
    "send a signed notice to everybody who has an agreement about a dataset of its kind",
    WholeNotice,
    NoticeOrder,
    (403, 404, 409, 413),
    keeps=False,
)
LIST_NOTICES = get(
    "listNotices",
    "/notices",
    "list the notices that went out, came, or are held",
    Page[Notice],
    query=(
        *PAGING,
        Parameter("kind", "a kind of exchange"),
        Parameter("direction", "out, in or public", values=("out", "in", "public")),
        Parameter(
            "state",
            "a state",
            values=("open", "held", "set-aside", "cancelled", "closed", "withdrawn"),
        ),
    ),
)
GET_NOTICE = get("getNotice", "/notices/{id}", "one notice, whole", WholeNotice)
GET_REPORT = get(
    "getNoticeReport",
    "/notices/{id}/report",
    "who acknowledged a notice of this node, after how many seconds, and who stayed silent",
    NoticeReport,
    query=(
        Parameter("wait", "seconds to wait until nobody is awaited any more", least=0, most=60),
        Parameter("stage", "what is awaited", values=("received", "acknowledged", "acted")),
    ),
)
PASS_ON = post(
    "passNoticeOn",
    "/notices/{id}/passing",
    "send a partner's notice to this node's own subscribers, if its marking allows that",
    WholeNotice,
    PassOn,
    (403, 404, 409),
)
ACKNOWLEDGE = post(
    "acknowledgeNotice",
    "/notices/{id}/acknowledgements",
    "say to who brought a notice that a person knows of it, or what was done",
    WholeNotice,
    AcknowledgementOrder,
    (403, 404, 409),
)
END_NOTICE = post(
    "endNotice",
    "/notices/{id}/end",
    "say that a notice of this node is over, to everybody who got it",
    WholeNotice,
    EndOrder,
    (403, 404, 409),
)
ANSWER_NOTICE = post(
    "answerNotice",
    "/notices/{id}/answers",
    "answer a partner's notice that is wrong; the answer travels with it",
    WholeNotice,
    AnswerOrder,
    (403, 404, 409),
)
