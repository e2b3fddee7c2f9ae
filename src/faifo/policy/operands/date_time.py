"""When something is used. Spec: ODRL Vocabulary 2.2 §3.9, dateTime."""

from __future__ import annotations

from faifo.policy.model import Fact, Use
from faifo.policy.operands.operand import ORDER, Instants, Setting


def _now(use: Use) -> Fact:
    return Fact(value=use.at, provenance="this node's clock")


OPERAND = Instants(
    term="dateTime",
    name="dateTime",
    operators=ORDER,
    fact=_now,
    source="the provider's clock",
    settings=(
        Setting(
            name="not_before",
            operators=("gteq",),
            option="--not-before",
            help="No use before this date or time.",
        ),
        Setting(
            name="until",
            operators=("lteq",),
            option="--until",
            help="No use after this date (end of the day, UTC) or time.",
            end_of_day=True,
        ),
    ),
)
