from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.dataplane.ranges import Plan, Unsatisfiable, byte_range, plan

TAG = '"sha256:ab"'
WHOLE = Plan(200, 0, 100)
NOTHING = Plan(412, 0, 0)
SAME = Plan(304, 0, 0)
OUTSIDE = Plan(416, 0, 0)

CASES = {
    "no condition": ([], WHOLE),
    "from to": ([("range", "bytes=10-19")], Plan(206, 10, 20)),
    "one byte": ([("range", "bytes=0-0")], Plan(206, 0, 1)),
    "from": ([("range", "bytes=50-")], Plan(206, 50, 100)),
    "the last ten": ([("range", "bytes=-10")], Plan(206, 90, 100)),
    "a suffix longer than the file": ([("range", "bytes=-1000")], Plan(206, 0, 100)),
    "beyond the end": ([("range", "bytes=90-1000")], Plan(206, 90, 100)),
    "the unit in capitals": ([("range", "Bytes=1-2")], Plan(206, 1, 3)),
    "starts at the end": ([("range", "bytes=100-")], OUTSIDE),
    "starts far beyond": ([("range", "bytes=" + "9" * 90 + "-")], OUTSIDE),
    "a suffix of nothing": ([("range", "bytes=-0")], OUTSIDE),
    "two ranges": ([("range", "bytes=0-1,5-6")], WHOLE),
    "two fields": ([("range", "bytes=0-1"), ("range", "bytes=5-6")], WHOLE),
    "last before first": ([("range", "bytes=5-1")], WHOLE),
    "no numbers": ([("range", "bytes=-")], WHOLE),
    "signs": ([("range", "bytes=+1-2")], WHOLE),
    "digits of another script": ([("range", "bytes=\u0661-")], WHOLE),
    "another unit": ([("range", "pages=1-2")], WHOLE),
    "more digits than anybody needs": ([("range", "bytes=" + "9" * 5000 + "-")], WHOLE),
    "if-range with the tag": ([("range", "bytes=0-1"), ("if-range", TAG)], Plan(206, 0, 2)),
    "if-range with another tag": ([("range", "bytes=0-1"), ("if-range", '"x"')], WHOLE),
    "if-range with a weak tag": ([("range", "bytes=0-1"), ("if-range", "W/" + TAG)], WHOLE),
    "if-range with a date": (
        [("range", "bytes=0-1"), ("if-range", "Sun, 22 Nov 2026 00:00:00 GMT")],
        WHOLE,
    ),
    "if-range twice": (
        [("range", "bytes=0-1"), ("if-range", TAG), ("if-range", TAG)],
        WHOLE,
    ),
    "if-none-match with the tag": ([("if-none-match", TAG)], SAME),
    "if-none-match with a weak tag": ([("if-none-match", "W/" + TAG)], SAME),
    "if-none-match with a list": ([("if-none-match", f'"x", {TAG}')], SAME),
    "if-none-match over two lines": ([("if-none-match", '"x"'), ("if-none-match", TAG)], SAME),
    "if-none-match with a star": ([("if-none-match", "*")], SAME),
    "if-none-match with another tag": ([("if-none-match", '"x"')], WHOLE),
    "if-none-match comes before range": (
        [("if-none-match", TAG), ("range", "bytes=200-")],
        SAME,
    ),
    "if-match with the tag": ([("if-match", TAG)], WHOLE),
    "if-match with a star": ([("if-match", "*")], WHOLE),
    "if-match with a weak tag": ([("if-match", "W/" + TAG)], NOTHING),
    "if-match with another tag": ([("if-match", '"x"')], NOTHING),
    "if-match comes before if-none-match": (
        [("if-match", '"x"'), ("if-none-match", TAG)],
        NOTHING,
    ),
    "dates do not apply": (
        [("if-modified-since", "Sun, 22 Nov 2026 00:00:00 GMT")],
        WHOLE,
    ),
}


@pytest.mark.parametrize(("headers", "expected"), CASES.values(), ids=CASES.keys())
def test_the_plan_for_a_get(headers: list[tuple[str, str]], expected: Plan):
    raw = [(name.encode(), value.encode("utf-8")) for name, value in headers]
    assert plan("GET", raw, etag=TAG, size=100) == expected


def test_a_range_means_nothing_for_head():
    assert plan("HEAD", [(b"range", b"bytes=0-1")], etag=TAG, size=100) == WHOLE


def test_an_empty_file_has_no_first_byte_and_its_suffix_is_the_whole():
    assert plan("GET", [(b"range", b"bytes=0-")], etag=TAG, size=0) == OUTSIDE
    assert plan("GET", [(b"range", b"bytes=-5")], etag=TAG, size=0) == Plan(200, 0, 0)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_a_satisfiable_range_equals_the_slice(first: int, last: int, size: int):
    data = bytes(i % 251 for i in range(size))
    try:
        span = byte_range(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert data[first : last + 1] == b""
        return
    if span is None:
        assert last < first
    else:
        assert data[span[0] : span[1]] == data[first : last + 1] != b""


@given(st.text(max_size=30))
def test_no_range_field_raises_anything_unexpected(value: str):
    try:
        span = byte_range(value, 100)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span[0] < span[1] <= 100
