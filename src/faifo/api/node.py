"""This node: who it is, whom it trusts, what happened, and how a partner sees it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta

from faifo.api.operation import (
    ASKING_PROBLEMS,
    EVENT_STREAM,
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
from faifo.api.processes import why_failed
from faifo.api.reports import AccessRow
from faifo.phrases import say


class What(StrEnum):
    """What others keep and trust rests on."""

    DOCUMENT = "did-document"
    WALLET = "credential-service"
    STATUS = "status-list"
    RECOGNITION = "recognition-list"
    SCHEMA = "schema"


class Lacking(Answer, frozen=True, kw_only=True):
    """What others keep and this node could not have when it last asked, and who answers for it.

    `fine` is when it could last be had; None if not since this node started.
    """

    what: What
    who: str
    address: str
    since: Moment
    last: Moment
    attempts: int
    why: str
    fine: Moment | None = None


class Node(Answer, frozen=True, kw_only=True):
    """Who this node is."""

    did: str
    name: str
    economy: str
    public_url: str
    version: str
    lacking: tuple[Lacking, ...]


class Partner(Answer, frozen=True, kw_only=True):
    """A participant. `reachable` is None when nothing was sent or received lately.

    `trusted`: by the trust file. `agreements`: how many there are, those too that have ended.
    """

    did: str
    name: str
    economy: str
    trusted: bool
    reachable: bool | None
    why: str | None
    last_contact: Moment | None
    agreements: int


class Entry(Answer, frozen=True, kw_only=True):
    """One line of a timeline: a code with facts, and the sentence that they make."""

    at: Moment
    kind: Literal["message", "event", "decision", "waiting"]
    code: str
    facts: dict[str, str | int] = {}  # noqa: RUF012 - msgspec copies it
    text: str = ""
    detail: dict[str, Any] = {}  # noqa: RUF012 - msgspec copies it

    def sentence(self, lang: str) -> str:
        """Return what it says in `lang`; what it came with, if this version has no words for it."""
        facts = {n: why_failed(v) if isinstance(v, str) else v for n, v in self.facts.items()}
        try:
            return say(f"told.{self.kind}.{self.code}", lang, **facts)
        except KeyError:
            return self.text or self.code


class Timeline(Answer, frozen=True, kw_only=True):
    """A thing, and what happened to it, oldest first; of a dataset also who read it in a year.

    `more`: only the newest entries are here.
    """

    id: str
    kind: Literal["negotiation", "transfer", "agreement", "dataset"]
    record: dict[str, Any]
    entries: tuple[Entry, ...]
    readers: tuple[AccessRow, ...] = ()
    more: bool = False


class Event(Answer, frozen=True, kw_only=True):
    """One event of the stream: what the journal got."""

    seq: int
    event: str
    at: Moment
    process: str | None
    agreement: str | None
    dataset: str | None
    peer: str | None
    text: str
    detail: dict[str, Any]


class ProbeOrder(Order, frozen=True, kw_only=True):
    """Whom to ask how it sees this node: a DID, a URL, or a trusted name."""

    node: Text


class ProbeCheck(Answer, frozen=True, kw_only=True):
    """One thing that the partner looked at; `code` and `text` are empty when it is good."""

    check: Annotated[str, Meta(max_length=60)]
    good: bool
    code: Annotated[str, Meta(max_length=60)] = ""
    text: Annotated[str, Meta(max_length=500)] = ""
    status: int | None = None
    ms: int | None = None


Versions = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[0-9A-Za-z.-]{1,20}$")], ...], Meta(max_length=16)
]


class ProbeReport(Answer, frozen=True, kw_only=True):
    """How a participant is seen. `clock_seconds`: how far its clock is ahead of the looker's."""

    participant: Annotated[str, Meta(max_length=1024)]
    at: Moment
    checks: Annotated[tuple[ProbeCheck, ...], Meta(max_length=16)]
    keys: int | None = None
    token_key: bool | None = None
    versions: Versions = ()
    certificate_until: Moment | None = None
    clock_seconds: int | None = None


class Probe(Answer, frozen=True, kw_only=True):
    """How a partner sees this node; `report` is None when it offers no probe."""

    node: str
    offered: bool
    report: ProbeReport | None


class Examined(Answer, frozen=True, kw_only=True):
    """Something that was looked at: how it is, and what to do about it."""

    check: str
    state: Literal["good", "warning", "fault"]
    text: str
    advice: str
    facts: dict[str, Any]


class Maintenance(Order, frozen=True, kw_only=True):
    """Why this node takes nothing from others, since when, and until when as far as is known.

    Others are told why, and when to come again; a person ends it.
    """

    reason: Annotated[str, Meta(max_length=500)] = ""
    until: Moment | None = None
    since: Moment | None = None


class NodeKey(Answer, frozen=True, kw_only=True):
    """What may be told of a key. `state`: signing, overlap (still published) or retired."""

    id: str
    purpose: str
    created: Moment
    retired: Moment | None
    state: Literal["signing", "overlap", "retired"]


class LogEnd(Answer, frozen=True, kw_only=True):
    """The last lines of the node's log file; `file` is None where the log goes to stderr alone."""

    file: str | None
    lines: tuple[str, ...]


