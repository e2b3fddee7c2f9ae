"""The records that a node keeps, as frozen values.

A record is replaced as a whole. `revision` counts its changes; a store refuses to replace a record
whose revision is not the one that was read (two workers cannot overwrite each other).
Members with a default were added later or are optional, so older rows stay readable.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from faifo.machines import negotiation, transfer
from faifo.machines.role import Role


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base: frozen, keyword-only, defaults are not written."""


class Proof(Record, frozen=True, kw_only=True):
    """Who the other side proved to be, stored with each process (design §2)."""

    did: str
    claims: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    valid_until: datetime | None = None


GUEST = "mailto:"
"""What the id of somebody without a node begins with: nothing can be sent to it."""


class Process(Record, frozen=True, kw_only=True):
    """What negotiations and transfers have in common.

    `pid` is our own id and `peer_pid` the other side's, None until it is known. `callback` is the
    base URL where the other side takes messages of this process. `hold` says why nothing happens
    until somebody acts, at the latest at `hold_until` where there is one; `reason` why the process
    ended or what last went wrong. `one_sided` marks an end that the other side has not
    acknowledged. `state` is None until our first message is acknowledged.
    """

    pid: str
    role: Role
    state: str | None
    peer: str
    proof: Proof
    created: datetime
    updated: datetime
    callback: str
    dataset: str
    peer_pid: str | None = None
    hold: str | None = None
    hold_until: datetime | None = None
    reason: tuple[str, ...] = ()
    one_sided: bool = False
    agreement: str | None = None
    revision: int = 0

    @property
    def of_guest(self) -> bool:
        """Whether the other side has no node."""
        return self.peer.startswith(GUEST)


class Negotiation(Process, frozen=True, kw_only=True):
    """A contract negotiation.

    `offer` is the newest offer or request as it stood on the wire; `decision` the id of the newest
    decision about it. `offered_by` tells whose proposal it is; `countered` is the one before, of
    the other side. `asks`: for what a person is asked.
    Of ours as consumer: `purpose` is what was declared, and `accepted_terms` are names of terms
    that a person takes care of.
    """

    state: negotiation.State | None
    offer_id: str
    offer: dict[str, Any]
    offered_by: Role
    decision: str | None = None
    permitted: bool | None = None
    purpose: str | None = None
    accepted_terms: tuple[str, ...] = ()
    asks: str = ""
    countered: dict[str, Any] | None = None


class Push(Record, frozen=True, kw_only=True):
    """How a push by this node stands: since when it is tried, how often, and what went wrong.

    `done`: the receiver has taken it, and the consumer's node is still to be told. `holder` is the
    process that makes the attempt under way, if it is alive.
    """

    since: datetime
    attempts: int = 0
    last_error: str = ""
    done: bool = False
    holder: str = ""


class Transfer(Process, frozen=True, kw_only=True):
    """A transfer process.

    On the provider's side `token_digest` is the hex SHA-256 of the data token and `open` tells
    whether the gate lets it through: it closes the moment we decide to stop, before the other side
    knows. While it is `renewing` it starts again by itself, for a new version of what is
    transferred. On the consumer's side `data_address` is what the provider sent, token included,
    and `open` tells whether its own start, or an answer to ours, has come since a suspension.
    `token_expires` is then as far as the provider told. Of a push `data_address` is what the
    consumer sent, on both sides, secrets included.
    `former_digest` is of the token before, which is good until the fresh one has arrived; the same
    as `token_digest` while a fresh one is due.
    """

    state: transfer.State | None
    format: str
    open: bool = False
    renewing: bool = False
    token_digest: str | None = None
    token_expires: datetime | None = None
    former_digest: str | None = None
    former_expires: datetime | None = None
    data_address: dict[str, Any] | None = None
    push: Push | None = None

    @property
    def fresh_token_due(self) -> bool:
        """Whether the consumer has resumed and waits for our own start."""
        return self.open and self.former_digest == self.token_digest is not None


