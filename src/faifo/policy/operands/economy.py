"""Where the recipient's membership is from, as an ISO 3166-1 code.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from faifo.policy.model import Fact, Truth, Use
from faifo.policy.operands.credential import entries_of, named
from faifo.policy.operands.operand import SETS, WITHIN, Closed, Setting, Texts
from faifo.policy.vocabulary import members_of

MEMBERSHIP = "MembershipCredential"


def _economy(use: Use) -> Fact | None:
    economy = use.claims.get("economy")
    if not isinstance(economy, str) or not economy:
        return None
    members = [one for one in entries_of(use) if MEMBERSHIP in one.get("types", ())]
    source = named(members[-1]) if members else "written in this node's trust file"
    return Fact(value=economy, provenance=source)


class Economies(Texts):
    """Codes of economies; `isPartOf` a region of the vocabulary."""

    def read(self, operator: str, right: Any) -> frozenset[str]:
        found = super().read(operator, right)
        if operator != "isPartOf":
            return found
        (name,) = found
        members = members_of(name)
        if members is None:
            raise ValueError("no region of the vocabulary")
        return Closed(name.upper(), members)

    def test(self, operator: str, value: frozenset[str]) -> Callable[[Any], Truth]:
        return super().test("eq" if operator == "isPartOf" else operator, value)


OPERAND = Economies(
    term="urn:faifo:odrl:economy",
    name="economy",
    operators=(*SETS, "isPartOf"),
    fact=_economy,
    source="the membership credential, or the provider's trust file",
    settings=(
        Setting(
            name="economies",
            operators=WITHIN,
            option="--economy",
            help="Only for members of VN, CL, …; several times.",
        ),
        Setting(
            name="regions",
            operators=("isPartOf",),
            option="--region",
            help="Only for members of an economy in this region: ASEAN or EU.",
        ),
    ),
)
