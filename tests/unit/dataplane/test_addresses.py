from __future__ import annotations

import pytest

from faifo.dataplane.addresses import LOOPBACK, networks, refusal
from faifo.errors import SettingsError

HOSTILE = {
    "127.0.0.1": "a loopback address",
    "127.255.255.254": "a loopback address",
    "::1": "a loopback address",
    "::ffff:127.0.0.1": "a loopback address",
    "::ffff:7f00:1": "a loopback address",
    "0.0.0.0": "the unspecified address",
    "::": "the unspecified address",
    "169.254.169.254": "a link-local address",
    "::ffff:169.254.169.254": "a link-local address",
    "fe80::1": "a link-local address",
    "fe80::1%eth0": "a link-local address",
    "10.0.0.1": "a private address",
    "172.16.0.1": "a private address",
    "192.168.1.1": "a private address",
    "fd00::1": "a private address",
    "fd00:ec2::254": "a private address",
    "fec0::1": "a private address",
    "100.64.0.1": "not a public address",
    "224.0.0.1": "a multicast address",
    "ff02::1": "a multicast address",
    "255.255.255.255": "a private address",
    "240.0.0.1": "a private address",
    "192.0.2.1": "a private address",
    "64:ff9b::7f00:1": "a loopback address",
    "64:ff9b::a9fe:a9fe": "a link-local address",
    "64:ff9b:1::7f00:1": "not a public address",
    "2002:7f00:1::": "a loopback address",
    "2002:a00:1::": "a private address",
    "::127.0.0.1": "not a public address",
    "192.88.99.1": "not a public address",
    "localhost": "not an IP address",
    "2130706433": "not an IP address",
    "0x7f.1": "not an IP address",
    "0177.0.0.1": "not an IP address",
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
    assert refusal("169.254.169.254", networks(LOOPBACK)) == "a link-local address"
    assert refusal("10.2.0.1", networks(("10.1.0.0/16",))) == "a private address"


def test_a_network_that_is_not_cidr_is_a_settings_error():
    with pytest.raises(SettingsError) as caught:
        networks(("10.0.0.1/8",))
    assert str(caught.value) == (
        "allowed network '10.0.0.1/8' cannot be read; "
        "expected CIDR notation such as 10.1.0.0/16 or fd00::/8"
    )
