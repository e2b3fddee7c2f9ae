"""Until when an agreement is in force, in the form of Eclipse EDC.

The right operand is an instant, or `contractAgreement+30d`: so long after the agreement, in s, m, h
or d. Spec: Eclipse EDC, contract validity policy (its own left operand, not ODRL's).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from faifo.instants import instant_text, read_instant
from faifo.policy.model import Constraint, Fact, Truth, Use
from faifo.policy.operands.elapsed import after, duration_text
from faifo.policy.operands.operand import COMPARE, ORDER, TICK, Instants, Ordered
from faifo.policy.spelling import IN_FORCE, literal

_RELATIVE: Final = re.compile(r"contract[Aa]greement\+([0-9]{1,9})([smhd])\Z")
AGREED: Final = "agreement + "
_BEGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class InForce(Ordered):
    """An instant, or a length of time after the agreement."""

    types = (*Instants.types, "xsd:string", "http://www.w3.org/2001/XMLSchema#string")
    kind = "date and time, or time since the agreement"
    timed = True
    step = TICK

    def read(self, operator: str, right: Any) -> datetime | timedelta:  # noqa: ARG002
        text = literal(right, self.types)
        match = _RELATIVE.match(text)
        if match is None:
            return read_instant(text)
        try:
            return timedelta(**{_UNITS[match[2]]: int(match[1])})
        except OverflowError:
            raise ValueError("too long") from None

    def test(self, operator: str, value: datetime | timedelta) -> Callable[[Any], Truth]:
        compare = COMPARE[operator]

        def holds(given: Any) -> Truth:
            if not isinstance(given, tuple) or len(given) != 2:
                return None
            now, agreed = given
            if isinstance(value, timedelta):
                return compare(now - agreed, value)
            return compare(now, value)

        return holds

    def tried(self, parts: Sequence[Constraint]) -> Iterable[Any] | None:
        values = [part.value for part in parts]
        if len({isinstance(value, timedelta) for value in values}) > 1:
            return None
        near = {one for value in values for one in self.near(value)}
        return [(_BEGIN + one if isinstance(one, timedelta) else one, _BEGIN) for one in near]

    def text(self, value: datetime | timedelta) -> str:
        if isinstance(value, timedelta):
            return f"{AGREED}{duration_text(value)}"
        return instant_text(value)

    def given(self, value: Any) -> str:
        return instant_text(value[0])

    def asked_again(self, value: datetime | timedelta, use: Use) -> datetime | None:
        if isinstance(value, timedelta):
            return after(use.agreed, value)
        return after(value, timedelta(0))


def _span(use: Use) -> Fact:
    source = "this node's clock, and the agreement's date in its books"
    return Fact(value=(use.at, use.agreed or use.at), provenance=source)


OPERAND = InForce(
    term=IN_FORCE,
    name="inForceDate",
    operators=ORDER,
    fact=_span,
    on_demand=True,
    source="the provider's clock, and when the agreement was concluded by its books",
)
