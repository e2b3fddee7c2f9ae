"""Conditional and range requests for a representation that has one strong entity tag.

Order of evaluation: If-Match, If-None-Match, If-Range, Range (RFC 9110 §13.2.2); there is no
Last-Modified, so the date conditions never apply. Several ranges, or a Range that cannot be read,
are ignored as RFC 9110 §14.2 allows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from faifo.dataplane.headers import combined, one

if TYPE_CHECKING:
    from collections.abc import Sequence

_BYTES = re.compile(
    r"bytes[ \t]*=[ \t]*([0-9]{0,100})-([0-9]{0,100})[ \t]*", re.ASCII | re.IGNORECASE
)
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


class Unsatisfiable(Exception):  # noqa: N818 - a value of range reading
    """The range is well formed and lies outside the representation."""


class Plan(NamedTuple):
    """What to answer: 200, 206, 304, 412 or 416, and which bytes `[start, stop)`."""

    status: int
    start: int
    stop: int


def tag_of(digest: bytes) -> str:
    """Return the entity tag of what has this SHA-256."""
    return f'"sha256:{digest.hex()}"'


def plan(method: str, headers: Sequence[tuple[bytes, bytes]], *, etag: str, size: int) -> Plan:
    """Return what a GET or HEAD with `headers` gets from a representation of `size` bytes."""
    whole = Plan(200, 0, size)
    if (wanted := combined(headers, b"if-match")) is not None and not _matches(
        wanted, etag, strong=True
    ):
        return Plan(412, 0, 0)
    if (known := combined(headers, b"if-none-match")) is not None and _matches(
        known, etag, strong=False
    ):
        return Plan(304, 0, 0)
    asked = one(headers, b"range")
    # RFC 9110 §14.2: GET is the only method for which range handling is defined.
    if asked is None or method != "GET":
        return whole
    condition = combined(headers, b"if-range")
    if condition is not None and condition.strip() != etag:
        return whole
    try:
        span = byte_range(asked.decode("latin-1"), size)
    except Unsatisfiable:
        return Plan(416, 0, 0)
    return whole if span is None else Plan(206, *span)


def byte_range(value: str, size: int) -> tuple[int, int] | None:
    """Return the bytes `[start, stop)` that a Range field asks for, None if it is to be ignored.

    Raises:
        Unsatisfiable: none of the bytes exist.
    """
    match = _BYTES.fullmatch(value.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        if length == 0:
            raise Unsatisfiable
        # A suffix of nothing is all of nothing, and a 206 cannot name zero bytes.
        return (max(0, size - length), size) if size else None
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, min(size, int(last) + 1) if last else size


def _matches(value: str, etag: str, *, strong: bool) -> bool:
    if value.strip() == "*":
        return True
    return any(tag == etag and not (weak and strong) for weak, tag in _TAG.findall(value))
