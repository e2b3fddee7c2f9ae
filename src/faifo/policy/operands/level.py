"""How sure it is who the recipient is: the highest `assuranceLevel` in its proven credentials.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses. What a level means
stands in what the issuer of the credential says of itself; terms may ask for the issuer, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from faifo.policy.model import Constraint, Fact, Truth, Use
from faifo.policy.operands.credential import entries_of, named
from faifo.policy.operands.operand import COMPARE, Ordered, Setting
from faifo.policy.spelling import literal

CLAIM: Final = "assuranceLevel"
LEVELS: Final = ("low", "substantial", "high")


class Levels(Ordered):
    """`low`, `substantial`, `high`, in this order."""

    types = ("xsd:string", "http://www.w3.org/2001/XMLSchema#string")
    kind = "low, substantial or high"

    def read(self, operator: str, right: Any) -> int:  # noqa: ARG002
        return LEVELS.index(literal(right, self.types))

    def test(self, operator: str, value: int) -> Callable[[Any], Truth]:
        compare = COMPARE[operator]
        return lambda given: compare(LEVELS.index(given), value) if given in LEVELS else None

    def tried(self, parts: Sequence[Constraint]) -> Iterable[Any] | None:  # noqa: ARG002
        return LEVELS

    def text(self, value: int) -> str:
        return LEVELS[value]

    def given(self, value: str) -> str:
        return value


def _level(use: Use) -> Fact | None:
    found = [
        (LEVELS.index(level), named(one))
        for one in entries_of(use)
        if (level := (one.get("claims") or {}).get(CLAIM)) in LEVELS
    ]
    return Fact(value=LEVELS[max(found)[0]], provenance=max(found)[1]) if found else None


OPERAND = Levels(
    term="urn:faifo:odrl:credentialLevel",
    name="credentialLevel",
    operators=("eq", "gteq"),
    fact=_level,
    on_demand=True,
    source="the claim assuranceLevel of the credentials that were presented",
    settings=(
        Setting(
            name="credential_level",
            operators=("gteq",),
            option="--credential-level",
            help="Only for who has proven this level at least: low, substantial or high.",
            metavar="LEVEL",
        ),
    ),
)
