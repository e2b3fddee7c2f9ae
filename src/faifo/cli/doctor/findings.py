"""One thing that was looked at, and how it is; what it says is a phrase in the person's language.

`check` names the phrases `cli.doctor.<check>.what` and `.do`; good ones have
`cli.doctor.good.<check>`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from faifo.cli.choices import Choices

State = Literal["good", "warning", "fault"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. Warnings do not stop a node from working."""

    check: str
    state: State
    facts: dict[str, str] = {}

    def text(self, choices: Choices) -> str:
        """Return what is so."""
        if self.state == "good":
            return choices.say(f"doctor.good.{self.check}", **self.facts)
        return choices.say(f"doctor.{self.check}.what", **self.facts)

    def advice(self, choices: Choices) -> str:
        """Return what to do about it; empty if nothing."""
        if self.state == "good":
            return ""
        return choices.say(f"doctor.{self.check}.do", **self.facts)


def good(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="good", facts=_texts(facts))


def warning(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="warning", facts=_texts(facts))


def fault(check: str, **facts: object) -> Finding:
    return Finding(check=check, state="fault", facts=_texts(facts))


def _texts(facts: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in facts.items()}
