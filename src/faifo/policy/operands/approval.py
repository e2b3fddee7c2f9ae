"""That a person of the provider has agreed: what is asked for waits until one decides.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from typing import Any, Final

from faifo.policy.model import Fact, Use
from faifo.policy.operands.operand import Setting, Texts

PERSON: Final = "person"
APPROVAL: Final = "urn:faifo:odrl:approval"


class Approvals(Texts):
    """By whom: so far only `person`."""

    def read(self, operator: str, right: Any) -> frozenset[str]:
        value = super().read(operator, right)
        if value != {PERSON}:
            raise ValueError("person is expected")
        return value


def _approved(use: Use) -> Fact | None:
    if use.agreed is not None:
        return Fact(value=PERSON, provenance="the agreement, which a person had agreed to")
    if use.approved:
        return Fact(value=PERSON, provenance=f"the review {use.approved} of this node")
    return None


OPERAND = Approvals(
    term=APPROVAL,
    name="approval",
    operators=("eq",),
    fact=_approved,
    on_demand=True,
    source="the reviews of the provider's node",
    proven=False,
    settings=(
        Setting(
            name="approval",
            operators=("eq",),
            option="--approval",
            help="Only after a person of this node has agreed to the request: --approval person.",
            metavar="person",
        ),
    ),
)
