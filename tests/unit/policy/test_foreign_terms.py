from __future__ import annotations

from typing import Any

import pytest

from faifo.policy.foreign_terms import foreign_terms, without_terms

USE = {"permission": [{"action": "use"}]}
KNOWN = {"leftOperand": "odrl:purpose", "operator": "eq", "rightOperand": "research"}
PLACE = {"leftOperand": "https://h/place", "operator": "eq", "rightOperand": "eu"}


def use(*constraints: Any, **more: Any) -> dict[str, Any]:
    return {"permission": [{"action": "odrl:use", "constraint": list(constraints), **more}]}


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        (USE, ()),
        ({**USE, "@id": "o", "@type": "Offer", "target": "d", "assigner": "a"}, ()),
        (use(KNOWN), ()),
        (use(PLACE), ("https://h/place",)),
        (use(KNOWN, {"or": [KNOWN, PLACE]}), ("https://h/place",)),
        (use({**KNOWN, "operator": "hasPart"}), ("purpose",)),
        (use({**KNOWN, "rightOperand": {"@value": "1", "@type": "xsd:integer"}}), ("purpose",)),
        ({**USE, "obligation": [{"action": "odrl:attribute"}]}, ("attribute",)),
        (use(duty=[{"action": "odrl:compensate"}]), ("compensate",)),
        ({**USE, "prohibition": [{"action": "odrl:distribute"}]}, ("distribute",)),
        ({**USE, "prohibition": [{"action": "use", "constraint": [KNOWN]}]}, ()),
        ({"permission": [{"action": "read"}]}, ("read",)),
        (use(remedy=5), ("remedy",)),
        ({**USE, "profile": "https://h/profile"}, ("profile",)),
        ({**USE, "permission": [{"action": 5}, 7]}, ("5", "7")),
    ],
)
def test_names(policy: dict[str, Any], names: tuple[str, ...]) -> None:
    assert foreign_terms(policy) == names


@pytest.mark.parametrize(
    ("policy", "accepted", "left"),
    [
        (use(KNOWN, PLACE), {"https://h/place"}, use(KNOWN)),
        (use(KNOWN, PLACE), {"attribute"}, use(KNOWN, PLACE)),
        ({**USE, "obligation": [{"action": "odrl:attribute"}]}, {"attribute"}, USE),
        ({**USE, "prohibition": [{"action": "odrl:distribute"}]}, {"distribute"}, USE),
        (use(duty=[{"action": "odrl:compensate"}]), {"compensate"}, use()),
        (use({"or": [KNOWN, PLACE]}), {"https://h/place"}, use({"or": [KNOWN, PLACE]})),
        ({**USE, "profile": "https://h/profile"}, {"profile"}, USE),
    ],
)
def test_what_is_accepted_is_not_judged(
    policy: dict[str, Any], accepted: set[str], left: dict[str, Any]
) -> None:
    assert without_terms(policy, accepted) == left
