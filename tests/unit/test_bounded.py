from __future__ import annotations

import pytest

from faifo.bounded import Bounded


@pytest.mark.parametrize(
    ("put", "kept"),
    [
        pytest.param("abc", "abc", id="room for all"),
        pytest.param("abcd", "bcd", id="the oldest goes"),
        pytest.param("abcad", "cad", id="putting again makes it the newest"),
        pytest.param("abcbbb", "acb", id="putting again takes nobody's place"),
    ],
)
def test_no_more_than_so_many_are_held(put: str, kept: str):
    held = Bounded[str, int](3)
    for number, key in enumerate(put):
        held[key] = number
    assert "".join(held) == kept
    assert held[put[-1]] == len(put) - 1
