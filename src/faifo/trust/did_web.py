"""did:web names and the URLs they stand for.

Every DID that passes here leads to exactly one URL, whose host is a name of DNS letters and never
an IP address in any spelling, and whose path holds no percent-encoding and no dot segments.
Spec: did:web Method Specification §2 and §3.2 (dsp-dcp.md 3.2).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NoReturn
from urllib.parse import urlsplit

from faifo.errors import MalformedMessageError
from faifo.phrases import Phrase

MAX_DID_CHARACTERS: Final = 1024
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}\Z")
_SEGMENT: Final = re.compile(r"[A-Za-z0-9._-]+\Z")
_NUMBER: Final = re.compile(r"([0-9]+|0[xX][0-9A-Fa-f]*)\Z")


def did_web_url(did: str, *, allow_http: bool) -> str:
    """Return the URL of the DID document of `did`: `https`, or `http` when that is allowed.

    Raises:
        MalformedMessageError: `did` is no did:web name, or one with an IP address or a trick.
    """
    path = "" if _parts(did)[1] else "/.well-known"
    return f"{'http' if allow_http else 'https'}://{did_web_place(did)}{path}/did.json"


def did_web_place(did: str) -> str:
    """Return `host[:port]` and path of what `did` is the name of; raises as `did_web_url`."""
    host_port, segments = _parts(did)
    return "/".join((host_port, *segments))


def did_web(host_port: str, path: str = "") -> str:
    """Return the DID for `host[:port]` and a path such as `/a/b`; raises as `did_web_url`."""
    host, colon, port = host_port.partition(":")
    tail = path.strip("/").replace("/", ":")
    did = f"did:web:{host}{'%3A' if colon else ''}{port}{':' if tail else ''}{tail}"
    _parts(did)
    return did


def node_url(url: str) -> str:
    """Return `url` as a node is named by it: equal URLs are one, but DIDs are compared as texts.

    Spec: RFC 3986 §6.2.2.1 (a host in small letters) and §6.2.3 (no port that the scheme has);
    RFC 3490 §4 (a host in other letters, as names in Viet Nam and Korea are).

    Raises:
        ValueError: not a URL, or a host that no name can be.
    """
    parts = urlsplit(url)
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    place = parts.netloc.lower().removesuffix(port)
    place = place if place.isascii() else place.encode("idna").decode()
    return parts._replace(netloc=place).geturl()


def did_of_node_url(url: str, *, as_spelt: bool = False) -> str:
    """Return the DID of the node whose base URL, or DID document, is at `url`.

    https://host:port/prefix gives did:web:host%3Aport:prefix.
    A DID has no scheme: http and https give the same one.
    `as_spelt` is for a node's own URL, whose DID must stay what it is.

    Raises:
        MalformedMessageError: not an http(s) URL, with user info, query or fragment, or a bad host.
    """
    try:
        parts = urlsplit(url if as_spelt else node_url(url))
    except ValueError:
        _refuse(url, "no-url")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        _refuse(url, "no-http")
    if "@" in parts.netloc:
        _refuse(url, "user-info")
    if "?" in url or "#" in url:
        _refuse(url, "query")
    if ":" in parts.path:
        _refuse(url, "colon")
    path = parts.path
    if path.endswith("/did.json"):
        path = path.removesuffix("/did.json").removesuffix("/.well-known")
    return did_web(parts.netloc, path)


@lru_cache(maxsize=512)
def _parts(did: str) -> tuple[str, tuple[str, ...]]:
    if len(did) > MAX_DID_CHARACTERS:
        _refuse(did, "long", most=MAX_DID_CHARACTERS)
    if not did.startswith("did:web:"):
        _refuse(did, "no-name")
    encoded, *segments = did.removeprefix("did:web:").split(":")
    host, port = _host_and_port(did, encoded)
    _check_host(did, host)
    for segment in segments:
        if not _SEGMENT.match(segment) or segment in {".", ".."}:
            _refuse(did, "segment", segment=segment[:60])
    return (f"{host}:{port}" if port else host), tuple(segments)


def _host_and_port(did: str, encoded: str) -> tuple[str, str]:
    pieces = re.split("%3[Aa]", encoded)
    if len(pieces) > 2:
        _refuse(did, "ports")
    host = pieces[0]
    if "%" in host:
        _refuse(did, "encoded")
    if len(pieces) == 1:
        return host, ""
    port = pieces[1]
    if not _PORT.match(port) or int(port) > 65535:
        _refuse(did, "port", port=port[:20])
    return host, port


def _check_host(did: str, host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        _refuse(did, "host", host=host[:60])
    # A last label that is a number makes the whole an IPv4 address for URL parsers, in decimal,
    # hexadecimal or octal and with one to four parts (WHATWG URL §3.5, "ends in a number").
    if _NUMBER.match(labels[-1]):
        _refuse(did, "ip")


def _refuse(name: str, reason: str, **facts: object) -> NoReturn:
    what = Phrase(f"errors.told.did-web.{reason}", name=name[:120], **facts)
    raise MalformedMessageError(what=what, expected=Phrase("errors.told.did-web.wanted"))
