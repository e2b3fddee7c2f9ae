"""What the management API answers, for its description: every member, and no other.

The answers themselves are made by `services.views` and the endpoints; the tests compare them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from faifo.ai.decision.records import Decision
from faifo.machines import negotiation as negotiations
from faifo.machines import transfer as transfers
from faifo.machines.role import Role
from faifo.node.outward.sources import What
from faifo.store.records import SourceKind, Taker

T = TypeVar("T")
Moment = Annotated[datetime, Meta(tz=True)]


class _Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of answers."""


class Page(_Shape, Generic[T], frozen=True, kw_only=True):
    """Part of a list, newest first; `next` is what `after` takes for the following part."""

    items: tuple[T, ...]
    next: str | None


class Lacking(_Shape, frozen=True, kw_only=True):
    """What others keep and this node could not have when it last asked, and who answers for it.

    `fine` is when it could last be had; null if not since this node started.
    """

    what: What
    who: str
    address: str
    since: Moment
    last: Moment
    attempts: int
    why: str
    fine: Moment | None


class Node(_Shape, frozen=True, kw_only=True):
    """Who this node is."""

    did: str
    name: str
    economy: str
    public_url: str
    version: str
    lacking: tuple[Lacking, ...]


class Dataset(_Shape, frozen=True, kw_only=True):
    """What this node publishes, or did until `withdrawn`."""

    id: str
    title: str
    offer_id: str
    policy: dict[str, Any]
    media_type: str
    published: Moment
    kind: SourceKind
    location: str
    sha256: str | None
    size: int | None
    version: int
    passport_sha256: str | None
    passport_status: str | None
    description: str = ""
    keywords: tuple[str, ...] = ()
    licence: str | None = None
    withdrawn: Moment | None = None


class OfferedDataset(_Shape, frozen=True, kw_only=True):
    """A partner's dataset in plain words; `offers` are its policies (ODRL).

    `passport` is there when one dataset is asked for, as text, with nothing proven.
    """

    id: str
    title: str | None
    description: str | None
    keywords: tuple[str, ...]
    licence: str | None
    media_type: str | None
    size: int | None
    sha256: str | None
    formats: tuple[str, ...]
    offers: tuple[dict[str, Any], ...]
    endpoint: str | None
    passport: str | None
    passport_sha256: str | None
    passport_status: str | None


class Judgement(_Shape, frozen=True, kw_only=True):
    """A decision about a partner's AI passport that is kept; `passport` is the digest of it.

    `taken_by`: the node, by the rules of the pack, or a person. `key` is the management key.
    """

    id: str
    at: Moment
    valid_until: Moment
    provider: str
    dataset: str
    passport: str
    pack: str
    pack_version: str
    outcome: str
    person_must_decide: bool
    taken_by: Taker
    person: str
    key: str


class SignedJudgement(Judgement, frozen=True, kw_only=True):
    """With every reason, and the signed text."""

    decision: Decision
    signed: str


class JudgedPassport(_Shape, frozen=True, kw_only=True):
    """What this node decides on a passport. `passes`: whether something may be asked under it.

    `hard`: nobody can lift what speaks against it. `id` and `signed` (the signed text) are None
    where there is no passport, and `passport`, its text, where not everything about it is proven.
    """

    id: str | None
    provider: str
    dataset: str
    taken_by: Taker
    passes: bool
    hard: bool
    decision: Decision
    signed: str | None
    passport: str | None


class Assurance(_Shape, frozen=True, kw_only=True):
    """What was decided on a member's passport, and what its new credential says of it.

    `claims` is None where no credential was issued.
    """

    judged: JudgedPassport
    claims: dict[str, str] | None


class PassportRecognition(_Shape, frozen=True, kw_only=True):
    """Evidence of an issuer that counts for more in this node's own checks, while in force."""

    id: str
    sha256: str
    issuer: str
    methods: tuple[str, ...]
    counts_as: str
    valid_from: Moment
    valid_until: Moment
    note: str
    withdrawn: bool
    signed: str


class Withdrawn(_Shape, frozen=True, kw_only=True):
    """The datasets whose passport is withdrawn now, and the recognition, if it was one."""

    sha256: str
    datasets: tuple[str, ...]
    recognition: str | None


