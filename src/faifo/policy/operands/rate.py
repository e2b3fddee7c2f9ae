"""How often it is used within an hour, under the agreement: hours of the clock, in UTC.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from faifo.policy.operands.numbers import Numbers, counted
from faifo.policy.operands.operand import Setting

OPERAND = Numbers(
    term="urn:faifo:odrl:usesPerHour",
    name="usesPerHour",
    operators=("lteq", "lt"),
    fact=counted("usesPerHour", 1),
    on_demand=True,
    source="the provider's counter of the agreement in this hour (UTC), this access included",
    counted=True,
    settings=(
        Setting(
            name="uses_per_hour",
            operators=("lteq",),
            option="--uses-per-hour",
            help="At most so many accesses in one hour under one agreement.",
            metavar="NUMBER",
        ),
    ),
)
