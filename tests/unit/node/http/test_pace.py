"""How often a stranger may come."""

from __future__ import annotations

from faifo.node.http.pages.pace import MOST_KNOWN, Pace


def test_a_burst_and_then_so_many_a_minute():
    pace = Pace(burst=3, per_minute=6, all_per_minute=1000)
    assert [pace.admits("192.0.2.1", 0.0) for _ in range(4)] == [True, True, True, False]
    assert not pace.admits("192.0.2.1", 9.0)
    assert pace.admits("192.0.2.1", 20.0)
    assert pace.admits("192.0.2.2", 20.0)


def test_a_network_of_ipv6_counts_as_one_and_a_mapped_address_does_not():
    pace = Pace(burst=1, per_minute=1, all_per_minute=1000)
    assert pace.admits("2001:db8::1", 0.0)
    assert not pace.admits("2001:db8::ffff:2", 0.0)
    assert pace.admits("2001:db8:0:1::1", 0.0)
    assert pace.admits("::ffff:192.0.2.1", 0.0)
    assert pace.admits("::ffff:192.0.2.2", 0.0)


def test_all_together_are_bounded_and_so_is_what_is_remembered():
    pace = Pace(burst=5, per_minute=5, all_per_minute=100)
    admitted = sum(pace.admits(f"10.0.{i // 250}.{i % 250}", 0.0) for i in range(500))
    assert admitted == 100
    for i in range(MOST_KNOWN + 50):
        pace.admits(str(i), 1.0)
    assert len(pace._buckets) == MOST_KNOWN
