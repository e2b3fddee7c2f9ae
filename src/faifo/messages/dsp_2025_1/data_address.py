"""Where pulled data is, and by which token: under the standard's names and under EDC's.

DSP 2025-1 §9.2.2 names `endpoint`, `authorization` and `authType`. Eclipse EDC looks for the same
three under IRIs of its own among the properties, and its public API wants the token without a
scheme. What is sent holds both names, what is read may hold either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from faifo.messages.dsp_2025_1.transfer import DataAddress, EndpointProperty

HTTP_ENDPOINT: Final = "https://w3id.org/idsa/v4.1/HTTP"
EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
# Seconds, from when the address comes; the name that Data Plane Signaling 1.0 has for it.
EXPIRES_IN: Final = "expiresIn"


class Endpoint(NamedTuple):
    """`authorization` is the value of the header field of that name, a secret."""

    url: str
    authorization: str


def bearer_address(
    url: str, token: str, more: Mapping[str, str], *, seconds: int | None = None
) -> DataAddress:
    """Return the address of `url`, which `token` opens for `seconds`, with `more` properties."""
    values = {
        "authorization": token,
        "authType": "bearer",
        f"{EDC}endpoint": url,
        f"{EDC}authorization": token,
        f"{EDC}authType": "bearer",
        **({} if seconds is None else {EXPIRES_IN: str(seconds)}),
        **more,
    }
    return http_address(url, values)


def http_address(url: str, values: Mapping[str, str]) -> DataAddress:
    """Return the address of `url` with these properties."""
    return DataAddress(
        endpoint_type=HTTP_ENDPOINT,
        endpoint=url,
        endpoint_properties=tuple(
            EndpointProperty(name=name, value=value) for name, value in values.items()
        ),
    )


def read_endpoint(address: Mapping[str, Any]) -> Endpoint | None:
    """Return where an address leads and what to send there, or None if it does not say both."""
    values = {item["name"]: item["value"] for item in address.get("endpointProperties", ())}
    own = {
        name.removeprefix(EDC).removeprefix("edc:"): value
        for name, value in values.items()
        if name.startswith((EDC, "edc:"))
    }
    url = address.get("endpoint") or values.get("endpoint") or own.get("endpoint")
    token = values.get("authorization")
    if token is not None:
        token = token if " " in token else f"Bearer {token}"
    else:
        token = own.get("authorization")
    return Endpoint(url, token) if isinstance(url, str) and isinstance(token, str) else None


def expires_in(address: Mapping[str, Any]) -> int | None:
    """Return for how many seconds the token of an address is good, where it says so."""
    values = {item["name"]: item["value"] for item in address.get("endpointProperties", ())}
    text = str(values.get(EXPIRES_IN, ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
