"""How many bytes are handed out under the agreement.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses. The size of what is
asked for is reserved before the first byte; what was not sent of it is given back.
"""

from __future__ import annotations

from typing import Final

from faifo.policy.operands.numbers import Numbers, counted
from faifo.policy.operands.operand import Setting

BYTES: Final = "urn:faifo:odrl:bytes"

OPERAND = Numbers(
    term=BYTES,
    name="bytes",
    operators=("lteq", "lt"),
    fact=counted("bytes", 0),
    on_demand=True,
    source="the provider's counter of the agreement, with the size of what is asked for",
    counted=True,
    settings=(
        Setting(
            name="bytes",
            operators=("lteq",),
            option="--bytes",
            help="At most so many bytes under one agreement (files only).",
            metavar="NUMBER",
        ),
    ),
)
