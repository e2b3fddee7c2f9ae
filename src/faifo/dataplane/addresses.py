"""Which addresses outgoing calls may connect to; pure, and judged on addresses, never on names.

By default only public addresses. Everything that embeds an IPv4 address (mapped, 6to4, Teredo,
NAT64) is judged by that one too, since a router on the way would unwrap it.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from faifo.errors import SettingsError
from faifo.phrases import Phrase

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")

_NAT64: Final = IPv6Network("64:ff9b::/96")
# Ranges that ipaddress of Python 3.11 calls global and that are not for the public Internet:
# local-use NAT64 (RFC 8215), IPv4-compatible addresses (deprecated), 6to4 relays (RFC 7526).
_NOT_PUBLIC: Final = (
    IPv6Network("64:ff9b:1::/48"),
    IPv6Network("::/96"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.0.0.0/24"),
)


def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Return the networks that `texts` name in CIDR notation.

    Raises:
        SettingsError: one of them is not CIDR, or has bits set beyond its prefix.
    """
    found = []
    for text in texts:
        try:
            found.append(ip_network(text))
        except ValueError:
            raise SettingsError(
                what=Phrase("errors.told.network.unreadable", text=text),
                expected=Phrase("errors.told.network.cidr"),
            ) from None
    return tuple(found)


def refusal(address: str, allowed: tuple[Network, ...]) -> str | None:
    """Return why `address` may not be connected to (`errors.told.address`), or None if it may."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "none"
    for reading in _readings(ip):
        if not any(reading.version == net.version and reading in net for net in allowed):
            kind = _kind(reading)
            if kind is not None:
                return kind
    return None


def _readings(ip: Address) -> tuple[Address, ...]:
    if isinstance(ip, IPv4Address):
        return (ip,)
    if ip.ipv4_mapped is not None:
        return (ip.ipv4_mapped,)
    if ip in _NAT64:
        return (IPv4Address(int(ip) & 0xFFFF_FFFF),)
    if ip.sixtofour is not None:
        return (ip.sixtofour, ip)
    if ip.teredo is not None:
        return (*ip.teredo, ip)
    return (ip,)


def _kind(ip: Address) -> str | None:
    if ip.is_loopback:
        return "loopback"
    if ip.is_unspecified:
        return "unspecified"
    if ip.is_link_local:
        return "link-local"
    if ip.is_multicast:
        return "multicast"
    if any(ip in net for net in _NOT_PUBLIC):
        return "not-public"
    if ip.is_private or (isinstance(ip, IPv6Address) and ip.is_site_local):
        return "private"
    if not ip.is_global or ip.is_reserved:
        return "not-public"
    return None
