"""What for, as the consumer declares it in what it asks for. Spec: ODRL Vocabulary 2.2 §3.9.

`isA` takes a purpose of the vocabulary with every kind of it; the others take names as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from faifo.policy.model import Constraint, Fact, Truth, Use
from faifo.policy.operands.operand import ANY_OTHER, SETS, WITHIN, Closed, Setting, Texts
from faifo.policy.vocabulary import kinds_of, purpose, spellings


class Purposes(Texts):
    """Names of purposes; `isA` by the vocabulary."""

    nested = True

    def read(self, operator: str, right: Any) -> frozenset[str]:
        found = super().read(operator, right)
        if operator != "isA":
            return found
        (name,) = found
        return Closed(name, kinds_of(name))

    def test(self, operator: str, value: frozenset[str]) -> Callable[[Any], Truth]:
        if operator != "isA":
            return super().test(operator, value)
        return lambda given: purpose(given) in value if isinstance(given, str) else None

    def tried(self, parts: Sequence[Constraint]) -> Iterable[Any] | None:
        named = {ANY_OTHER}.union(*(part.value for part in parts))
        return named.union(*map(spellings, named))

    def chosen(self, constraint: Constraint) -> tuple[str, ...]:
        if constraint.operator == "isA":
            return tuple(sorted(constraint.value))
        return super().chosen(constraint)


def _declared(use: Use) -> Fact | None:
    if use.purpose is None:
        return None
    return Fact(value=use.purpose, provenance="declared by the consumer, in the policy")


OPERAND = Purposes(
    term="purpose",
    name="purpose",
    operators=(*SETS, "isA"),
    fact=_declared,
    source="declared by the consumer, in the policy",
    declared=True,
    settings=(
        Setting(
            name="purposes",
            operators=WITHIN,
            option="--purpose",
            help="Only for this purpose; several times.",
        ),
        Setting(
            name="purpose_kinds",
            operators=("isA",),
            option="--purpose-kind",
            help="Only for this purpose of the vocabulary, or any kind of it: research, ai, ….",
        ),
    ),
)