class Agreement(Record, frozen=True, kw_only=True):
    """An agreement as one side keeps it. `active` from FINALIZED on, until it is `ended`.

    `publication` is the id of the offer that was agreed to, and `version` the version of that
    publication for which it stands now; on the consumer's side as far as the provider has told.
    `refused` says why the provider last let nothing begin under it. `ended_by` is whose end it was.
    `receipts`: the other side's receipt is verified, waited for, or there will be none (one-sided);
    "" where none is asked for. While it is `suspended`, by `suspended_by`, nothing may be used.
    """

    id: str
    role: Role
    provider: str
    consumer: str
    dataset: str
    document: dict[str, Any]
    created: datetime
    negotiation: str | None = None
    publication: str = ""
    version: int = 1
    active: bool = False
    ended: datetime | None = None
    reason: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    receipts: str = ""
    ended_by: Role | None = None
    suspended: datetime | None = None
    suspended_by: Role | None = None
    revision: int = 0

    @property
    def peer(self) -> str:
        """The other side."""
        return self.consumer if self.role is Role.PROVIDER else self.provider

    @property
    def of_guest(self) -> bool:
        """Whether the other side has no node."""
        return self.peer.startswith(GUEST)


class SourceKind(StrEnum):
    """Where the bytes of a dataset come from."""

    FILE = "file"
    OBJECT = "object"
    QUERY = "query"
    HTTP = "http"
    PUSHED = "pushed"


class StoredSource(Record, frozen=True, kw_only=True):
    """The provider's side of a dataset; never shown to a participant.

    For a file: path, SHA-256 (hex), size, and the file's signature (device, inode, size, mtime and
    ctime in ns) at publication. For an object in a store: its URL, SHA-256, size, entity `tag`, and
    what its store wants in `credentials`. For an HTTP API: base URL and `credentials`, the name of
    a file in the node's directory with the headers that the backend wants; `tells` is how it is
    told who calls, and `passed` names fields of callers that it gets. For a query: its SQL, and the
    database in `credentials`. What is pushed has no place.
    """

    kind: SourceKind
    location: str
    digest: str | None = None
    size: int | None = None
    signature: tuple[int, int, int, int, int] | None = None
    tag: str | None = None
    credentials: str | None = None
    tells: str = ""
    passed: tuple[str, ...] = ()


class StoredPassport(Record, frozen=True, kw_only=True):
    """The AI passport of a dataset: the exact signed text, and the withdrawal once there is one.

    `suspended` is the id of the incident that suspends it.
    """

    envelope: str
    sha256: str
    withdrawal: str | None = None
    suspended: str | None = None

    @property
    def status(self) -> str:
        if self.withdrawal is not None:
            return "withdrawn"
        return "valid" if self.suspended is None else "suspended"


class PersonsContact(Record, frozen=True, kw_only=True):
    """What a dataset or service that concerns persons names: whom to ask, the notice, the appeal.

    `contact` is for people (an address, a telephone); `notice` is a URL; `appeal` says how one
    objects to a decision, where the page of the decision is not the way.
    """

    contact: str
    notice: str
    appeal: str


class Dataset(Record, frozen=True, kw_only=True):
    """A published dataset or service with its one offer.

    `offer_id` is the publication; `version` counts its changes, from 1. `carries` is the kind of
    exchange of what is pushed to who has an agreement, `persons` is there where it concerns any.
    `access` are the terms of who sees it, where `policy`, of who may use it, does not say that too.
    `properties` are of the publisher's own making.
    `packs` are those whose clauses stand in the policy, `citizens` of how many the data is.
    """

    id: str
    title: str
    offer_id: str
    policy: dict[str, Any]
    source: StoredSource
    media_type: str
    published: datetime
    access: dict[str, Any] | None = None
    carries: str | None = None
    description: str = ""
    keywords: tuple[str, ...] = ()
    licence: str | None = None
    properties: dict[str, str | int] = {}
    withdrawn: datetime | None = None
    passport: StoredPassport | None = None
    persons: PersonsContact | None = None
    packs: tuple[str, ...] = ()
    citizens: int | None = None
    sensitive: bool = False
    version: int = 1
    revision: int = 0

    @property
    def visibility(self) -> dict[str, Any]:
        """The terms of who sees it."""
        return self.policy if self.access is None else self.access

    @property
    def with_passport(self) -> int:
        """Whether it is published with an AI passport, as its column has it."""
        return int(self.passport is not None and self.withdrawn is None)


