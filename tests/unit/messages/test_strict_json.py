from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faifo.errors import MalformedMessageError
from faifo.messages.strict_json import MAX_DEPTH, parse

NOT_JSON = "a body that is not JSON"
REFUSED = {
    "nothing": (b"", NOT_JSON),
    "two documents": (b"{} {}", NOT_JSON),
    "two byte order marks": (b"\xef\xbb\xbf\xef\xbb\xbf{}", NOT_JSON),
    "UTF-16": ('{"a":1}'.encode("utf-16"), NOT_JSON),
    "bytes that are not UTF-8": (b'{"a":"\xff"}', "a body that is not UTF-8; expected UTF-8"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "a body that is not UTF-8; expected UTF-8"),
    "a lone high surrogate": (rb'{"a":"\ud800"}', NOT_JSON),
    "a lone low surrogate": (rb'{"a":"\udc00"}', NOT_JSON),
    "a raw control character": (b'{"a":"\x01"}', NOT_JSON),
    "NaN": (b'{"a":NaN}', NOT_JSON),
    "Infinity": (b'{"a":-Infinity}', NOT_JSON),
    "a float that does not fit": (b'{"a":1e999}', NOT_JSON),
    "an integer of 5,000 digits": (b"9" * 5000, NOT_JSON),
    "a trailing comma": (b"[1,]", NOT_JSON),
    "a comment": (b"[1] // one", NOT_JSON),
    "33 levels": (
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        "nesting deeper than 32; expected at most 32 levels",
    ),
    "100,000 levels": (
        b"[" * 100_000 + b"]" * 100_000,
        "nesting deeper than 32; expected at most 32 levels",
    ),
    "33 levels of objects and arrays": (
        b'{"a":[' * 17 + b"]}" * 17,
        "nesting deeper than 32; expected at most 32 levels",
    ),
    "a member twice": (
        b'{"a":1,"b":2,"a":1}',
        "the member 'a' twice in one object; expected each member once",
    ),
    "a member twice, far inside": (
        b'{"x":[{"y":{"offer":"1","offer":"2"}}]}',
        "the member 'offer' twice in one object; expected each member once",
    ),
    "a member twice, once written with an escape": (
        rb'{"a":1,"\u0061":2}',
        "the member 'a' twice in one object; expected each member once",
    ),
    "a member twice beside an escaped quotation mark": (
        rb'{"a":"\"\"","a":"x"}',
        "the member 'a' twice in one object; expected each member once",
    ),
}


@pytest.mark.parametrize(("body", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        parse(body)
    assert str(refusal.value).startswith(sentence)


ACCEPTED: dict[str, tuple[bytes, Any]] = {
    "32 levels": (b"[" * 32 + b"]" * 32, None),
    "many brackets, few levels": (b"[" + b"[],{}," * 500 + b"[]]", None),
    "a string of brackets": (b'"' + b"[" * 100 + b'"', "[" * 100),
    "brackets in a string": (b'{"a":"' + b"[{" * 100 + b'"}', {"a": "[{" * 100}),
    "the same member in two objects": (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
    "a key that is also a value": (b'{"a":"a"}', {"a": "a"}),
    "a surrogate pair": (rb'"\ud83d\ude00"', "\U0001f600"),
    "an escaped quotation mark": (rb'{"a":"\"","b":"\\"}', {"a": '"', "b": "\\"}),
    "an escaped slash": (rb'{"a":"\/"}', {"a": "/"}),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
    "white space": (b' \n{ "a" :\t1 }\r\n', {"a": 1}),
}


@pytest.mark.parametrize(("body", "value"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(body: bytes, value: Any) -> None:
    parsed = parse(body)
    assert value is None or parsed == value


@given(st.binary(max_size=60))
@example(b'"')
@example(b'{"\\')
def test_bytes_give_a_value_or_one_error(body: bytes) -> None:
    refused = False
    try:
        value = parse(body)
    except MalformedMessageError:
        refused = True
        value = None
    assert refused or json.loads(body) == value


LEAVES = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_what_json_writes_is_read(value: Any, ascii_only: bool, indent: int | None) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()) == value


def as_pairs(value: Any, twice: list[str]) -> str:
    """Return JSON in which every object repeats its first member."""
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}:{as_pairs(inner, twice)}" for name, inner in value.items()]
        if members:
            twice.append(next(iter(value)))
            members.append(members[0])
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(as_pairs(inner, twice) for inner in value) + "]"
    return json.dumps(value)


@given(VALUES)
def test_a_repeated_member_is_always_found(value: Any) -> None:
    twice: list[str] = []
    body = as_pairs(value, twice).encode()
    if twice:
        with pytest.raises(MalformedMessageError):
            parse(body)
    else:
        assert parse(body) == value
