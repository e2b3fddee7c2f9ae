"""For whom a proxy asks: X-Forwarded-For and X-Forwarded-Proto, from proxies that are trusted."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from faifo.dataplane.addresses import Network


@lru_cache(maxsize=4096)
def is_proxy(address: str, proxies: tuple[Network, ...]) -> bool:
    """Tell whether `address` is one of `proxies`."""
    if not proxies:
        return False
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in proxies)


def forwarded(
    headers: Sequence[tuple[bytes, bytes]], proxies: tuple[Network, ...]
) -> dict[str, Any]:
    """Return what a request's fields change of its scope: `client`, `scheme`.

    Each proxy adds whom it was asked by; the last of them that is no proxy of ours is the client.
    """
    found: dict[str, Any] = {}
    hosts: list[str] = []
    for name, value in headers:
        if name == b"x-forwarded-for":
            hosts += value.decode("latin-1").split(",")
        elif name == b"x-forwarded-proto" and value.strip() in {b"http", b"https"}:
            found["scheme"] = value.strip().decode()
    # Longer than any name, and it would be remembered.
    named = [_host_port(one.strip()[:255]) for one in hosts]
    outer = next((one for one in reversed(named) if not is_proxy(one[0], proxies)), None)
    if client := outer or (named[0] if named else None):
        found["client"] = client
    return {} if found.get("client", ("x",))[0] == "" else found


def _host_port(text: str) -> tuple[str, int]:
    """Return host and port (0 if there is none) of `host`, `host:port` or `[host]:port`."""
    if text.startswith("[") and "]" in text:
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
        if not port.isdecimal():
            return text, 0
    else:
        return text, 0
    return host, int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else 0