class Direction(StrEnum):
    """Whether a message came in or went out."""

    IN = "in"
    OUT = "out"


class HistoryEntry(Record, frozen=True, kw_only=True):
    """One message, with the exact bytes that were on the wire, and what was answered.

    Replays are found by `message_id`, else by `digest`. `url` is where one of ours went.
    """

    process: str
    direction: Direction
    sender: str
    message: str
    body: bytes
    at: datetime
    status: int
    answer: bytes = b""
    message_id: str | None = None
    key_id: str | None = None
    jti: str | None = None
    note: str | None = None
    url: str | None = None

    @property
    def digest(self) -> str:
        """The hex SHA-256 of the body."""
        return sha256(self.body).hexdigest()


class OutboxRow(Record, frozen=True, kw_only=True):
    """A message that is decided and must reach the other side.

    `body` is sent unchanged at every attempt. `initial` marks the first message of a process: the
    other side does not know the process yet. After `give_up` the process ends one-sided. `trace`
    is the traceparent (W3C) of the request that made us say it. `holder` is the process that
    delivers it, for as long as that one is alive; `attempted`: the other side may have it.
    """

    id: str
    process: str
    kind: str
    message: str
    url: str
    peer: str
    body: bytes
    not_before: datetime
    created: datetime
    give_up: datetime
    trace: str | None = None
    initial: bool = False
    holder: str = ""
    attempted: bool = False
    attempts: int = 0
    refusals: int = 0
    last_error: str | None = None
    revision: int = 0


class JournalEntry(Record, frozen=True, kw_only=True):
    """Something that happened, for the books; the sequencer sees each before COMMIT."""

    event: str
    at: datetime
    process: str | None = None
    agreement: str | None = None
    dataset: str | None = None
    peer: str | None = None
    decision: str | None = None
    detail: dict[str, Any] = {}


class AccessCount(msgspec.Struct, frozen=True):
    """How often and how much was read within a group; a name that it is not grouped by is "".

    `day` is a date in UTC; `first` and `last` are times of accesses, to the second.
    """

    day: str
    peer: str
    dataset: str
    agreement: str
    purpose: str
    served: int
    refused: int
    bytes: int
    first: datetime
    last: datetime


class StoredDecision(Record, frozen=True, kw_only=True):
    """A decision, whole: policy, facts with provenance, tree of reasons."""

    id: str
    stage: str
    at: datetime
    permitted: bool
    document: dict[str, Any]
    process: str | None = None
    agreement: str | None = None
    revision: int = 0


class Timer(Record, frozen=True, kw_only=True):
    """Something that must happen at `due`, once; setting it again moves it."""

    kind: str
    subject: str
    due: datetime
    revision: int = 0


class KeptAnswer(Record, frozen=True, kw_only=True):
    """What a management request with an Idempotency-Key was answered; kept until it expires.

    `holder` is the name of the management key; `request` the hex SHA-256 of method, path and body.
    """

    holder: str
    key: str
    request: str
    status: int
    body: bytes
    expires: datetime
    revision: int = 0


class Stop(Record, frozen=True, kw_only=True):
    """What a person stopped: `name` is a partner's DID, a dataset's id or an agreement's."""

    kind: str
    name: str
    reason: str
    since: datetime
    revision: int = 0


class AgreementUse(Record, frozen=True, kw_only=True):
    """What was used under an agreement; `in_hour` counts the uses in `hour` (UTC)."""

    agreement: str
    hour: str
    uses: int = 0
    bytes: int = 0
    in_hour: int = 0
    revision: int = 0


