from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.dataplane.paths import Target, join, split_target
from faifo.errors import MalformedMessageError

BASE = "http://backend:8080/api/v1"

JOINED = {
    "nothing after the transfer id": ("", "", BASE),
    "nothing but a query": ("", "a=1", BASE + "?a=1"),
    "a slash": ("/", "", BASE + "/"),
    "a plain path": ("/a/b.json", "", BASE + "/a/b.json"),
    "a closing slash": ("/a/", "", BASE + "/a/"),
    "an empty segment inside": ("/a//b", "", BASE + "/a//b"),
    "a space": ("/a%20b", "", BASE + "/a%20b"),
    "needless escapes": ("/%61%7Eb", "", BASE + "/a~b"),
    "an encoded question mark": ("/a%3Fb", "", BASE + "/a%3Fb"),
    "an encoded hash": ("/a%23b", "", BASE + "/a%23b"),
    "a percent sign": ("/100%25", "", BASE + "/100%25"),
    "three dots": ("/.../x", "", BASE + "/.../x"),
    "a hidden file": ("/.well-known/x", "", BASE + "/.well-known/x"),
    "Vietnamese": ("/H%E1%BB%99i", "", BASE + "/H%E1%BB%99i"),
    "a query with escapes": ("/a", "q=%2e%2e%2f&r=/../", BASE + "/a?q=%2e%2e%2f&r=/../"),
    "an at sign and a colon": ("/@evil:80/x", "", BASE + "/@evil:80/x"),
}


@pytest.mark.parametrize(("path", "query", "url"), JOINED.values(), ids=JOINED.keys())
def test_a_path_is_joined_canonically(path: str, query: str, url: str):
    assert join(BASE, path, query) == url


ATTACKS = {
    "dot dot": ("/../admin", "a dot segment in the path"),
    "dot dot at the end": ("/a/..", "a dot segment in the path"),
    "a dot": ("/./a", "a dot segment in the path"),
    "encoded dots": ("/%2e%2e/admin", "a dot segment in the path"),
    "half encoded dots": ("/.%2E/admin", "a dot segment in the path"),
    "doubly encoded dots": ("/%252e%252e/admin", "a dot segment in the path"),
    "dots before a semicolon": ("/..;/admin", "a dot segment in the path"),
    "encoded slash": (
        "/a%2fb",
        "an encoded slash, a backslash or a control character in the path",
    ),
    "doubly encoded slash": (
        "/a%252fb",
        "an encoded slash, a backslash or a control character in the path",
    ),
    "encoded backslash": (
        "/a%5cb",
        "an encoded slash, a backslash or a control character in the path",
    ),
    "backslash": (
        "/..\\admin",
        "an encoded slash, a backslash or a control character in the path",
    ),
    "null": ("/a%00", "an encoded slash, a backslash or a control character in the path"),
    "line end": ("/a%0d%0aX", "an encoded slash, a backslash or a control character in the path"),
    "two slashes in front": ("//evil.example/x", "a path that starts with two slashes"),
    "broken escape": ("/a%2", "a percent sign that begins no escape"),
    "overlong dots": ("/%c0%ae%c0%ae/x", "a path that is not UTF-8"),
    "outside ASCII": ("/ộ", "a character outside ASCII in the path"),
    "no slash": ("admin", "a path without a slash in front"),
}


@pytest.mark.parametrize(("path", "what"), ATTACKS.values(), ids=ATTACKS.keys())
def test_a_path_that_could_leave_the_base_is_refused(path: str, what: str):
    with pytest.raises(MalformedMessageError) as caught:
        join(BASE, path, "")
    assert str(caught.value) == (
        f"{what}; expected a canonical path below the address that was granted"
    )


@pytest.mark.parametrize("query", ["a b", "a\r\nX: y", "a#b", "ộ"])
def test_a_query_that_needs_encoding_is_refused(query: str):
    with pytest.raises(MalformedMessageError):
        join(BASE, "/a", query)


@given(st.text(alphabet="/.%2eEfFcC5\\;~aA0 ?#@:", max_size=24))
def test_whatever_is_joined_stays_below_the_base(tail: str):
    try:
        url = join(BASE, "/" + tail, "")
    except MalformedMessageError:
        return
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "backend:8080")
    assert parts.path.startswith("/api/v1/")
    assert not parts.query
    assert not parts.fragment
    for reading in (parts.path, unquote(parts.path), unquote(unquote(parts.path))):
        assert ".." not in reading.split("/")


TARGETS = {
    "an id alone": ("/data/t1", Target("t1", "/data/t1", "")),
    "an encoded id": (
        "/data/urn%3Auuid%3A1/x",
        Target("urn:uuid:1", "/data/urn%3Auuid%3A1", "/x"),
    ),
    "a path": ("/data/t1/a/b", Target("t1", "/data/t1", "/a/b")),
    "no id": ("/data/", None),
    "another mount": ("/database/t1", None),
    "broken escape": ("/data/t%", None),
    "an id that is not UTF-8": ("/data/%ff", None),
}


@pytest.mark.parametrize(("raw", "target"), TARGETS.values(), ids=TARGETS.keys())
def test_the_target_is_split(raw: str, target: Target | None):
    assert split_target(raw, "/data") == target
