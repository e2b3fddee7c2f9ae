"""From every form that the context makes equal to the one form that DSP's schemas have.

A document that has that form already comes back as it is. What is no form of anything stays as it
came, and the types refuse it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1.terms import DCAT, DSPACE, ODRL, Terms, alone, listed, text
from faifo.messages.dsp_2025_1.wire import CONTEXT, VERSION
from faifo.messages.strict_json import parse
from faifo.phrases import Phrase

MAX_DEPTH: Final = 16
MAX_LIST: Final = 65_536
MAX_MEMBERS: Final = 256

_LOGICAL: Final = ("and", "or", "xone", "andSequence")
_POLICY_TYPES: Final = {"Set", "Offer", "Policy"}
_OLDER: Final = {
    "0.8": ("dspace:", "https://w3id.org/dspace/v0.8/"),
    "2024-1": ("https://w3id.org/dspace/2024/1/",),
}


def root(body: bytes) -> dict[str, Any]:
    """Return the object that `body` holds, alone in whatever form.

    Raises:
        MalformedMessageError: it is no object, or several.
    """
    document = node(parse(body))
    if not isinstance(document, dict) or "@graph" in document:
        raise MalformedMessageError(
            what=Phrase("errors.told.json.no-object"), expected=Phrase("errors.told.json.object")
        )
    return document


def node(value: Any) -> Any:
    """Return what stands alone in an array, or in a graph, with its context; else the value."""
    value = alone(value)
    if isinstance(value, dict) and "@graph" in value:
        nodes = listed(value["@graph"])
        if len(nodes) == 1 and isinstance(nodes[0], dict):
            return {name: value[name] for name in value if name != "@graph"} | nodes[0]
    return value


def message(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message in the form of the schemas.

    Raises:
        MalformedMessageError: it is of another version of the protocol, or has too many members.
    """
    if len(document) > MAX_MEMBERS:
        raise MalformedMessageError(
            what=Phrase("errors.told.json.members", count=len(document)),
            expected=Phrase("errors.told.json.most-members", most=MAX_MEMBERS),
        )
    terms = Terms(document.get("@context"))
    found = terms.members(document)
    contexts = [part for part in listed(found.get("@context")) if isinstance(part, str)]
    check_version(document)
    if terms.inline or isinstance(found.get("@context"), str):
        found["@context"] = contexts
    if isinstance(found.get("@type"), str | list):
        found["@type"] = local(text(found["@type"]), terms)
    for name, value in tuple(found.items()):
        part = alone(value)
        if name in {"offer", "agreement"} and isinstance(part, dict):
            found[name] = policy(part, terms, kind=name.capitalize())
        elif name == "dataAddress" and isinstance(part, dict):
            found[name] = address(part, terms)
        elif name in {"reason", "filter"}:
            found[name] = [text(one) for one in listed(value)]
        elif name in {"state", "eventType"}:
            found[name] = local(text(value), terms)
        elif name != "@context":
            found[name] = text(value)
    return {name: part for name, part in found.items() if name != "reason" or part}


def policy(part: Mapping[str, Any], terms: Terms, *, kind: str = "Offer") -> dict[str, Any]:
    """Return a policy in the form of the schemas; contexts that its terms need stand in it."""
    found = terms.members(part)
    named = local(text(found.get("@type")), terms)
    if isinstance(named, str) and named in _POLICY_TYPES and kind == "Offer":
        named = "Offer"
    if named is not None:
        found["@type"] = named
    for name in ("@id", "target", "assigner", "assignee", "timestamp"):
        if name in found:
            found[name] = text(found[name])
    if "profile" in found:
        found["profile"] = alone([text(one) for one in listed(found["profile"])])
    for name in ("permission", "prohibition", "obligation"):
        if name in found:
            found[name] = [_rule(rule, terms) for rule in listed(found[name])]
    if terms.contexts and "@context" not in found:
        found["@context"] = list(terms.contexts)
    return {name: value for name, value in found.items() if value != []}