class Due(Record, frozen=True, kw_only=True):
    """A duty or a dossier of an agreement; `due` is None where there is no last day.

    `number` orders them; `detail` of a dossier says what it is about.
    """

    id: str
    kind: str
    agreement: str
    role: Role
    dataset: str
    peer: str
    action: str
    opened: datetime
    number: str
    due: datetime | None = None
    done: datetime | None = None
    note: str = ""
    detail: dict[str, Any] = {}
    revision: int = 0

    @property
    def open(self) -> int:
        """Whether it is still to be done, as its column has it."""
        return int(self.done is None)


class WebhookPlace(Record, frozen=True, kw_only=True):
    """How far in the journal a webhook's address has been told.

    While it does not take the next event: why, and since when. `holder` is the process that tells
    it, for as long as that one is alive.
    """

    url: str
    seq: int
    why: str = ""
    since: datetime | None = None
    holder: str = ""
    revision: int = 0


class Invitation(Record, frozen=True, kw_only=True):
    """A link for somebody without a node; `digest` is the hex SHA-256 of its secret.

    `guest` and `email` are as they were written. `used` counts requests, of at most `count`;
    `under_way` those that have not ended, and those that a crash ended, so that the agreement goes
    on until `until` then, of use to nobody.
    """

    id: str
    digest: str
    dataset: str
    created: datetime
    until: datetime
    count: int | None = None
    used: int = 0
    under_way: int = 0
    note: str = ""
    guest: str = ""
    email: str = ""
    agreed: datetime | None = None
    agreement: str | None = None
    transfer: str | None = None
    ended: datetime | None = None
    reason: str = ""
    revision: int = 0


class TokenUse(Record, frozen=True, kw_only=True):
    """One use of a self-issued token; kept until it has expired."""

    did: str
    jti: str
    expires: datetime
    revision: int = 0


class HeldCredential(Record, frozen=True, kw_only=True):
    """A credential that we hold, as it came. `name` is the id that its issuer gave it."""

    id: str
    issuer: str
    type: str
    name: str | None
    types: tuple[str, ...]
    payload: str
    received: datetime
    expires: datetime | None = None
    holder_pid: str | None = None
    revision: int = 0


class Standing(StrEnum):
    """Where a member stands, or a credential: both are good only while ACTIVE."""

    APPLIED = "applied"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REFUSED = "refused"


class IssuedCredential(Record, frozen=True, kw_only=True):
    """A credential that we issued. `place` names its bit: profile and index in its status lists.

    `about`: of a badge, the achievement; its holder is not kept.
    """

    id: str
    holder: str
    type: str
    profile: str
    status: Standing
    place: str
    index: int
    issued: datetime
    expires: datetime
    about: str = ""
    revision: int = 0


class Issuance(Record, frozen=True, kw_only=True):
    """A holder's request for credentials; `objects` are ids of our metadata.

    `status` is of `messages.dcp_1_0.RequestStatus`. `delivered` tells when the holder had them, and
    `trouble` what last kept it from that.
    """

    id: str
    holder: str
    holder_pid: str | None
    objects: tuple[str, ...]
    status: str
    received: datetime
    decided: datetime | None = None
    delivered: datetime | None = None
    trouble: str | None = None
    revision: int = 0


class Member(Record, frozen=True, kw_only=True):
    """An organisation that applied to us, was admitted, or was admitted once."""

    did: str
    status: Standing
    since: datetime
    name: str = ""
    reason: str = ""
    revision: int = 0


class RecognisedAuthority(Record, frozen=True, kw_only=True):
    """A foreign authority that we recognise for these credential types until a date."""

    did: str
    types: tuple[str, ...]
    until: datetime
    revision: int = 0


class Taker(StrEnum):
    """Who took a decision about a passport: the node by its rules, or a person."""

    NODE = "node"
    PERSON = "person"


