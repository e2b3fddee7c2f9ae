"""Where data is pushed to, and how: under the standard's names and under EDC's.

DSP 2025-1 §9.2.1 has the consumer name an address in its request. Eclipse EDC reads the members of
its HttpData sink from the properties instead, under IRIs of its own. What is sent holds both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from faifo.messages.dsp_2025_1.data_address import EDC, http_address
from faifo.messages.dsp_2025_1.transfer import DataAddress

EDC_TYPE: Final = "HttpData"
METHODS: Final = frozenset({"POST", "PUT"})
TOO_LONG: Final = 8192
# Fields that say how a message travels; who receives it does not choose them (RFC 9110 §7.6).
_NEVER: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "upload-complete",
        "upload-offset",
    }
)
_HEADER: Final = "header:"


class PushTarget(NamedTuple):
    """`headers` hold secrets; a body is sent to `url` with `method`."""

    url: str
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"PushTarget(method={self.method!r}, headers=<{len(self.headers)} hidden>)"


def push_address(url: str, authorization: str | None, method: str = "POST") -> DataAddress:
    """Return the address of `url`, with the value of the `Authorization` field to send there."""
    values = {f"{EDC}type": EDC_TYPE, f"{EDC}baseUrl": url, f"{EDC}method": method}
    if authorization:
        scheme, _, token = authorization.partition(" ")
        bearer = scheme.lower() == "bearer" and token
        values["authorization"] = token if bearer else authorization
        if bearer:
            values["authType"] = "bearer"
        values |= {f"{EDC}authKey": "Authorization", f"{EDC}authCode": authorization}
    return http_address(url, values)


def read_push_target(address: Mapping[str, Any] | None) -> PushTarget | None:
    """Return where an address wants data pushed, or None if it does not say so plainly."""
    if address is None:
        return None
    given = {str(one["name"]): str(one["value"]) for one in address.get("endpointProperties") or ()}
    own = {
        name.removeprefix(EDC).removeprefix("edc:"): value
        for name, value in given.items()
        if name.startswith((EDC, "edc:"))
    }
    values = {**given, **own}
    url = address.get("endpoint") or given.get("endpoint") or values.get("baseUrl")
    if not isinstance(url, str) or not is_web_address(url):
        return None
    url = _joined(url, values.get("path"), values.get("queryParams"))
    method = values.get("method", "POST").upper()
    headers = _headers(given, own)
    if method not in METHODS or headers is None:
        return None
    return PushTarget(url, method, tuple(headers.items()))


def _headers(given: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for name, value in own.items():
        if name.startswith(_HEADER):
            found[name.removeprefix(_HEADER)] = value
    if own.get("contentType"):
        found["Content-Type"] = own["contentType"]
    if own.get("authKey") and own.get("authCode"):
        found[own["authKey"]] = own["authCode"]
    elif token := given.get("authorization"):
        plain = given.get("authType", "bearer").lower() == "bearer" and " " not in token
        found["Authorization"] = f"Bearer {token}" if plain else token
    good = all(_sendable(name, value) for name, value in found.items())
    return found if good else None


def _sendable(name: str, value: str) -> bool:
    token = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    plain = value.isascii() and value.isprintable() and len(value) <= TOO_LONG
    return token and plain and name.lower() not in _NEVER


def is_web_address(text: str) -> bool:
    """Tell whether `text` is the address of something on the web, with no login and no fragment."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return False
    plain = not (url.username or url.password or url.fragment)
    return url.scheme in {"http", "https"} and bool(url.hostname) and plain


def _joined(url: str, path: str | None, query: str | None) -> str:
    """Return the address as EDC's sink builds it: base, path below it, query."""
    if path:
        url = f"{url.rstrip('/')}/{path.lstrip('/')}"
    if query:
        url += ("&" if "?" in url else "?") + query
    return url