def address(part: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """Return a data address in the form of the schemas."""
    found = {"@type": "DataAddress", **terms.members(part)}
    found["@type"] = local(text(found["@type"]), terms)
    found |= {
        name: text(found[name]) for name in ("endpoint", "endpointType", "@id") if name in found
    }
    if "endpointProperties" in found:
        found["endpointProperties"] = [
            {"@type": "EndpointProperty", **_texts(terms.members(one))}
            for one in listed(found["endpointProperties"])
            if isinstance(one, dict)
        ]
        for one in found["endpointProperties"]:
            one["@type"] = local(one["@type"], terms)
    return {name: value for name, value in found.items() if value != []}


def _rule(rule: Any, terms: Terms) -> Any:
    if not isinstance(rule, dict):
        return rule
    found = terms.members(rule)
    if "action" in found:
        found["action"] = _term(found["action"], terms)
    if "constraint" in found:
        found["constraint"] = [_constraint(one, terms, 1) for one in listed(found["constraint"])]
    if "duty" in found:
        found["duty"] = [_rule(one, terms) for one in listed(found["duty"])]
    return {name: value for name, value in found.items() if value != []}


def _constraint(constraint: Any, terms: Terms, depth: int) -> Any:
    if not isinstance(constraint, dict) or depth > MAX_DEPTH:
        return constraint
    found = terms.members(constraint)
    for name in _LOGICAL:
        if name in found:
            found[name] = [_constraint(one, terms, depth + 1) for one in listed(found[name])]
    if "leftOperand" in found:
        found["leftOperand"] = _term(found["leftOperand"], terms)
    if "operator" in found:
        operator = _term(found["operator"], terms)
        found["operator"] = _without(operator, "odrl:", ODRL) if operator else operator
    if "rightOperand" in found:
        found["rightOperand"] = _right(found["rightOperand"], terms)
    return found


def _term(value: Any, terms: Terms) -> Any:
    value = text(value)
    return terms.foreign(value) if isinstance(value, str) else value


def _right(value: Any, terms: Terms) -> Any:
    if isinstance(value, str):
        return _list_in_text(value) or value
    if isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], str) and _list_in_text(value[0]):
            return _list_in_text(value[0])
        return [_right(one, terms) for one in value]
    if isinstance(value, bool):
        return {"@value": str(value).lower(), "@type": "xsd:boolean"}
    if isinstance(value, int):
        return {"@value": str(value), "@type": "xsd:integer"}
    if isinstance(value, float):
        return {"@value": repr(value), "@type": "xsd:double"}
    if isinstance(value, dict) and value.keys() == {"@value"}:
        return _right(value["@value"], terms)
    if isinstance(value, dict) and value.keys() in ({"@list"}, {"@set"}):
        return _right(listed(value), terms)
    if isinstance(value, dict) and value.keys() == {"@value", "@type"}:
        said = _right(value["@value"], terms)
        return {**value, "@value": said["@value"]} if isinstance(said, dict) else value
    if isinstance(value, dict) and isinstance(value.get("@id"), str):
        return {**value, "@id": terms.foreign(value["@id"])}
    return value


def _list_in_text(value: str) -> list[str] | None:
    """Return the texts of a JSON array of `@value`s that stands in one text, as EDC writes it."""
    if not value.startswith("[") or '"@value"' not in value[:64] or len(value) > MAX_LIST:
        return None
    try:
        entries = json.loads(value)
    except (ValueError, RecursionError):
        return None
    found = [one.get("@value") for one in entries if isinstance(one, dict)]
    texts = [one for one in found if isinstance(one, str)]
    return texts if len(texts) == len(entries) else None


def _texts(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an endpoint property, whose value is a text: numbers as they stand."""
    found = {name: text(value) for name, value in members.items()}
    value = found.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        found["value"] = str(value)
    return found


def local(value: Any, terms: Terms) -> Any:
    if not isinstance(value, str) or ":" not in value:
        return value
    return _without(terms.iri(value), DSPACE, ODRL, DCAT)


def _without(value: Any, *prefixes: str) -> Any:
    for prefix in prefixes:
        if isinstance(value, str) and value.startswith(prefix):
            return value.removeprefix(prefix)
    return value


def check_version(document: Mapping[str, Any]) -> None:
    """Raise MalformedMessageError if a document says that it is of another version."""
    if CONTEXT in listed(document.get("@context")):
        return
    named = [str(part) for part in (document.get("@type"), *listed(document.get("@context")))]
    for version, signs in _OLDER.items():
        if any(sign in name for name in named for sign in signs):
            raise MalformedMessageError(
                what=Phrase("errors.told.shape.version", version=version),
                expected=Phrase("errors.told.shape.other-version", version=VERSION),
                where="$.@context",
            )
