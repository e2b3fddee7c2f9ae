from __future__ import annotations

from typing import Any

import pytest

from faifo.dataplane.addresses import networks
from faifo.dataplane.forwarded import forwarded, is_proxy

PROXIES = networks(("10.0.0.0/8", "fd00::/8"))
FOR, PROTO = b"x-forwarded-for", b"x-forwarded-proto"

SAID: list[tuple[list[tuple[bytes, bytes]], dict[str, Any]]] = [
    ([], {}),
    ([(FOR, b"1.2.3.4")], {"client": ("1.2.3.4", 0)}),
    ([(FOR, b"9.9.9.9, 1.2.3.4, 10.0.0.2")], {"client": ("1.2.3.4", 0)}),
    ([(FOR, b"9.9.9.9"), (FOR, b"1.2.3.4:55, 10.1.1.1")], {"client": ("1.2.3.4", 55)}),
    ([(FOR, b"[2001:db8::1]:443, fd00::9")], {"client": ("2001:db8::1", 443)}),
    ([(FOR, b"10.0.0.3, 10.0.0.2")], {"client": ("10.0.0.3", 0)}),
    ([(FOR, b"")], {}),
    ([(FOR, b"1.2.3.4:http")], {"client": ("1.2.3.4:http", 0)}),
    ([(PROTO, b" https ")], {"scheme": "https"}),
    ([(PROTO, b"gopher")], {}),
]


@pytest.mark.parametrize(("fields", "found"), SAID)
def test_the_last_that_is_no_proxy_of_ours_is_the_client(
    fields: list[tuple[bytes, bytes]], found: dict[str, Any]
) -> None:
    assert forwarded(fields, PROXIES) == found


@pytest.mark.parametrize(
    ("address", "trusted"),
    [("10.2.3.4", True), ("11.2.3.4", False), ("fd00::1", True), ("", False)],
)
def test_only_networks_that_are_named_are_trusted(address: str, *, trusted: bool) -> None:
    assert is_proxy(address, PROXIES) is trusted
    assert not is_proxy(address, ())
