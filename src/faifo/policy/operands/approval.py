"""That a person of the provider has agreed: what is asked for waits until one decides.

`person`: to the request. `each-use`: to the request, and then to each access.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from typing import Any, Final

from faifo.policy.model import Fact, Use
from faifo.policy.operands.operand import Closed, Setting, Texts

PERSON: Final = "person"
EACH_USE: Final = "each-use"
APPROVAL: Final = "urn:faifo:odrl:approval"


class Approvals(Texts):
    """To what a person has agreed; who has agreed to each use has agreed to the request."""

    def read(self, operator: str, right: Any) -> frozenset[str]:
        (said,) = super().read(operator, right)
        if said not in {PERSON, EACH_USE}:
            raise ValueError("person or each-use is expected")
        return Closed(said, frozenset({said, EACH_USE}))

    def asks_each(self, value: frozenset[str]) -> bool:
        return PERSON not in value


def _approved(use: Use) -> Fact | None:
    if use.approved:
        return Fact(value=EACH_USE, provenance=f"the review {use.approved} of this node")
    if use.agreed is None:
        return None
    # Of an access (not None) a person was asked, or not yet; of anything else it is not the time.
    value = EACH_USE if use.approved is None else PERSON
    return Fact(value=value, provenance="the agreement, which a person had agreed to")


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
            help="Only after a person of this node has agreed to the request (person) or, with it, "
            "to each access (each-use).",
            metavar="person|each-use",
        ),
    ),
)
