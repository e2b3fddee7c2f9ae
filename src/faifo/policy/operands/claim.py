"""What the recipient's proven credentials say, and who issued them.

A right operand is `TYPE`, `TYPE@ISSUER`, `TYPE/CLAIM=VALUE` or `TYPE/CLAIM=VALUE@ISSUER`. Not
ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from faifo.policy.model import Fact, Use
from faifo.policy.operands.credential import entries_of, named
from faifo.policy.operands.operand import WITHIN, Setting, Several


def _claims(use: Use) -> Fact | None:
    if not isinstance(use.evidence.get("credentials"), list):
        return None
    found: set[str] = set()
    entries = entries_of(use)
    for one in entries:
        for kind in one.get("types", ()):
            claims = one.get("claims") or {}
            said = [kind, *(f"{kind}/{name}={value}" for name, value in claims.items())]
            # Who issued it is not for the issuer to write into a value or a type.
            found.update(text for text in said if "@did:" not in text)
            found.update(f"{text}@{one.get('issuer')}" for text in said)
    source = "; ".join(map(named, entries)) or "none was presented"
    return Fact(value=tuple(sorted(found)), provenance=source)


OPERAND = Several(
    term="urn:faifo:odrl:claim",
    name="claim",
    operators=(*WITHIN, "isAllOf", "hasPart"),
    fact=_claims,
    on_demand=True,
    source="the credentials that were presented",
    settings=(
        Setting(
            name="claims",
            operators=("eq", "isAllOf"),
            option="--require-claim",
            help="Only for who has proven TYPE/CLAIM=VALUE[@ISSUER] or TYPE@ISSUER; several: all.",
            column="require_claims",
            metavar="CLAIM",
        ),
    ),
)
