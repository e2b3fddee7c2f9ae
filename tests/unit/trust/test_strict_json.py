from __future__ import annotations

from typing import Any

import pytest

from faifo.trust.strict_json import read_object


def test_an_object_is_read():
    assert read_object('{"ạ":[1,{"b":"\\ud83d\\ude00"}]}'.encode()) == {"ạ": [1, {"b": "😀"}]}


@pytest.mark.parametrize(
    "data",
    [b'{"a":{"b":1,"b":1}}', b'{"a":-Infinity}', b'"a"', b"", b'{"a":1}x', b'{"\\udfff":1}',
     b'{"a":' + b"1" * 5000 + b"}"],
)  # fmt: skip
def test_what_could_be_read_two_ways_is_refused(data: Any):
    with pytest.raises(ValueError):  # noqa: PT011
        read_object(data)
