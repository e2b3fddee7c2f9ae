"""Where the recipient's membership is from, as an ISO 3166-1 code.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from faifo.policy.model import Fact, Use
from faifo.policy.operands.credential import entries_of, named
from faifo.policy.operands.operand import SETS, WITHIN, Setting, Texts

MEMBERSHIP = "MembershipCredential"


def _economy(use: Use) -> Fact | None:
    economy = use.claims.get("economy")
    if not isinstance(economy, str) or not economy:
        return None
    members = [one for one in entries_of(use) if MEMBERSHIP in one.get("types", ())]
    source = named(members[-1]) if members else "written in this node's trust file"
    return Fact(value=economy, provenance=source)


OPERAND = Texts(
    term="urn:faifo:odrl:economy",
    name="economy",
    operators=SETS,
    fact=_economy,
    source="the membership credential, or the provider's trust file",
    settings=(
        Setting(
            name="economies",
            operators=WITHIN,
            option="--economy",
            help="Only for members of VN, CL, …; several times.",
        ),
    ),
)
