"""What is known when a policy is judged, and from where it is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from faifo.policy.instants import instant_text


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One value and its provenance, such as `clock of this node` or `self-issued token jti …`.

    A tuple is several values at once, such as the types of all credentials.
    """

    value: str | datetime | tuple[str, ...]
    provenance: str


# By left operand in its short spelling: dateTime, recipient, purpose, and Faifo's own.
Facts = Mapping[str, Fact]


def written(facts: Facts) -> dict[str, Any]:
    """Return `facts` as plain JSON values, for a decision."""
    return {
        name: {
            "value": _text(fact.value) if isinstance(fact.value, datetime) else fact.value,
            "provenance": fact.provenance,
        }
        for name, fact in facts.items()
    }


def _text(moment: datetime) -> str:
    # A datetime without a zone is no instant; the evaluation refuses it and it is kept as it came.
    return moment.isoformat() if moment.tzinfo is None else instant_text(moment)
