"""Other forms of a DCP message that its context makes equal: prefixes, IRIs, `@id`, `@json`.

IdentityHub sends its requests as expanded JSON-LD. Only the names of this one context are read so;
no context is ever fetched.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from faifo.errors import MalformedMessageError
from faifo.messages.dcp_1_0.issuance import CredentialObject, IssuerMetadata
from faifo.messages.dcp_1_0.wire import CONTEXT, Message
from faifo.messages.dsp_2025_1.codec import read_form
from faifo.messages.dsp_2025_1.equal_forms import root
from faifo.messages.dsp_2025_1.terms import alone, listed

NAMESPACE: Final = "https://w3id.org/dspace-dcp/v1.0/"
_KEYWORDS: Final = {"@type": "type", "@id": "id"}
_NAMESPACES: Final = (NAMESPACE, "dcp:", "https://www.w3.org/2018/credentials#", "cred:")
_NAMES: Final = frozenset({"type", "status"})
_LISTS: Final = frozenset(
    {"scope", "credentials", "presentation", "credentialsSupported", "bindingMethods"}
)
_OBJECTS: Final = frozenset({"credentials", "credentialsSupported"})

M = TypeVar("M", bound=Message)


def read(kind: type[M], body: bytes) -> M:
    """Return the `kind` that `body` holds, in any of the forms.

    Raises:
        MalformedMessageError: names the place, `$` being the document.
    """
    return read_form(kind, message(root(body)), body).message


def read_metadata(body: bytes) -> IssuerMetadata:
    """Return what an issuer offers, without the entries that are none; raises as `read`."""
    document = message(root(body))
    entries = document.get("credentialsSupported")
    if isinstance(entries, list):
        document["credentialsSupported"] = list(filter(_is_offered, entries))
    return read_form(IssuerMetadata, document, body).message


def _is_offered(entry: Any) -> bool:
    try:
        read_form(CredentialObject, entry, b"")
    except MalformedMessageError:
        return False
    return True


def message(document: dict[str, Any]) -> dict[str, Any]:
    """Return the message as its schema has it; what is not understood stays as it is."""
    found = _plain(document)
    contexts = [one for one in listed(document.get("@context")) if isinstance(one, str)]
    if contexts or ("@context" not in document and found.keys() != document.keys()):
        found["@context"] = contexts or [CONTEXT]
    return found


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in part.items():
        if value is None:  # says nothing in JSON-LD
            continue
        plain = _KEYWORDS.get(name) or _local(name)
        found.setdefault(plain, _value(plain, value))
    return found


def _local(name: str) -> str:
    for namespace in _NAMESPACES:
        if name.startswith(namespace):
            return name.removeprefix(namespace)
    return name


def _value(name: str, value: Any) -> Any:
    if name not in _LISTS:
        one = alone(value)
        one = one.get("@id", one.get("@value", one)) if isinstance(one, dict) else one
        return _local(one) if name in _NAMES and isinstance(one, str) else one
    found: list[Any] = []
    for one in listed(value):
        found += listed(one.get("@value", one) if isinstance(one, dict) else one)
    if name in _OBJECTS:
        return [_plain(one) if isinstance(one, dict) else one for one in found]
    return found
