"""Which types of credentials the recipient has proven.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faifo.policy.model import Fact, Use
from faifo.policy.operands.operand import WITHIN, Setting, Several


def entries_of(use: Use) -> list[dict[str, Any]]:
    """Return what is kept of the credentials that were shown."""
    shown = use.evidence.get("credentials")
    return [one for one in shown if isinstance(one, dict)] if isinstance(shown, list) else []


def named(entry: Mapping[str, Any]) -> str:
    """Return the provenance of what a credential says."""
    return f"proven by credential {entry.get('id')} of {entry.get('issuer')}"


def _types(use: Use) -> Fact | None:
    if not isinstance(use.evidence.get("credentials"), list):
        return None
    entries = entries_of(use)
    types = tuple(sorted({name for one in entries for name in one.get("types", ())}))
    return Fact(value=types, provenance="; ".join(map(named, entries)) or "none was presented")


OPERAND = Several(
    term="urn:faifo:odrl:credential",
    name="credential",
    operators=(*WITHIN, "hasPart"),
    fact=_types,
    source="the credentials that were presented",
    settings=(
        Setting(
            name="credentials",
            operators=WITHIN,
            option="--require-credential",
            help="Only for who has proven such a credential; several times: one of them.",
            column="require_credentials",
            metavar="TYPE",
        ),
    ),
)
