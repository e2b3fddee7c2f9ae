"""What a policy is once it is read: rules over constraints whose values are parsed.

A part of a rule is an atomic constraint, a logical one, or what is not understood. Each tells its
truth by the facts (None: it cannot be decided), and apart from that, when asked, the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec

from faifo.instants import instant_text
from faifo.policy.actions import known
from faifo.policy.decision import Reason, shown

if TYPE_CHECKING:
    from faifo.policy.operands.operand import Operand

Truth = bool | None


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One value and its provenance, such as `clock of this node` or `self-issued token jti …`.

    A tuple is several values at once, such as the types of all credentials.
    """

    value: str | datetime | timedelta | int | tuple[Any, ...]
    provenance: str


Facts = Mapping[str, Fact]
"""By left operand in its short spelling."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a use: who, when, for what, and what was proven of who.

    `claims` and `evidence` are those of the proof of `who`; empty where nothing was proven.
    `agreed`: when the agreement was concluded, if there is one; `approved` is the review by which
    a person agreed before. `counted`: what an access counts. `passports`: the packs by which a
    passport of `who` is accepted. `done`: the duties that are proven to be done.
    """

    who: str
    at: datetime
    purpose: str | None = None
    agreed: datetime | None = None
    approved: str | None = None
    counted: Mapping[str, int] = {}
    passports: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    claims: Mapping[str, Any] = {}
    evidence: Mapping[str, Any] = {}


def written(facts: Facts) -> dict[str, Any]:
    """Return `facts` as plain JSON values, for a decision."""
    return {
        name: {
            "value": _plain(fact.value),
            "provenance": fact.provenance,
        }
        for name, fact in facts.items()
    }


class Constraint:
    """An atomic constraint; `value` is what its operand made of the right operand."""

    __slots__ = ("_term", "holds", "operand", "operator", "value")

    def __init__(self, operand: Operand, operator: str, value: Any) -> None:
        self.operand = operand
        self.operator = operator
        self.value = value
        self._term = operand.term
        self.holds: Callable[[Any], Truth] = operand.test(operator, value)

    def truth(self, facts: Facts) -> Truth:
        fact = facts.get(self._term)
        return None if fact is None else self.holds(fact.value)

    def reason(self, facts: Facts) -> Reason:
        fact = facts.get(self._term)
        if fact is None:
            return unknown("fact", operand=self._term)
        holds = self.holds(fact.value)
        if holds is None:
            return unknown("fact-kind", operand=self._term, value=shown(str(fact.value)))
        told = {"given": self.operand.given(fact.value), "right": shown(self.right)}
        return Reason(code=f"{self.operand.name}.{self.operator}", holds=holds, facts=told)

    @property
    def right(self) -> str:
        """The right operand in one spelling."""
        return self.operand.text(self.value)


class Logical:
    """`and`, `andSequence`, `or` or `xone` of parts, of which there is at least one."""

    __slots__ = ("name", "parts")

    def __init__(self, name: str, parts: tuple[Part, ...]) -> None:
        self.name = name
        self.parts = parts

    def truth(self, facts: Facts) -> Truth:
        """Return None if any part cannot be decided, even if the others would decide."""
        truths = [part.truth(facts) for part in self.parts]
        if None in truths:
            return None
        count = truths.count(True)
        if self.name == "or":
            return count > 0
        return count == 1 if self.name == "xone" else count == len(truths)

    def reason(self, facts: Facts) -> Reason:
        children = tuple(part.reason(facts) for part in self.parts)
        truth = self.truth(facts)
        code = "undecided" if truth is None else self.name
        return Reason(code=code, holds=truth is True, children=children)


class NotUnderstood:
    """What nobody here knows how to judge: it is never true and never false."""

    __slots__ = ("why",)

    def __init__(self, why: Reason) -> None:
        self.why = why

    def truth(self, facts: Facts) -> Truth:  # noqa: ARG002
        return None

    def reason(self, facts: Facts) -> Reason:  # noqa: ARG002
        return self.why


Part = Constraint | Logical | NotUnderstood


DUTY: Final = "duty"
"""The fact that holds the ids of the duties that were proven to be done, or `NOT_YET`."""
NOT_YET: Final = "not yet"
"""Before there is an agreement nobody can have done what comes first under it: it bars nothing."""


class Duty:
    """What must be done, until `due` at the latest: `dateTime` or `elapsedTime`, at most.

    `called` is by what it is proven to be done: its id, or else its action. It is done in `where`.
    """

    __slots__ = ("action", "called", "due", "name", "where")

    def __init__(
        self, action: str, name: str, due: Constraint | None, where: Constraint | None = None
    ) -> None:
        self.action = action
        self.name = name
        self.due = due
        self.called = name or action
        self.where = where

    def truth(self, facts: Facts) -> Truth:
        """Return True if it is proven to be done; nothing shows that it never will be."""
        done = facts.get(DUTY)
        if done is None or not isinstance(done.value, tuple):
            return True if done and done.value == NOT_YET else None
        return True if self.called in done.value else None

    def reason(self, facts: Facts) -> Reason:
        done = facts.get(DUTY)
        code = "duty-later" if done and done.value == NOT_YET else "duty-first"
        return Reason(code=code, holds=self.truth(facts) is True, facts=self.told())

    def told(self) -> dict[str, str]:
        """Return the facts of a reason."""
        action = f"{self.action} ({self.where.right})" if self.where else self.action
        return {"action": shown(action), "due": shown(self.due.right) if self.due else "-"}


