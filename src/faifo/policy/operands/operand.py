"""What a left operand is to the rules: one declaration, from which everything else is made.

Reading and judging, the terms of a publisher, the columns of a manifest, the options of `publish`,
the words of a reason and the documentation's table all come from it.
"""

from __future__ import annotations

import operator as comparisons
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, ClassVar, Final

from faifo.folding import composed
from faifo.instants import instant_text, read_instant
from faifo.policy.decision import shown
from faifo.policy.model import Constraint, Fact, Truth, Use
from faifo.policy.spelling import MANY_VALUES, literal, literals

ORDER: Final = ("eq", "neq", "gt", "gteq", "lt", "lteq")
SETS: Final = ("eq", "neq", "isAnyOf", "isNoneOf")
WITHIN: Final = ("eq", "isAnyOf")
TICK: Final = timedelta(microseconds=1)
ANY_OTHER: Final = "\x00"
"""Stands for every text that is not named."""
MAX_SUBSETS: Final = 6
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
    `on_demand`: its fact is looked up only for a policy that asks for it. `nested`: what two names
    mean may overlap, also where the vocabulary does not say so. `booked`: its fact stands in the
    node's books and may change between two accesses. `of_duties`: it is declared there alone.
    """

    types: ClassVar[tuple[str, ...]]
    kind: ClassVar[str]
    nested: ClassVar[bool] = False

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
    booked: bool = False
    of_duties: bool = False

    @abstractmethod
    def read(self, operator: str, right: Any) -> Any:
        """Return the value of a right operand; ValueError if it is not understood."""

    @abstractmethod
    def test(self, operator: str, value: Any) -> Callable[[Any], Truth]:
        """Return what tells whether a fact's value satisfies; None for a value of another kind."""

    @abstractmethod
    def text(self, value: Any) -> str:
        """Return a right operand in one spelling."""

    @abstractmethod
    def given(self, value: Any) -> str:
        """Return a fact's value for a sentence."""

    def tried(self, parts: Sequence[Constraint]) -> Iterable[Any] | None:  # noqa: ARG002
        """Return facts' values, one at least of each kind that `parts` tell apart; None: unknown.

        Whoever tests in another way must say so here, too: conclusions are drawn from it.
        """
        return None

    def asked_again(self, value: Any, use: Use) -> datetime | None:  # noqa: ARG002
        """Return when the answer may change by time alone; None: only if the fact changes."""
        return None

    def asks_each(self, value: Any) -> bool:  # noqa: ARG002
        """Tell whether a person must agree to each access."""
        return False

    def chosen(self, constraint: Constraint) -> tuple[str, ...]:
        """Return the values among which who asks declares one."""
        if not self.declared or constraint.operator not in WITHIN:
            return ()
        return tuple(sorted(constraint.value))


class Ordered(Operand):
    """Values of which each is before, after or the same as another.

    `step` is the smallest that lies between two, and `least` the smallest of all, where known.
    `timed`: they are points in time, and not amounts.
    """

    timed: ClassVar[bool] = False
    step: ClassVar[Any] = None
    least: ClassVar[Any] = None

    def tried(self, parts: Sequence[Constraint]) -> Iterable[Any] | None:
        return None if self.step is None else {one for p in parts for one in self.near(p.value)}

    def near(self, value: Any) -> Iterator[Any]:
        """Yield the value, and those next to it."""
        yield value
        for move in (comparisons.add, comparisons.sub):
            with suppress(OverflowError):
                beside = move(value, self.step)
                if self.least is None or beside >= self.least:
                    yield beside


class Instants(Ordered):
    """Points in time, in order. Right operands are xsd:dateTime with a zone."""

    types = ("xsd:dateTime", "http://www.w3.org/2001/XMLSchema#dateTime")
    kind = "date and time"
    timed = True
    step = TICK

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

    def asked_again(self, value: datetime, use: Use) -> datetime | None:  # noqa: ARG002
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

    def tried(self, parts: Sequence[Constraint]) -> Iterable[Any] | None:
        return {ANY_OTHER}.union(*(part.value for part in parts))

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

    def tried(self, parts: Sequence[Constraint]) -> Iterable[Any] | None:
        values = [tuple(sorted(part.value)) for part in parts]
        named = sorted({one for value in values for one in value})
        if len(named) <= MAX_SUBSETS:
            return [some for size in range(len(named) + 1) for some in combinations(named, size)]
        # More texts never satisfy less, so for two conditions the smallest and the largest suffice.
        return [(), *((one,) for one in named), *values, tuple(named)] if len(parts) < 3 else None

    def given(self, value: Any) -> str:
        return shown(", ".join(value) or "-")
