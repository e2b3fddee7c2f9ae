"""How often a stranger may come: so many at once, and then so many a minute; bounded memory."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Final

from faifo.bounded import Bounded

MOST_KNOWN: Final = 10_000


class Pace:
    """A bucket for each caller, and one for all together."""

    def __init__(self, *, burst: int, per_minute: float, all_per_minute: float) -> None:
        self._burst = burst
        self._rate = per_minute / 60
        self._all = all_per_minute
        self._all_rate = all_per_minute / 60
        self._buckets = Bounded[str, tuple[float, float]](MOST_KNOWN)
        self._together = (all_per_minute, 0.0)

    def admits(self, caller: str, now: float) -> bool:
        """Tell whether `caller` may come now, and count it; `now` in seconds that only grow."""
        name = _network(caller)
        left, since = self._buckets.get(name, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._rate)
        together, before = self._together
        together = min(self._all, together + (now - before) * self._all_rate)
        good = left >= 1 and together >= 1
        self._buckets[name] = (left - good, now)
        self._together = (together - good, now)
        return good


def _network(caller: str) -> str:
    """Return who counts as one: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        address = ip_address(caller)
    except ValueError:
        return caller[:100]
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(address.exploded)[:19]
    return str(address)
