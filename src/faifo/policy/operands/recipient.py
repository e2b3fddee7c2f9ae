"""Who uses it, as a DID. Spec: ODRL Vocabulary 2.2 §3.9, recipient."""

from __future__ import annotations

from faifo.policy.model import Fact, Use
from faifo.policy.operands.operand import SETS, WITHIN, Setting, Texts


def _who(use: Use) -> Fact:
    return Fact(value=use.who, provenance="proven by its self-issued token")


OPERAND = Texts(
    term="recipient",
    name="recipient",
    operators=SETS,
    fact=_who,
    source="the self-issued token",
    settings=(
        Setting(
            name="recipients",
            operators=WITHIN,
            option="--recipient",
            help="Only for this DID; several times.",
        ),
    ),
)
