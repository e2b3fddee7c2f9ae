"""Request targets: finding the transfer id, and joining the rest to a backend's base address.

What `join` returns is canonically encoded and can never leave the base address, also not after a
backend has decoded it a second time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from faifo.errors import Fact, MalformedMessageError
from faifo.phrases import Phrase

# RFC 3986 §3.3 pchar, without the percent sign.
_PCHAR_BEYOND_UNRESERVED = "!$&'()*+,;=:@"
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+/?", re.ASCII)
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_FORBIDDEN = re.compile(rb"[/\\\x00-\x1f\x7f]")
_QUERY = re.compile(r"[!-~]*", re.ASCII)
_DOTS = {b".", b".."}


class Target(NamedTuple):
    """`prefix` is the raw path up to and including the transfer id; `path` is what follows."""

    transfer_id: str
    prefix: str
    path: str


def split_target(raw_path: str, mount: str) -> Target | None:
    """Return the parts of `<mount>/<transfer id><path>`, or None if it is not one."""
    if not raw_path.startswith(mount + "/"):
        return None
    segment, slash, rest = raw_path[len(mount) + 1 :].partition("/")
    transfer_id = _transfer_id(segment)
    return Target(transfer_id, f"{mount}/{segment}", slash + rest) if transfer_id else None


@lru_cache(maxsize=1024)
def _transfer_id(segment: str) -> str:
    """Return what a segment of a path names; "" if it names nothing."""
    if _BAD_ESCAPE.search(segment.encode()):
        return ""
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        return ""


def join(base_url: str, path: str, query: str) -> str:
    """Return the backend's address for `path` (raw, `""` or starting with a slash) and `query`.

    Raises:
        MalformedMessageError: the path would leave `base_url`, or could be read so by a backend.
    """
    if path and not _PLAIN_PATH.fullmatch(path):
        path = _canonical(path)
    if query:
        if not _QUERY.fullmatch(query) or "#" in query:
            raise _refusal(Phrase("errors.told.data.query-characters"))
        query = "?" + query
    if not path:
        return base_url + query
    return base_url.rstrip("/") + path + query


def _canonical(path: str) -> str:
    if path.startswith("//"):
        raise _refusal(Phrase("errors.told.data.two-slashes"))
    if not path.startswith("/"):
        raise _refusal(Phrase("errors.told.data.no-slash"))
    return "/" + "/".join(_segment(segment) for segment in path[1:].split("/"))


def _segment(segment: str) -> str:
    try:
        raw = segment.encode("ascii")
    except UnicodeEncodeError:
        raise _refusal(Phrase("errors.told.data.not-ascii")) from None
    if _BAD_ESCAPE.search(raw):
        raise _refusal(Phrase("errors.told.data.percent"))
    decoded = unquote_to_bytes(raw)
    # A backend may decode twice, and Java servers cut off what follows a semicolon.
    for reading in (decoded, unquote_to_bytes(decoded)):
        if _FORBIDDEN.search(reading):
            raise _refusal(Phrase("errors.told.data.encoded-slash"))
        if reading.partition(b";")[0] in _DOTS:
            raise _refusal(Phrase("errors.told.data.dots"))
    try:
        decoded.decode()
    except UnicodeDecodeError:
        raise _refusal(Phrase("errors.told.data.not-utf8")) from None
    return quote(decoded, safe=_PCHAR_BEYOND_UNRESERVED)


def _refusal(what: Fact) -> MalformedMessageError:
    return MalformedMessageError(what=what, expected=Phrase("errors.told.path.canonical"))
