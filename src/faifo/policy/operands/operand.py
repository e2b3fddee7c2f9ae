"""What a left operand is to the rules: one declaration, from which everything else is made.

Reading and judging, the terms of a publisher, the columns of a manifest, the options of `publish`,
the words of a reason and the documentation's table all come from it.
"""

from __future__ import annotations

import operator as comparisons
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from faifo.folding import composed
from faifo.policy.decision import shown
from faifo.policy.model import Constraint, Fact, Truth, Use
from faifo.policy.operands.instants import instant_text, read_instant
from faifo.policy.spelling import MANY_VALUES, literal, literals

ORDER: Final = ("eq", "neq", "gt", "gteq", "lt", "lteq")
SETS: Final = ("eq", "neq", "isAnyOf", "isNoneOf")
WITHIN: Final = ("eq", "isAnyOf")
TICK: Final = timedelta(microseconds=1)
COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": comparisons.eq,
    "neq": comparisons.ne,
    "gt": comparisons.gt,
    "gteq": comparisons.ge,
    "lt": comparisons.lt,
    "lteq": comparisons.le,
}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How a publisher says a constraint in the terms: `name` there, `option` on the command line.

    `operators`: what is written for one value, and for several. `column` is its name in a
    manifest where that is another. A date stands for its last second with `end_of_day`.
    """

    name: str
    operators: tuple[str, ...]
    option: str
    help: str
    column: str = ""
    metavar: str | None = None
    end_of_day: bool = False


@dataclass(frozen=True, kw_only=True)
class Operand(ABC):
    """A left operand. `term` is its short spelling, `name` what reasons and phrases call it.

    `fact` says what is known for it of a use, and from where; None if nothing is. `words` has, by
    language and key, the phrases of an operand that is not Faifo's own: `NAME.OPERATOR.holds`,
    `NAME.OPERATOR.fails` with the facts `given` and `right`, and `terms.SETTING` with `names` (an
    instant: `moment`). `declared`: its value is chosen by who asks, out of those in the policy.
    `counted`: its fact is made by counting the access itself. `proven`: it is known of a caller.
    `on_demand`: its fact is looked up only for a policy that asks for it.
    """

    types: ClassVar[tuple[str, ...]]
    kind: ClassVar[str]

    term: str
    name: str
    operators: tuple[str, ...]
    fact: Callable[[Use], Fact | None]
    source: str
    settings: tuple[Setting, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    declared: bool = False
    counted: bool = False
    proven: bool = True
    on_demand: bool = False

    @abstractmethod
    def read(self, operator: str, right: Any) -> Any:
        """Return the value of a right operand; ValueError if it is not understood."""

    @abstractmethod
    def test(self, operator: str, value: Any) -> Callable[[Any], Truth]:
        """Return what tells whether a fact's value satisfies; None for a value of another kind."""

    @abstractmethod
    def implies(self, operator: str, mine: Any, wider: str, theirs: Any) -> bool:
        """Tell whether one always means the other. "No" only means that it is not shown here."""

    @abstractmethod
    def text(self, value: Any) -> str:
        """Return a right operand in one spelling."""

    @abstractmethod
    def given(self, value: Any) -> str:
        """Return a fact's value for a sentence."""

    def asked_again(self, value: Any, agreed: datetime | None = None) -> datetime | None:  # noqa: ARG002
        """Return when the answer may change by time alone; None: only if the fact changes."""
        return None

    def chosen(self, constraint: Constraint) -> tuple[str, ...]:
        """Return the values among which who asks declares one."""
        if not self.declared or constraint.operator not in WITHIN:
            return ()
        return tuple(sorted(constraint.value))


class Ordered(Operand):
    """Values of which each is before, after or the same as another."""

    def implies(self, operator: str, mine: Any, wider: str, theirs: Any) -> bool:
        if operator == "eq":
            return COMPARE[wider](mine, theirs)
        if wider == "neq":
            return bool(
                {
                    "neq": mine == theirs,
                    "lt": mine <= theirs,
                    "lteq": mine < theirs,
                    "gt": mine >= theirs,
                    "gteq": mine > theirs,
                }[operator]
            )
        if wider in {"lt", "lteq"} and operator in {"lt", "lteq"}:
            return bool(mine < theirs or (mine == theirs and (operator, wider) != ("lteq", "lt")))
        if wider in {"gt", "gteq"} and operator in {"gt", "gteq"}:
            return bool(mine > theirs or (mine == theirs and (operator, wider) != ("gteq", "gt")))
        return False


class Instants(Ordered):
    """Points in time, in order. Right operands are xsd:dateTime with a zone."""

    types = ("xsd:dateTime", "http://www.w3.org/2001/XMLSchema#dateTime")
    kind = "date and time"

    def read(self, operator: str, right: Any) -> datetime:  # noqa: ARG002
        return read_instant(literal(right, self.types))

    def test(self, operator: str, value: datetime) -> Callable[[Any], Truth]:
        compare = COMPARE[operator]

        def holds(given: Any) -> Truth:
            if not isinstance(given, datetime) or given.tzinfo is None:
                return None
            return compare(given, value)

        return holds

    def text(self, value: datetime) -> str:
        return instant_text(value)

    def given(self, value: datetime) -> str:
        return instant_text(value)

    def asked_again(self, value: datetime, agreed: datetime | None = None) -> datetime | None:  # noqa: ARG002
        return value + TICK if value < value.max.replace(tzinfo=value.tzinfo) else None


class Closed(frozenset[str]):
    """What lies within a term of a vocabulary, and the term that was said."""

    said: str

    def __new__(cls, said: str, members: frozenset[str]) -> Closed:
        made = super().__new__(cls, members)
        made.said = said
        return made


class Texts(Operand):
    """One of a set of texts, or none of it; a fact may be a text, or several (`Several`)."""

    types = ("xsd:string", "http://www.w3.org/2001/XMLSchema#string")
    kind = "text"

    def read(self, operator: str, right: Any) -> frozenset[str]:
        found = literals(right, self.types, many=operator in MANY_VALUES)
        return frozenset(map(composed, found))

    def test(self, operator: str, value: frozenset[str]) -> Callable[[Any], Truth]:
        wanted = operator in WITHIN

        def holds(given: Any) -> Truth:
            return (composed(given) in value) is wanted if isinstance(given, str) else None

        return holds

    def implies(self, operator: str, mine: Any, wider: str, theirs: Any) -> bool:
        if operator in WITHIN:
            return mine <= theirs if wider in WITHIN else bool(mine.isdisjoint(theirs))
        return wider not in WITHIN and theirs <= mine

    def text(self, value: Any) -> str:
        return value.said if isinstance(value, Closed) else ", ".join(sorted(value))

    def given(self, value: Any) -> str:
        return shown(value)


class Several(Texts):
    """Several texts at once or none: what is lacking proves nothing, so nothing is excluded."""

    kind = "texts"

    def test(self, operator: str, value: frozenset[str]) -> Callable[[Any], Truth]:
        every = operator == "isAllOf"

        def holds(given: Any) -> Truth:
            if not isinstance(given, tuple):
                return None
            return value.issubset(given) if every else not value.isdisjoint(given)

        return holds

    def implies(self, operator: str, mine: Any, wider: str, theirs: Any) -> bool:
        if operator == "isAllOf":
            return bool(theirs <= mine if wider == "isAllOf" else not theirs.isdisjoint(mine))
        if wider == "isAllOf":
            return len(mine) == 1 and bool(theirs <= mine)
        return bool(mine <= theirs)

    def given(self, value: Any) -> str:
        return shown(", ".join(value) or "-")
