"""How this node stands, on one screen: what waits, what is stuck, what ends, what was read."""

from __future__ import annotations

from typing import Literal

from faifo.api.operation import Answer, Moment, get

Group = Literal["waits", "notices", "stuck", "failed", "ends", "unseen"]
GROUPS: tuple[Group, ...] = ("waits", "notices", "stuck", "failed", "ends", "unseen")


class Point(Answer, frozen=True, kw_only=True):
    """One thing that a person should know: a code, what it is about, and the sentence.

    `since` is when it began, or for what ends, when it does. `command` shows or does it.
    """

    group: Group
    code: str
    subject: str
    since: Moment
    text: str
    command: str


class Trouble(Answer, frozen=True, kw_only=True):
    """What `faifo doctor` would say: a warning or a fault, and what to do about it."""

    check: str
    state: Literal["warning", "fault"]
    text: str
    advice: str


class Flow(Answer, frozen=True, kw_only=True):
    """What partners read on a day (UTC)."""

    day: str
    served: int
    refused: int
    bytes: int


class Status(Answer, frozen=True, kw_only=True):
    """How the node stands. `more` names the groups of which only the first points are here."""

    did: str
    name: str
    version: str
    at: Moment
    points: tuple[Point, ...]
    more: tuple[Group, ...]
    troubles: tuple[Trouble, ...]
    flows: tuple[Flow, ...]


GET_STATUS = get(
    "getStatus",
    "/status",
    "what waits for a person, what is stuck or failed and why, what ends soon, datasets that nobody"
    " sees, and what was read on the last days",
    Status,
)
