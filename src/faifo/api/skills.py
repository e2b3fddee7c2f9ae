"""Badges: issued by who trains people, checked by anybody; what level one is in an economy."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from faifo.api.operation import Answer, Moment, Order, Page, Scope, Text, get, post
from faifo.kinds.skill_levels import Levels
from faifo.skills.achievement import Achievement, Proof
from faifo.store.records import Standing

File = Annotated[str, Meta(min_length=1, max_length=65_536)]
Name = Annotated[str, Meta(max_length=200)]


class IssuedBadge(Answer, frozen=True, kw_only=True):
    """A badge that this node issued; of its holder nothing is kept."""

    id: str
    name: str
    status: Standing
    issued: Moment
    expires: Moment


class NewBadge(Answer, frozen=True, kw_only=True):
    """A badge just issued: its file, which is given once, and the page that tells how it stands."""

    badge: IssuedBadge
    file: str
    link: str


class HeldBadge(Answer, frozen=True, kw_only=True):
    """A badge in this node's wallet; `withheld`: why it is not presented any more."""

    id: str | None
    name: str
    issuer: str
    issuer_name: str
    received: Moment
    expires: Moment | None
    withheld: str | None


class LevelHere(Answer, frozen=True, kw_only=True):
    """What one table says of one level that a badge names; `level` is empty for no mapping.

    `by` is the DID that signed the table, empty for a file of the node's own or of Faifo.
    """

    framework: str
    code: str
    level: str
    name: dict[str, str]
    here: str
    reason: str
    issuer: str
    version: str
    source: str
    by: str


class LevelTable(Answer, frozen=True, kw_only=True):
    """A table of levels at hand; `by` is the DID that signed it, empty for a file."""

    by: str
    content: Levels


class CheckedBadge(Answer, frozen=True, kw_only=True):
    """A badge that is proven, and what level it is in an economy by each table at hand.

    `tables` are the frameworks that the economy has a table for; `agree` tells whether those that
    map it say the same.
    """

    id: str
    name: str
    issuer: str
    issuer_name: str
    proof: str
    holder_checked: bool
    issued: Moment | None
    expires: Moment | None
    economy: str
    alignment: tuple[dict[str, str], ...]
    levels: tuple[LevelHere, ...]
    tables: tuple[str, ...]
    agree: bool


class BadgeOrder(Order, frozen=True, kw_only=True):
    """What is issued to whom; of an e-mail address only a salted digest goes into the badge.

    `name` is of a person, or the DID of an organisation, which can hold the badge in its wallet.
    """

    achievement: Achievement
    name: Name = ""
    email: Name = ""
    proof: Proof = "jose"


class BadgeRevocation(Order, frozen=True, kw_only=True):
    """Which badge is revoked, and why."""

    id: Text
    reason: Annotated[str, Meta(max_length=1000)] = ""


class BadgeHolding(Order, frozen=True, kw_only=True):
    """The file of a badge that goes into the wallet."""

    badge: File


class BadgeCheck(Order, frozen=True, kw_only=True):
    """A badge's file, the economy whose level is asked for, and whose badge it must be."""

    badge: File
    economy: Annotated[str, Meta(pattern="^([A-Z]{2})?$")] = ""
    holder: Name = ""


ISSUE_BADGE = post(
    "issueBadge",
    "/skills/badges",
    "of an authority: issue an Open Badge 3.0 to a person",
    NewBadge,
    BadgeOrder,
    (404, 409),
    statuses=(201,),
)
LIST_BADGES = get(
    "listBadges",
    "/skills/badges",
    "of an authority: the badges that it issued",
    Page[IssuedBadge],
    problems=(404,),
)
REVOKE_BADGE = post(
    "revokeBadge",
    "/skills/revocations",
    "of an authority: revoke a badge for good",
    IssuedBadge,
    BadgeRevocation,
    (404, 409),
)
CHECK_BADGE = post(
    "checkBadge",
    "/skills/checks",
    "prove a badge, and tell what level it is in an economy",
    CheckedBadge,
    BadgeCheck,
    (409, 502, 504),
)
HOLD_BADGE = post(
    "holdBadge",
    "/skills/held",
    "prove a badge of this organisation, and keep it in the wallet, which presents it over DCP",
    HeldBadge,
    BadgeHolding,
    (404, 409, 502, 504),
    statuses=(201,),
    scope=Scope.ADMINISTER,
)
LIST_HELD_BADGES = get(
    "listHeldBadges",
    "/skills/held",
    "the badges in this node's wallet, and why one is not presented any more",
    Page[HeldBadge],
    problems=(404,),
)
LIST_LEVEL_TABLES = get(
    "listLevelTables",
    "/skills/levels",
    "the tables of levels at hand: shipped, of this node's folder levels/, and of partners",
    Page[LevelTable],
)