class Backup(Answer, frozen=True, kw_only=True):
    """A copy of the whole node in the folder `target`, if it is still `there`.

    `keys` is where those of its months are.
    """

    at: Moment
    target: str
    keys: str
    there: bool = True


class Backups(Answer, frozen=True, kw_only=True):
    """The copies that were made, newest first; the next one goes below `folder`."""

    items: tuple[Backup, ...]
    folder: str
    keys: str


class Language(Answer, frozen=True, kw_only=True):
    """A language of pages and messages: how many of the `phrases` it has.

    `read`: somebody who speaks it from childhood has read them.
    """

    code: str
    translated: int
    phrases: int
    read: bool


class Languages(Answer, frozen=True, kw_only=True):
    """The languages, and words that are the same in every text, by language."""

    items: tuple[Language, ...]
    words: tuple[dict[str, str], ...]


class Introduction(Answer, frozen=True, kw_only=True):
    """Who stands behind an address: the DID, and a fingerprint of the keys in its document.

    `name` and `economy` are what is known here, or what the link claims. Two people who have the
    same fingerprint before them look at the same keys.
    """

    did: str
    name: str
    economy: str
    fingerprint: str
    link: str
    trusted: bool


class NoOrder(Order, frozen=True, kw_only=True):
    """Nothing more is to be said."""


class TrustOrder(Order, frozen=True, kw_only=True):
    """Whom to trust: a DID or URL, with the fingerprint that a person has compared."""

    node: Text
    fingerprint: Annotated[str, Meta(max_length=200)]
    name: Annotated[str, Meta(max_length=200)] = ""
    economy: Annotated[str, Meta(max_length=20)] = ""


HIGHEST = 2**63 - 1
MOST_LINES = 1000

GET_EXAMINATION = get(
    "getExamination",
    "/examination",
    "what is wrong with this node, and what to do; nothing is changed",
    Page[Examined],
)

GET_NODE = get("getNode", "/node", "this node, and what it cannot have from others now", Node)
LIST_PARTNERS = get(
    "listPartners",
    "/partners",
    "the trusted participants, and what is known of them",
    Page[Partner],
    query=(Parameter("others", "1: those, too, with whom there are agreements", most=1),),
)
GET_TIMELINE = get(
    "getTimeline",
    "/timeline/{id:path}",
    "what happened with a negotiation, transfer, agreement or dataset",
    Timeline,
)
FOLLOW_EVENTS = Operation(
    "followEvents",
    ("GET",),
    "/events",
    "follow what happens: messages, accesses, refusals, as server-sent events; goes on after"
    " Last-Event-ID",
    Event,
    media_type=EVENT_STREAM,
    scope=Scope.READ,
    problems=(429,),
    query=(Parameter("after", "the number of the last event seen", least=0, most=HIGHEST),),
)
ASK_PROBE = post(
    "askProbe",
    "/probe",
    "ask another Faifo node how it sees this one",
    Probe,
    ProbeOrder,
    ASKING_PROBLEMS,
    scope=Scope.READ,
)
GET_DESCRIPTION = get(
    "getDescription", "/openapi.json", "this description (OpenAPI 3.1)", dict[str, Any]
)
GET_MAINTENANCE = get(
    "getMaintenance", "/maintenance", "whether this node takes nothing from others", Maintenance
)
BEGIN_MAINTENANCE = post(
    "beginMaintenance",
    "/maintenance",
    "take nothing from others until that is ended; they are told why and when to come again",
    Maintenance,
    Maintenance,
    (),
    scope=Scope.ADMINISTER,
)
END_MAINTENANCE = Operation(
    "endMaintenance",
    ("DELETE",),
    "/maintenance",
    "deal with others again",
    Maintenance,
    scope=Scope.ADMINISTER,
)
LIST_KEYS = get("listKeys", "/keys", "this node's keys, without what is secret", Page[NodeKey])
LIST_BACKUPS = get(
    "listBackups", "/backups", "the copies of this node that were made", Backups, scope=Scope.LOOK
)
MAKE_BACKUP = post(
    "makeBackup",
    "/backups",
    "copy the whole node to a new folder below the one for backups, while it works",
    Backup,
    NoOrder,
    (409,),
    statuses=(201,),
    scope=Scope.ADMINISTER,
)
LIST_LANGUAGES = get(
    "listLanguages", "/languages", "the languages of pages and messages, and their words", Languages
)
READ_LOG = get(
    "readLog",
    "/log-file",
    "the last lines of the log file",
    LogEnd,
    query=(Parameter("lines", "how many, 100 where nothing is said", least=1, most=MOST_LINES),),
    scope=Scope.LOOK,
)
INTRODUCE = get(
    "introduce",
    "/introduction",
    "who stands behind a pairing link or an address; without one, this node and its own link",
    Introduction,
    query=(Parameter("node", "a pairing link, a URL or a DID"),),
    problems=(404, 502, 504),
)
TRUST_PARTICIPANT = post(
    "trustParticipant",
    "/partners",
    "trust a participant whose fingerprint a person has compared with the other side",
    Introduction,
    TrustOrder,
    (404, 409, 502, 504),
    statuses=(201,),
    scope=Scope.ADMINISTER,
)
