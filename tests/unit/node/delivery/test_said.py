from __future__ import annotations

import json
from typing import Any

import pytest

from faifo.node.delivery.said import names, state_in, unknown

SHOWN = {"@type": "TransferProcess", "providerPid": "p", "consumerPid": "c", "state": "STARTED"}
NAMESPACE = "https://w3id.org/dspace/2025/1/"
EXPANDED = {
    f"{NAMESPACE}providerPid": [{"@id": "p"}],
    f"{NAMESPACE}consumerPid": [{"@id": "c"}],
    f"{NAMESPACE}state": [{"@id": f"{NAMESPACE}STARTED"}],
}


@pytest.mark.parametrize("body", [SHOWN, [SHOWN], {"@graph": [SHOWN]}, EXPANDED, [EXPANDED]])
def test_a_process_is_known_in_each_of_its_forms(body: Any) -> None:
    answer = json.dumps(body).encode()
    assert names("c", answer)
    assert not names("other", answer)
    assert state_in("c", answer) == "STARTED"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"@type": "TransferError", "code": "x"}, True),
        ({"@type": [f"{NAMESPACE}TransferError"]}, True),
        ({"@type": "dspace:TransferError", "dspace:code": {"@value": "not-proven"}}, False),
        ({"title": "Not Found"}, False),
    ],
)
def test_an_error_is_known_in_each_of_its_forms(body: Any, told: bool) -> None:
    assert unknown(json.dumps(body).encode()) is told
