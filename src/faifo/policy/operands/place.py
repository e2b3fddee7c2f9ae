"""Where something is done, as an ISO 3166-1 code. Spec: ODRL Vocabulary 2.2 §3.9, spatial.

No node sees where its partner processes what it has got, or where it passes it on to: a place
stands in duties, which are declared. Anywhere else it would be a condition that nobody ever meets.
"""

from __future__ import annotations

from typing import Final

from faifo.policy.model import Use
from faifo.policy.operands.economy import Economies
from faifo.policy.operands.operand import WITHIN

PLACE: Final = "spatial"


def _unseen(use: Use) -> None:  # noqa: ARG001
    return None


OPERAND = Economies(
    term=PLACE,
    name="place",
    operators=(*WITHIN, "isPartOf"),
    fact=_unseen,
    on_demand=True,
    of_duties=True,
    source="declared by who agrees; in duties alone",
)