class Judgement(Record, frozen=True, kw_only=True):
    """A signed decision of ours about an AI passport; one that changes nothing is not kept again.

    `passport` and `pack` are hex SHA-256. `envelope` is the exact signed text. `person` is who
    decided where `taken_by` is PERSON, and `key` the management key that was used. `deployer` is
    the DID that a proven passport names as such.
    """

    id: str
    passport: str
    pack: str
    provider: str
    dataset: str
    at: datetime
    valid_until: datetime
    outcome: str
    envelope: str
    key: str
    taken_by: Taker
    person: str = ""
    deployer: str = ""
    revision: int = 0


class PassportRecognition(Record, frozen=True, kw_only=True):
    """Our signed word that an issuer's evidence counts for more here; `sha256` of what was signed.

    `id` is its own. `withdrawal` is the signed withdrawal once there is one.
    """

    id: str
    sha256: str
    issuer: str
    valid_until: datetime
    envelope: str
    withdrawal: str | None = None
    revision: int = 0


class PersonRole(StrEnum):
    """What a person's account is for; only an APPROVER decides what waits for a person."""

    VIEWER = "viewer"
    OFFICER = "officer"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Passkey(Record, frozen=True, kw_only=True):
    """What a person's device proves itself by: its public key (COSE), and how often it signed."""

    id: bytes
    public_key: bytes
    count: int
    created: datetime


class Account(Record, frozen=True, kw_only=True):
    """A person's account here. `sealed` is the private key, which only the passphrase opens.

    Of one that is removed the public key stays, so that what it has signed can be proven.
    `failures` counts wrong passphrases in a row; until `locked` none is tried.
    """

    id: str
    name: str
    role: PersonRole
    public_key: str
    sealed: bytes
    created: datetime
    removed: datetime | None = None
    failures: int = 0
    locked: datetime | None = None
    passkeys: tuple[Passkey, ...] = ()
    revision: int = 0


class PersonDecision(Record, frozen=True, kw_only=True):
    """A decision about a person that was made with an AI system or data of a partner.

    `reference` is the hex SHA-256 of the secret that the person has; the secret is not kept.
    `figures` and `answer` are what went to the AI and what it said: they stay here. `persons` is
    the provider's word on whom to ask. `reversed_by` is the review that reversed it,
    and `told_at` when the provider knew.
    """

    id: str
    reference: str
    at: datetime
    expires: datetime | None
    provider: str
    provider_name: str
    dataset: str
    title: str
    agreement: str
    transfer: str | None
    purpose: str
    terms: dict[str, Any]
    figures: str
    answer: str
    outcome: str
    decided_by: str
    shared_with: tuple[str, ...] = ()
    passport: str | None = None
    passport_status: str = ""
    judged: str = ""
    persons: PersonsContact | None = None
    reversed_by: str | None = None
    reversed_at: datetime | None = None
    told_at: datetime | None = None
    trouble: str = ""
    revision: int = 0


class ReviewState(StrEnum):
    """Where something stands that waits for a person."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    LAPSED = "lapsed"


class Review(Record, frozen=True, kw_only=True):
    """Something that waits for a person: `kind` says what, `subject` what it is about.

    `envelope` is the signed decision, of the person `person`; `shown` is the text whose digest it
    holds, in its language: made anew, other words of a newer Faifo would give another.
    """

    id: str
    kind: str
    subject: str
    state: ReviewState
    at: datetime
    text: str
    detail: dict[str, str] = {}
    person: str = ""
    reason: str = ""
    decided: datetime | None = None
    envelope: str = ""
    shown: str = ""
    shown_lang: str = ""
    revision: int = 0


class NoticeDirection(StrEnum):
    """Whether a notice is ours, came from a partner, or was written on our public form."""

    OUT = "out"
    IN = "in"
    PUBLIC = "public"


class NoticeState(StrEnum):
    """`held` waits for a person and acts on nothing; the last three are the sender's own end."""

    OPEN = "open"
    HELD = "held"
    SET_ASIDE = "set-aside"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class KeptNotice(Record, frozen=True, kw_only=True):
    """A notice as it was signed; of the public's, `fields` as they were written.

    `via` is who delivered it, `followups` are signed texts of what was said about it later, and
    `statements` our own signed acknowledgements. `why` it is held.
    """

    id: str
    kind: str
    direction: NoticeDirection
    state: NoticeState
    sender: str
    via: str
    dataset: str
    sha256: str
    at: datetime
    envelope: str = ""
    fields: dict[str, str] = {}
    followups: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    why: str = ""
    revision: int = 0