class LeftOut(_Shape, frozen=True, kw_only=True):
    """What a catalog holds that cannot be read or is odd: `where` in the document, and why."""

    where: str
    name: str
    why: str


class Catalog(_Shape, frozen=True, kw_only=True):
    """What a partner shows this node, and what of it is not among the datasets."""

    participant: str
    datasets: tuple[OfferedDataset, ...]
    left_out: tuple[LeftOut, ...]


class Delivery(_Shape, frozen=True, kw_only=True):
    """A message of ours that is on its way."""

    message: str
    attempts: int
    last_error: str | None
    not_before: Moment
    give_up: Moment


class Process(_Shape, frozen=True, kw_only=True):
    """What negotiations and transfers have in common; `version` grows with every change."""

    pid: str
    role: Role
    peer: str
    peer_pid: str | None
    dataset: str
    agreement: str | None
    hold: str | None
    reason: tuple[str, ...]
    one_sided: bool
    created: Moment
    updated: Moment
    version: int
    outbox: tuple[Delivery, ...]
    deadline: Moment | None


class Negotiation(Process, frozen=True, kw_only=True):
    """A contract negotiation; `state` is null until the other side knows of it."""

    state: negotiations.State | None
    offer: dict[str, Any]
    permitted: bool | None
    decision: str | None
    purpose: str | None
    accepted_terms: tuple[str, ...]


class Transfer(Process, frozen=True, kw_only=True):
    """A transfer process, never with its token; `state` is null until the other side knows."""

    state: transfers.State | None
    format: str
    open: bool
    token_expires: Moment | None
    endpoint: str | None


class Agreement(_Shape, frozen=True, kw_only=True):
    """An agreement as this node keeps it; `document` is its policy (ODRL)."""

    id: str
    role: Role
    provider: str
    consumer: str
    dataset: str
    document: dict[str, Any]
    created: Moment
    version: int
    negotiation: str | None = None
    active: bool = False
    ended: Moment | None = None
    reason: tuple[str, ...] = ()


class Partner(_Shape, frozen=True, kw_only=True):
    """A trusted participant. `reachable` is null when nothing was sent or received lately."""

    did: str
    name: str
    economy: str
    reachable: bool | None
    why: str | None
    last_contact: Moment | None
    agreements: int


class ProbeCheck(_Shape, frozen=True, kw_only=True):
    """One thing that the partner looked at; `code` and `text` are empty when it is good."""

    check: str
    good: bool
    code: str
    text: str
    status: int | None
    ms: int | None


class ProbeReport(_Shape, frozen=True, kw_only=True):
    """What the partner saw. `clock_seconds`: by how much this node's clock is ahead of its."""

    participant: str
    at: Moment
    checks: tuple[ProbeCheck, ...]
    keys: int | None
    token_key: bool | None
    versions: tuple[str, ...]
    certificate_until: Moment | None
    clock_seconds: int | None


class Probe(_Shape, frozen=True, kw_only=True):
    """How a partner sees this node; `report` is null when it offers no probe."""

    node: str
    offered: bool
    report: ProbeReport | None


class Entry(_Shape, frozen=True, kw_only=True):
    """One line of a timeline."""

    at: Moment
    kind: Literal["message", "event", "decision", "waiting"]
    text: str
    detail: dict[str, Any] = {}


class Timeline(_Shape, frozen=True, kw_only=True):
    """A thing, and what happened to it, oldest first."""

    id: str
    kind: Literal["negotiation", "transfer", "agreement", "dataset"]
    record: dict[str, Any]
    entries: tuple[Entry, ...]


class Event(_Shape, frozen=True, kw_only=True):
    """One event of the stream: what the journal got."""

    seq: int
    event: str
    at: Moment
    process: str | None
    agreement: str | None
    dataset: str | None
    peer: str | None
    detail: dict[str, Any]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request failed (RFC 9457); `code` is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    reasons: tuple[str, ...] = ()


class Ready(_Shape, frozen=True, kw_only=True):
    """Whether the node is ready; for each part null, or why it is not."""

    status: Literal["ready", "not-ready"]
    checks: dict[str, str | None]