class Rule:
    """A permission or prohibition; `unread` are members that are not understood.

    `parts` are its constraints, and the duties that come before a permission.
    """

    __slots__ = ("action", "parts", "understood", "unread")

    def __init__(
        self, action: Any, unread: tuple[Reason, ...], parts: tuple[Part | Duty, ...]
    ) -> None:
        self.action = action
        self.understood = known(action)
        self.unread = unread
        self.parts = parts

    def truth(self, facts: Facts) -> Truth:
        """Return None if any part cannot be decided, even if another part is false already."""
        holds: Truth = not self.unread or None
        for part in self.parts:
            truth = part.truth(facts)
            if truth is None:
                return None
            if not truth and holds:
                holds = False
        return holds

    def reasons(self, facts: Facts) -> tuple[Reason, ...]:
        return (*self.unread, *(part.reason(facts) for part in self.parts))

    def required(self) -> list[Constraint]:
        """Return the atomic constraints of which each must be satisfied."""
        found: list[Constraint] = []
        waiting: list[Part | Duty] = list(reversed(self.parts))
        while waiting:
            part = waiting.pop()
            if isinstance(part, Constraint):
                found.append(part)
            elif isinstance(part, Logical) and part.name in {"and", "andSequence"}:
                waiting += reversed(part.parts)
        return found


class Policy:
    """A policy that was read once. `obstacles` are reasons for which it never permits.

    `purposes` are those that its permissions name, in their order, or else their alternatives;
    `asked` are the constraints on what who asks declares, and `size` counts all constraints and
    rules. `duties` bind whoever agrees, and `first` come before a permission; `counts`: an access
    is counted before it is judged; `booked`: what it is judged by may change between two.
    `asks_each`: a person must agree to each access.
    """

    def __init__(
        self,
        document: dict[str, Any],
        *,
        too_large: Reason | None = None,
        obstacles: tuple[Reason, ...] = (),
        permissions: tuple[Rule, ...] = (),
        prohibitions: tuple[Rule, ...] = (),
        duties: tuple[Duty, ...] = (),
    ) -> None:
        self.document = document
        self.too_large = too_large
        self.obstacles = obstacles
        self.permissions = permissions
        self.prohibitions = prohibitions
        self.duties = duties
        named: dict[str, None] = {}
        for rule in permissions:
            for constraint in rule.required():
                named.update(dict.fromkeys(constraint.operand.chosen(constraint)))
        parts = list(self._parts((*permissions, *prohibitions)))
        self.size = len(permissions) + len(prohibitions) + len(parts)
        self.atoms = [part for part in parts if isinstance(part, Constraint)]
        if not named:  # in alternatives, one of them may be what is asked for
            for part in self._parts(permissions):
                if isinstance(part, Constraint):
                    named.update(dict.fromkeys(part.operand.chosen(part)))
        self.purposes = tuple(named)
        self.asked = [part for part in self.atoms if part.operand.declared]
        self.counts = any(part.operand.counted for part in self.atoms)
        self.first = tuple(
            part for rule in permissions for part in rule.parts if isinstance(part, Duty)
        )
        self.booked = bool(self.first) or any(part.operand.booked for part in self.atoms)
        self.asks_each = any(part.operand.asks_each(part.value) for part in self.atoms)
        self.operands = frozenset(part.operand.term for part in self.atoms)
        if self.first:
            self.operands |= {DUTY}

    @cached_property
    def distinct(self) -> tuple[str, ...]:
        """One purpose of each kind that the policy tells apart."""
        kinds: dict[tuple[Truth, ...], str] = {}
        for purpose in self.purposes:
            kinds.setdefault(tuple(part.holds(purpose) for part in self.asked), purpose)
        return tuple(kinds.values())

    @staticmethod
    def _parts(rules: tuple[Rule, ...]) -> Iterator[Part | Duty]:
        waiting: list[Part | Duty] = [part for rule in rules for part in rule.parts]
        while waiting:
            part = waiting.pop()
            yield part
            if isinstance(part, Logical):
                waiting += part.parts

    def changes(self, use: Use) -> datetime | None:
        """Return when, after `use`, time alone may change the answer; None if it never does."""
        moments = [
            moment
            for part in self.atoms
            if (moment := part.operand.asked_again(part.value, use)) and moment > use.at
        ]
        return min(moments, default=None)


def unknown(what: str, **facts: str) -> Reason:
    """Return the reason that says what is not understood; it never speaks for permitting."""
    return Reason(
        code=f"unknown.{what}", holds=False, facts={k: shown(v) for k, v in facts.items()}
    )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return _text(value)
    return str(value) if isinstance(value, timedelta) else value


def _text(moment: datetime) -> str:
    # A datetime without a zone is no instant; the evaluation refuses it and it is kept as it came.
    return moment.isoformat() if moment.tzinfo is None else instant_text(moment)
