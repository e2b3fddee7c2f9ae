"""What for, as the consumer declares it in what it asks for. Spec: ODRL Vocabulary 2.2 §3.9."""

from __future__ import annotations

from faifo.policy.model import Fact, Use
from faifo.policy.operands.operand import SETS, WITHIN, Setting, Texts


def _declared(use: Use) -> Fact | None:
    if use.purpose is None:
        return None
    return Fact(value=use.purpose, provenance="declared by the consumer, in the policy")


OPERAND = Texts(
    term="purpose",
    name="purpose",
    operators=SETS,
    fact=_declared,
    source="declared by the consumer, in the policy",
    declared=True,
    settings=(
        Setting(
            name="purposes",
            operators=WITHIN,
            option="--purpose",
            help="Only for this purpose; several times.",
        ),
    ),
)
