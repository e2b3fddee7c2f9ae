"""Other forms of a DCP message that its context makes equal: `@type`, full IRIs, `@id`, `@json`.

IdentityHub sends its requests as expanded JSON-LD. Only the IRIs of this one namespace are read so;
no context is ever fetched.
"""

from __future__ import annotations

from typing import Any, Final

from faifo.messages.dcp_1_0.wire import CONTEXT

NAMESPACE: Final = "https://w3id.org/dspace-dcp/v1.0/"
_TEXTS: Final = frozenset({"holderPid", "issuerPid", "issuer", "status", "id"})
_LISTS: Final = frozenset({"scope", "credentials", "presentation"})


def message(document: dict[str, Any]) -> dict[str, Any]:
    """Return the message as its schema has it; what is not understood stays as it is."""
    expanded = "@context" not in document
    found: dict[str, Any] = {}
    for name, value in document.items():
        plain = name.removeprefix(NAMESPACE)
        if name == "@type":
            plain, value = "type", _type(value)  # noqa: PLW2901
        elif name != plain:
            value = _value(plain, value)  # noqa: PLW2901
        found.setdefault(plain, value)
    if expanded and found.keys() != document.keys():
        found["@context"] = [CONTEXT]
    return found


def _type(value: Any) -> Any:
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    return one.removeprefix(NAMESPACE) if isinstance(one, str) else value


def _value(name: str, value: Any) -> Any:
    if name in _TEXTS:
        one = value[0] if isinstance(value, list) and len(value) == 1 else value
        return one.get("@id", one.get("@value", one)) if isinstance(one, dict) else one
    if name in _LISTS:
        given = value if isinstance(value, list) else [value]
        found: list[Any] = []
        for one in given:
            inner = one.get("@value", one) if isinstance(one, dict) else one
            found += inner if isinstance(inner, list) else [inner]
        return found
    return value
