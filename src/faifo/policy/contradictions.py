"""Policies that can never permit: said when they are published, not when everybody is refused.

What is found is certain: conditions of one permission that exclude each other, or a prohibition of
all use. Not finding anything proves nothing.
"""

from __future__ import annotations

from faifo.policy.actions import stands_against
from faifo.policy.model import Policy
from faifo.policy.relating import together


def never(policy: Policy) -> str | None:
    """Return the place of what makes that `policy` never permits a use; None if nothing is seen."""
    for number, rule in enumerate(policy.prohibitions):
        if stands_against(rule.action, "use") and not rule.parts:
            return f"$.prohibition[{number}]"
    if policy.permissions and all(together(rule.parts) is False for rule in policy.permissions):
        return "$.permission[0].constraint"
    return None
