"""Time since the agreement. Spec: ODRL Vocabulary 2.2 §3.9, elapsedTime (xsd:duration).

Before there is an agreement none has passed. Months and years differ in length: they are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from faifo.policy.model import Fact, Truth, Use
from faifo.policy.operands.operand import COMPARE, ORDER, TICK, Ordered, Setting
from faifo.policy.spelling import literal

ELAPSED: Final = "elapsedTime"
_DURATION: Final = re.compile(
    r"P(?:([0-9]{1,6})W|(?:([0-9]{1,6})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?"
    r"(?:([0-9]{1,9})S)?)?)\Z"
)


def read_duration(text: str) -> timedelta:
    """Return an xsd:duration of days, hours, minutes and seconds, or of weeks.

    Raises:
        ValueError: anything else, or nothing at all.
    """
    match = _DURATION.match(text)
    if match is None or not any(match.groups()) or text.endswith("T"):
        raise ValueError("a duration such as P30D or PT12H is expected")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def duration_text(span: timedelta) -> str:
    """Return a duration in its one spelling."""
    clock = span.seconds
    parts = [(clock // 3600, "H"), (clock // 60 % 60, "M"), (clock % 60, "S")]
    time = "".join(f"{number}{unit}" for number, unit in parts if number)
    days = f"{span.days}D" if span.days or not time else ""
    return f"P{days}" + (f"T{time}" if time else "")


class Durations(Ordered):
    """Lengths of time, in order."""

    types = ("xsd:duration", "http://www.w3.org/2001/XMLSchema#duration")
    kind = "duration"
    step = TICK
    least = timedelta(0)

    def read(self, operator: str, right: Any) -> timedelta:  # noqa: ARG002
        return read_duration(literal(right, self.types))

    def test(self, operator: str, value: timedelta) -> Callable[[Any], Truth]:
        compare = COMPARE[operator]
        return lambda given: compare(given, value) if isinstance(given, timedelta) else None

    def text(self, value: timedelta) -> str:
        return duration_text(value)

    def given(self, value: timedelta) -> str:
        return duration_text(value)

    def asked_again(self, value: timedelta, use: Use) -> datetime | None:
        return after(use.agreed, value)


def after(begin: datetime | None, span: timedelta) -> datetime | None:
    """Return the first moment that is more than `span` after `begin`."""
    try:
        return begin + span + TICK if begin else None
    except OverflowError:
        return None


def _elapsed(use: Use) -> Fact:
    if use.agreed is None:
        return Fact(value=timedelta(0), provenance="no agreement yet")
    passed = max(use.at - use.agreed, timedelta(0))
    return Fact(value=passed, provenance="this node's clock, and the agreement's date in its books")


OPERAND = Durations(
    term=ELAPSED,
    name="elapsedTime",
    operators=ORDER,
    fact=_elapsed,
    on_demand=True,
    source="the provider's clock, and when the agreement was concluded by its books",
    settings=(
        Setting(
            name="for_time",
            operators=("lteq",),
            option="--for",
            help="No use later than this after the agreement, such as P30D or PT12H.",
            metavar="DURATION",
        ),
    ),
)
