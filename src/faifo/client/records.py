"""What the management API answers, as frozen values.

Unknown members are left aside, so that a newer node can say more to an older client.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from faifo.policy.terms import Terms

T = TypeVar("T")


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """What others keep and the node could not have when it last asked.

    `who` answers for it; `fine` is when it could last be had, since the node started.
    """

    what: str
    who: str
    address: str
    since: datetime
    last: datetime
    attempts: int = 0
    why: str = ""
    fine: datetime | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """Who the node is."""

    did: str
    name: str = ""
    economy: str = ""
    public_url: str = ""
    version: str = ""
    lacking: tuple[Lacking, ...] = ()


class Publication(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be published. `location` is an absolute path or an http(s) URL."""

    location: str
    id: str | None = None
    title: str | None = None
    description: str = ""
    keywords: tuple[str, ...] = ()
    licence: str | None = None
    media_type: str | None = None
    terms: Terms = Terms()
    credentials: str | None = None
    passport: str | None = None


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that this node publishes."""

    id: str
    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    licence: str | None = None
    media_type: str | None = None
    offer_id: str = ""
    policy: dict[str, Any] = {}
    location: str = ""
    kind: str = ""
    sha256: str | None = None
    size: int | None = None
    published: datetime | None = None
    withdrawn: datetime | None = None
    passport_sha256: str | None = None
    passport_status: str | None = None


class OfferedDataset(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset of another node, as its catalog shows it to this node."""

    id: str
    title: str | None = None
    description: str | None = None
    keywords: tuple[str, ...] = ()
    licence: str | None = None
    media_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    offers: tuple[dict[str, Any], ...] = ()
    passport: str | None = None
    passport_sha256: str | None = None
    passport_status: str | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A decision on a partner's AI passport that is kept.

    `taken_by`: "node" or "person". `decision` and `signed` are there when one is asked for.
    """

    id: str
    at: datetime
    valid_until: datetime
    provider: str
    dataset: str
    passport: str
    pack: str
    pack_version: str
    outcome: str
    person_must_decide: bool
    taken_by: str
    person: str = ""
    key: str = ""
    decision: dict[str, Any] = {}
    signed: str = ""


class JudgedPassport(msgspec.Struct, frozen=True, kw_only=True):
    """What this node decides on a passport; `decision` is a `faifo.ai.decision.records.Decision`.

    `passes`: whether something may be asked of the provider under it; it is one's own to act on
    it. `hard`: nobody can lift what speaks against it. `passport` is its text where it is proven.
    """

    id: str | None
    provider: str
    dataset: str
    taken_by: str
    passes: bool
    hard: bool
    decision: dict[str, Any]
    signed: str | None = None
    passport: str | None = None


class Assurance(msgspec.Struct, frozen=True, kw_only=True):
    """What an authority decided on a member's passport; `claims` of the credential, if any."""

    judged: JudgedPassport
    claims: dict[str, str] | None = None


class PassportRecognition(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence of an issuer that counts for more in this node's own checks, while in force."""

    id: str
    sha256: str
    issuer: str
    methods: tuple[str, ...]
    counts_as: str
    valid_from: datetime
    valid_until: datetime
    note: str = ""
    withdrawn: bool = False
    signed: str = ""


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """The datasets whose passport is withdrawn now, and the recognition, if it was one."""

    sha256: str
    datasets: tuple[str, ...] = ()
    recognition: str | None = None


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalog holds that cannot be read or is odd: `where` in the document, and why."""

    where: str
    name: str
    why: str


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """The catalog of another node, and what of it is not among the datasets."""

    participant: str
    datasets: tuple[OfferedDataset, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours that is on its way."""

    message: str
    attempts: int = 0
    last_error: str | None = None
    not_before: datetime | None = None


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What negotiations and transfers have in common.

    `state` is None until the other side has acknowledged our first message. `version` grows with
    every change.
    """

    pid: str
    role: str
    state: str | None = None
    peer: str
    peer_pid: str | None = None
    dataset: str = ""
    agreement: str | None = None
    hold: str | None = None
    reason: tuple[str, ...] = ()
    one_sided: bool = False
    created: datetime | None = None
    updated: datetime | None = None
    version: int = 0
    outbox: tuple[Delivery, ...] = ()
    deadline: datetime | None = None


class Negotiation(Process, frozen=True, kw_only=True):
    """A contract negotiation."""

    offer: dict[str, Any] = {}
    permitted: bool | None = None
    decision: str | None = None
    purpose: str | None = None
    accepted_terms: tuple[str, ...] = ()


class Transfer(Process, frozen=True, kw_only=True):
    """A transfer process; never its token."""

    format: str = ""
    open: bool = False
    token_expires: datetime | None = None
    endpoint: str | None = None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as this node keeps it."""

    id: str
    role: str
    provider: str
    consumer: str
    dataset: str
    document: dict[str, Any] = {}
    active: bool = False
    created: datetime | None = None
    ended: datetime | None = None
    negotiation: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timeline. `kind`: message, event, decision or waiting."""

    at: datetime
    kind: str
    text: str
    detail: dict[str, Any] = {}


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A thing and what happened to it, oldest first."""

    id: str
    kind: str
    record: dict[str, Any] = {}
    entries: tuple[Entry, ...] = ()


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Part of a list; `next` is the cursor of the following part."""

    items: tuple[T, ...]
    next: str | None = None
