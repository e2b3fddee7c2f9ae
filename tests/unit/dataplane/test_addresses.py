from __future__ import annotations

import pytest

from faifo.dataplane.addresses import LOOPBACK, networks, refusal
from faifo.errors import SettingsError

HOSTILE = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "::1": "loopback",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:7f00:1": "loopback",
    "0.0.0.0": "unspecified",
    "::": "unspecified",
    "169.254.169.254": "link-local",
    "::ffff:169.254.169.254": "link-local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "192.168.1.1": "private",
    "fd00::1": "private",
    "fd00:ec2::254": "private",
    "fec0::1": "private",
    "100.64.0.1": "not-public",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "255.255.255.255": "private",
    "240.0.0.1": "private",
    "192.0.2.1": "private",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b::a9fe:a9fe": "link-local",
    "64:ff9b:1::7f00:1": "not-public",
    "2002:7f00:1::": "loopback",
    "2002:a00:1::": "private",
    "::127.0.0.1": "not-public",
    "192.88.99.1": "not-public",
    "localhost": "none",
    "2130706433": "none",
    "0x7f.1": "none",
    "0177.0.0.1": "none",
}


@pytest.mark.parametrize(("address", "reason"), HOSTILE.items(), ids=HOSTILE.keys())
def test_a_hostile_address_is_refused_with_its_reason(address: str, reason: str):
    assert refusal(address, ()) == reason


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(address: str):
    assert refusal(address, ()) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_an_allowed_network_is_allowed_also_in_its_mapped_form(address: str):
    assert refusal(address, networks(LOOPBACK)) is None


def test_an_allowed_network_opens_nothing_else():
    assert refusal("169.254.169.254", networks(LOOPBACK)) == "link-local"
    assert refusal("10.2.0.1", networks(("10.1.0.0/16",))) == "private"


def test_a_network_that_is_not_cidr_is_a_settings_error():
    with pytest.raises(SettingsError) as caught:
        networks(("10.0.0.1/8",))
    assert str(caught.value) == (
        "allowed network '10.0.0.1/8' cannot be read; "
        "expected CIDR notation such as 10.1.0.0/16 or fd00::/8"
    )
