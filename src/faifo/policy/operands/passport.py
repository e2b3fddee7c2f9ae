"""By which packs of AI evidence an AI passport of the recipient is accepted at the provider's node.

A right operand is the name of a pack, or `any`. The passport is that of what the recipient
publishes, such as the model that uses the data; the node must have judged it, and what it decided
must stand. Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from typing import Final

from faifo.policy.model import Fact, Use
from faifo.policy.operands.operand import WITHIN, Setting, Several

PASSPORT: Final = "urn:faifo:odrl:passport"
ANY: Final = "any"


def _accepted(use: Use) -> Fact:
    packs = (*use.passports, ANY) if use.passports else ()
    return Fact(value=packs, provenance="what this node decided about its passports")


OPERAND = Several(
    term=PASSPORT,
    name="passport",
    operators=WITHIN,
    fact=_accepted,
    on_demand=True,
    booked=True,
    source="the decisions of the provider's node about the recipient's AI passports",
    settings=(
        Setting(
            name="passports",
            operators=WITHIN,
            option="--require-passport",
            help="Only for who has an AI passport accepted here by this pack, or by any.",
            column="require_passports",
            metavar="PACK",
        ),
    ),
)
