"""How old the oldest of the credentials is that the recipient has proven.

Not ODRL's: a name of Faifo's own, so that whoever does not know it refuses.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from faifo.instants import read_instant
from faifo.policy.model import Fact, Use
from faifo.policy.operands.credential import entries_of, named
from faifo.policy.operands.elapsed import Durations, after
from faifo.policy.operands.operand import Setting


def _oldest(use: Use) -> tuple[datetime, str] | None:
    """Return since when the oldest is valid, and which it is; None if one does not say."""
    try:
        since = [(read_instant(one.get("valid_from") or ""), named(one)) for one in entries_of(use)]
    except (ValueError, TypeError):
        return None
    return min(since, default=None)


def _age(use: Use) -> Fact | None:
    oldest = _oldest(use)
    if oldest is None:
        return None
    return Fact(value=max(use.at - oldest[0], timedelta(0)), provenance=oldest[1])


class Ages(Durations):
    """Lengths of time since a credential began."""

    def asked_again(self, value: Any, use: Use) -> datetime | None:
        oldest = _oldest(use)
        return after(oldest[0], value) if oldest else None


OPERAND = Ages(
    term="urn:faifo:odrl:credentialAge",
    name="credentialAge",
    operators=("lteq", "lt"),
    fact=_age,
    on_demand=True,
    source="the provider's clock, and since when the credentials that were presented are valid",
    settings=(
        Setting(
            name="credential_age",
            operators=("lteq",),
            option="--credential-age",
            help="Only with credentials that are at most so old, such as P365D.",
            metavar="DURATION",
        ),
    ),
)
