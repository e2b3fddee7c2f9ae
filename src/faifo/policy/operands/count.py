"""How often it is used under the agreement. Spec: ODRL Vocabulary 2.2 §3.9, count.

A use is one access that is let through: a file that is fetched in three parts is three.
"""

from __future__ import annotations

from faifo.policy.operands.numbers import Numbers, counted
from faifo.policy.operands.operand import Setting

_OPERATORS = ("lteq", "lt")

OPERAND = Numbers(
    term="count",
    name="count",
    operators=_OPERATORS,
    fact=counted("count", 1),
    on_demand=True,
    source="the provider's counter of the agreement, this access included",
    counted=True,
    settings=(
        Setting(
            name="uses",
            operators=("lteq",),
            option="--uses",
            help="At most so many accesses under one agreement.",
            metavar="NUMBER",
        ),
    ),
)
