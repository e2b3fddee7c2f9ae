"""A decision: what was judged, by which facts, with what outcome and for which reasons.

It is kept whole and can be written as JSON and read back.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec


class Outcome(StrEnum):
    PERMIT = "permit"
    REFUSE = "refuse"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One node of the tree of reasons.

    `code` with `.holds` or `.fails` is a phrase under `policy.`. `holds` tells whether this node
    speaks for permitting; what is not understood (`unknown.…`) never does. No child is left out.
    """

    code: str
    holds: bool
    facts: dict[str, str] = {}
    children: tuple[Reason, ...] = ()


class WrittenDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as the books keep it: `policy` and `facts` whole, as plain JSON values.

    Facts carry their provenance.
    """

    outcome: Outcome
    policy: dict[str, Any]
    facts: dict[str, Any]
    reason: Reason

    @property
    def permits(self) -> bool:
        return self.outcome is Outcome.PERMIT

    def sentences(self, lang: str = "en") -> tuple[str, ...]:
        """Return the reasons that made the outcome, as sentences for a person."""
        from faifo.policy.explain import sentences

        return sentences(self.reason, lang)


class Decision:
    """Permitted or not; all the rest is made when it is first asked for.

    `barriers` are codes of what is in the way apart from the policy.
    """

    __slots__ = ("_make", "_written", "barriers", "permits")

    def __init__(
        self, permits: bool, make: Callable[[], WrittenDecision], barriers: tuple[str, ...] = ()
    ) -> None:
        self.permits = permits
        self.barriers = barriers
        self._make = make
        self._written: WrittenDecision | None = None

    @property
    def written(self) -> WrittenDecision:
        """The decision whole."""
        if self._written is None:
            self._written = self._make()
        return self._written

    @property
    def reason(self) -> Reason:
        return self.written.reason

    def sentences(self, lang: str = "en") -> tuple[str, ...]:
        """Return the reasons that made the outcome, as sentences for a person."""
        return self.written.sentences(lang)


def write(reason: Reason, policy: dict[str, Any], facts: dict[str, Any]) -> WrittenDecision:
    """Return the decision whose root is `reason`."""
    outcome = Outcome.PERMIT if reason.holds else Outcome.REFUSE
    return WrittenDecision(outcome=outcome, policy=policy, facts=facts, reason=reason)


def shown(value: Any) -> str:
    """Return `value` for a sentence: texts as they are, the rest as JSON, never over 200 long."""
    try:
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        text = repr(type(value).__name__)
    return text if len(text) <= 200 else text[:197] + "..."
