from __future__ import annotations

from faifo.machines.role import Role


def test_each_party_has_the_other() -> None:
    assert Role.CONSUMER.other is Role.PROVIDER
    assert Role.PROVIDER.other is Role.CONSUMER