class NoticeDelivery(Record, frozen=True, kw_only=True):
    """What became of a notice at one receiver; times by our own clock.

    `statements` are the receiver's signed acknowledgements. `silent`: since when its silence is
    beyond the deadline. `trouble` is what last kept it from arriving.
    """

    notice: str
    receiver: str
    agreement: str
    sent: datetime
    name: str = ""
    economy: str = ""
    received: datetime | None = None
    acknowledged: datetime | None = None
    acted: datetime | None = None
    silent: datetime | None = None
    statements: tuple[str, ...] = ()
    trouble: str | None = None
    revision: int = 0


class Suspension(Record, frozen=True, kw_only=True):
    """An AI passport that an incident suspends, by the word of `sender` or of a person here."""

    passport: str
    notice: str
    sender: str
    at: datetime
    person: str = ""
    revision: int = 0


class LogHead(NamedTuple):
    """A log of this node as it is committed. `halted`: from which size on it must not be signed.

    `note` is what was signed of it, in the turn in which it grew; empty where nothing was.
    """

    number: int
    origin: str
    size: int
    root: bytes
    halted: int | None = None
    why: str = ""
    note: bytes = b""


class LogRecord(NamedTuple):
    """A leaf of ours and what it stands for; salt and record are None once they are erased.

    `owed`: its receipt is still to be handed to `peer`.
    """

    log: int
    place: int
    kind: int
    side: int
    leaf: bytes
    salt: bytes | None
    record: bytes | None
    event: str
    at: str
    agreement: str | None = None
    process: str | None = None
    peer: str | None = None
    owed: int = 0


class LogSeen(Record, frozen=True, kw_only=True):
    """A tree head of another node's log: its signed note, as it came."""

    size: int
    root: bytes
    note: str


class PeerHead(LogSeen, frozen=True, kw_only=True):
    """A head of another node's log of which it is still to be shown that it is of one history."""

    did: str
    origin: str
    revision: int = 0


class PeerLog(Record, frozen=True, kw_only=True):
    """What this node has seen of a log of another node.

    `newest` is the largest head that is known to be of one history with all before; `fork` are two
    that cannot both be true, after which none is believed. `cosigned` is the newest that this node
    has cosigned; `logged` is when a leaf of ours last told of the log.
    """

    did: str
    origin: str
    key: bytes
    newest: LogSeen | None = None
    fork: tuple[str, ...] = ()
    cosigned: LogSeen | None = None
    logged: datetime | None = None
    revision: int = 0


class PeerReceipt(Record, frozen=True, kw_only=True):
    """A receipt that another node handed over; `opening` as it came. `state`: verified or bad."""

    origin: str
    place: int
    peer: str
    receipt: str
    at: datetime
    opening: str | None = None
    kind: str = ""
    agreement: str | None = None
    process: str | None = None
    state: str = "verified"
    why: str = ""
    revision: int = 0

    @property
    def leaf(self) -> str:
        """The leaf (base64), which stands in the receipt."""
        return self.receipt.split("\n", 2)[1].removeprefix("extra ")

    @property
    def mark(self) -> str:
        """What it is looked for by."""
        return mark_of(self.leaf)


def mark_of(leaf: str) -> str:
    """Return 16 hex digits that stand for a leaf (base64); another one hardly has the same."""
    return sha256(leaf.encode()).hexdigest()[:16]


class ExpectedReceipt(Record, frozen=True, kw_only=True):
    """A leaf that another node told of, whose receipt has not come yet."""

    peer: str
    leaf: str
    due: datetime
    agreement: str | None = None
    process: str | None = None
    revision: int = 0
