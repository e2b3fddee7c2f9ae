from __future__ import annotations

from typing import Any

import msgspec
import pytest

from faifo.messages.dsp_2025_1.data_address import EDC, Endpoint, bearer_address, read_endpoint


def address(endpoint: str | None = None, **values: str) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in values.items()]
    return {"endpoint": endpoint, "endpointProperties": listed}


OWN = {f"{EDC}endpoint": "http://h/public", f"{EDC}authorization": "abc"}


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (address("http://h", authorization="abc"), Endpoint("http://h", "Bearer abc")),
        (address("http://h", authorization="Bearer abc"), Endpoint("http://h", "Bearer abc")),
        (address(**OWN), Endpoint("http://h/public", "abc")),
        (address(**{**OWN, f"{EDC}authType": "bearer"}), Endpoint("http://h/public", "abc")),
        (
            address(**{"edc:endpoint": "http://h", "edc:authorization": "abc"}),
            Endpoint("http://h", "abc"),
        ),
        (address("http://h"), None),
        (address(authorization="abc"), None),
        ({}, None),
    ],
)
def test_either_dialect_is_read(read: dict[str, Any], expected: Endpoint | None) -> None:
    assert read_endpoint(read) == expected


def test_what_is_written_says_both_and_is_read_as_the_standard_s() -> None:
    written = msgspec.to_builtins(bearer_address("http://h/data", "abc", {}))
    names = [item["name"] for item in written["endpointProperties"]]
    assert names[:2] == ["authorization", "authType"]
    assert {f"{EDC}endpoint", f"{EDC}authorization", f"{EDC}authType"} < set(names)
    assert read_endpoint(written) == Endpoint("http://h/data", "Bearer abc")
