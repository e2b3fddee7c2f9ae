"""The operations of the management API, as a whole."""

from __future__ import annotations

from collections import Counter

from faifo.api import operations


def test_no_two_operations_share_a_method_and_a_path() -> None:
    places = Counter((method, one.path) for one in operations() for method in one.methods)
    assert [place for place, count in places.items() if count > 1] == []


def test_no_two_operations_share_a_name() -> None:
    names = Counter(one.name for one in operations())
    assert [name for name, count in names.items() if count > 1] == []
