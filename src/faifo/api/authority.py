"""The desk of an authority: its members, whom it recognises, and its word about AI passports."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from faifo.api.credentials import Types
from faifo.api.operation import Answer, Moment, Order, Page, Scope, Text, get, post
from faifo.api.passports import Document, JudgedPassport, Opinion, PackChoice
from faifo.store.records import Standing


class MemberRequest(Answer, frozen=True, kw_only=True):
    """A member's request for credentials; `trouble`: what last kept it from having them."""

    id: str
    status: str
    objects: tuple[str, ...]
    delivered: Moment | None
    trouble: str | None


class MemberCredential(Answer, frozen=True, kw_only=True):
    """A credential that was issued to a member."""

    id: str
    type: str
    status: Standing
    issued: Moment
    expires: Moment


class Member(Answer, frozen=True, kw_only=True):
    """An organisation that applied to this authority, is a member, or was one."""

    did: str
    status: Standing
    since: Moment
    name: str
    reason: str
    revision: int
    requests: tuple[MemberRequest, ...]
    credentials: tuple[MemberCredential, ...]


class RecognisedAuthority(Answer, frozen=True, kw_only=True):
    """Another authority that this one recognises for these credential types until a date."""

    did: str
    types: tuple[str, ...]
    until: Moment
    revision: int


class Assurance(Answer, frozen=True, kw_only=True):
    """What was decided on a member's passport, and what its new credential says of it.

    `claims` is None where no credential was issued.
    """

    judged: JudgedPassport
    claims: dict[str, str] | None


class MemberDecision(Order, frozen=True, kw_only=True):
    """What the desk decides about a member.

    `revision`: of the member as it was looked at; if somebody else has decided meanwhile, nothing
    is done.
    """

    action: Literal["admit", "refuse", "suspend", "revoke", "renew"]
    did: Text
    reason: Annotated[str, Meta(max_length=1000)] = ""
    claims: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it
    types: tuple[str, ...] = ()
    revision: int | None = None


class RecognisedUntil(Order, frozen=True, kw_only=True):
    """Which authority is recognised, for what, until when; a past date ends it."""

    did: Text
    types: Types
    until: Moment


class AssuranceOrder(PackChoice, frozen=True, kw_only=True):
    """Which member's passport is to be judged, what is asked of it, and what a person decides.

    `framework` is what the credential names as such; the pack where it is empty.
    """

    did: Text
    passport: Document
    framework: Annotated[str, Meta(max_length=200)] = ""
    opinion: Opinion | None = None


LIST_MEMBERS = get(
    "listMembers",
    "/authority/members",
    "of an authority: who applied, is a member, or was one",
    Page[Member],
    problems=(404,),
)
DECIDE_MEMBER = post(
    "decideMember",
    "/authority/members",
    "of an authority: admit, refuse, suspend, revoke or renew a member",
    Member,
    MemberDecision,
    (404, 409),
    scope=Scope.ADMINISTER,
)
LIST_RECOGNISED_AUTHORITIES = get(
    "listRecognisedAuthorities",
    "/authority/recognitions",
    "of an authority: whom it recognises, for what, until when",
    Page[RecognisedAuthority],
    problems=(404,),
)
RECOGNISE_AUTHORITY = post(
    "recogniseAuthority",
    "/authority/recognitions",
    "of an authority: recognise another one until a date; a past date ends it",
    RecognisedAuthority,
    RecognisedUntil,
    (404,),
    scope=Scope.ADMINISTER,
)
ASSURE_PASSPORT = post(
    "assurePassport",
    "/authority/assurances",
    "of an authority: judge a member's AI passport, and vouch for it if it passes",
    Assurance,
    AssuranceOrder,
    (403, 404, 409, 413, 504),
    scope=Scope.ADMINISTER,
)
