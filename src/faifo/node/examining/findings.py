"""One thing that was looked at, and how it is: a code with facts. Its sentence is made at the edge.

`check` names the phrases `doctor.<check>.what` and `.do`; good ones have `doctor.good.<check>`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

State = Literal["good", "warning", "fault"]
Fact = str | int | datetime


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. Warnings do not stop a node from working."""

    check: str
    state: State
    facts: dict[str, Fact] = {}

    @property
    def what(self) -> str:
        """The key of the phrase that says what is so."""
        name = f"good.{self.check}" if self.state == "good" else f"{self.check}.what"
        return f"doctor.{name}"

    @property
    def to_do(self) -> str:
        """The key of the phrase that says what to do about it; empty if nothing."""
        return "" if self.state == "good" else f"doctor.{self.check}.do"


def good(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="good", facts=_facts(facts))


def warning(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="warning", facts=_facts(facts))


def fault(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="fault", facts=_facts(facts))


def _facts(facts: dict[str, object]) -> dict[str, Fact]:
    return {
        name: value if isinstance(value, int | datetime) else str(value)
        for name, value in facts.items()
    }
