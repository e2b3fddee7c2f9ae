"""Every published example in other forms that its context makes equal, written by pyld.

The schemas and contexts are not shipped with Faifo; without ../shared the test is skipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from faifo.messages.dcp_1_0 import equal_forms, issuance, presentation
from faifo.messages.dcp_1_0.equal_forms import NAMESPACE
from faifo.messages.dcp_1_0.wire import CONTEXT as DCP_CONTEXT
from faifo.messages.dsp_2025_1 import CONTEXT, catalog, negotiation, transfer
from faifo.messages.dsp_2025_1.codec import read_any_form
from faifo.messages.dsp_2025_1.foreign_catalog import read_catalog, read_dataset
from faifo.messages.dsp_2025_1.terms import DCAT, DSPACE, ODRL

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).parents[2].parent / "shared/schemas"
SCHEMAS = SHARED / "dsp-2025-1"
OTHERS = {"did-service", "protocol-version"}
EXAMPLES = {
    path.stem: json.loads(path.read_text())
    for path in sorted(SCHEMAS.glob("*/example/*.json"))
    if not any(name in path.stem for name in OTHERS)
}
OF_DCP = {
    path.stem: json.loads(path.read_text())
    for path in sorted((SHARED / "dcp-1.0").glob("*/example/*.json"))
    if "credential-object" not in path.stem
}
PREFIXES = {"d": DSPACE, "o": ODRL, "c": DCAT, "t": "http://purl.org/dc/terms/"}
# What pyld makes of a name that is relative to a document without an address.
BASE = "http://example.org/base/"

pytestmark = pytest.mark.skipif(not EXAMPLES, reason=f"the published schemas are not at {SCHEMAS}")


def load(url: str, _: object) -> dict[str, Any]:
    names = {CONTEXT: "dsp-2025-1/context/dspace", DCP_CONTEXT: "dcp-1.0/context/dcp"}
    name = names.get(url, "dsp-2025-1/context/odrl")
    document = json.loads((SHARED / f"{name}.jsonld").read_text())
    return {"contextUrl": None, "documentUrl": url, "contentType": "application/ld+json",
            "document": document}  # fmt: skip


def options() -> dict[str, Any]:
    from pyld.context_resolver import ContextResolver

    return {"documentLoader": load, "contextResolver": ContextResolver({}, load)}


def expanded(document: dict[str, Any]) -> Any:
    from pyld import jsonld

    return jsonld.JsonLdProcessor().expand(document, options())


def prefixed(document: dict[str, Any]) -> dict[str, Any]:
    from pyld import jsonld

    made = jsonld.JsonLdProcessor().compact(expanded(document), PREFIXES, options())
    return {**made, "@context": [CONTEXT, PREFIXES]}


def prefixed_dcp(document: dict[str, Any]) -> dict[str, Any]:
    from pyld import jsonld

    prefixes = {"dcp": NAMESPACE, "cred": "https://www.w3.org/2018/credentials#"}
    made = jsonld.JsonLdProcessor().compact(expanded(document), prefixes, options())
    return {**made, "@context": DCP_CONTEXT}


def in_arrays(part: Any) -> Any:
    if isinstance(part, list):
        return [in_arrays(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: value
        if name in {"@context", "@id", "@value"}
        else in_arrays(value if isinstance(value, list) else [value])
        for name, value in part.items()
    }


FORMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "expanded": lambda document: [{"@context": [CONTEXT], **expanded(document)[0]}],
    "prefixed": prefixed,
    "in arrays": in_arrays,
    "in a graph": lambda document: {"@context": [CONTEXT], "@graph": [document]},
}


def read(document: Any, kind: str) -> Any:
    """Return what was read, without the spellings that the rules know to be one."""
    body = json.dumps(document).encode()
    if kind == "Catalog":
        found: Any = read_catalog(body)
    elif kind == "Dataset":
        found = read_dataset(body)
    else:
        (room,) = (one for one in (catalog, negotiation, transfer) if kind in vars(one))
        found = read_any_form(getattr(room, kind), body).message
    text = json.dumps(msgspec.to_builtins(found))
    for spelling in (BASE, ODRL, "odrl:"):
        text = text.replace(f'"{spelling}', '"')
    return json.loads(text, object_hook=_bare)


def _bare(part: dict[str, Any]) -> dict[str, Any]:
    right = part.get("rightOperand")
    if isinstance(right, list) and len(right) == 1:
        part["rightOperand"] = right[0]
    part.pop("@context", None)
    return part


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_form_says_the_same(name: str, form: str) -> None:
    document = EXAMPLES[name]
    assert read(FORMS[form](document), document["@type"]) == read(document, document["@type"])


DCP_FORMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "as published": lambda document: document,
    "context alone": lambda document: {**document, "@context": DCP_CONTEXT},
    "expanded": expanded,
    "prefixed": prefixed_dcp,
}


@pytest.mark.parametrize("form", DCP_FORMS)
@pytest.mark.parametrize("name", OF_DCP)
def test_messages_of_dcp_too(name: str, form: str) -> None:
    document = OF_DCP[name]
    (room,) = (one for one in (issuance, presentation) if document["type"] in vars(one))
    kind = getattr(room, document["type"])
    written = json.dumps(DCP_FORMS[form](document)).replace(BASE, "")
    found = equal_forms.read(kind, written.encode())
    assert found == msgspec.convert(document, kind)


def test_an_odd_credential_that_is_offered_hides_none_beside_it() -> None:
    metadata = OF_DCP["issuer-metadata"]
    (good, *_) = metadata["credentialsSupported"]
    odd = [{**good, "id": 7}, "text", {**good, "profile": ["a"] * 2}]
    body = json.dumps({**metadata, "credentialsSupported": [*odd, good]}).encode()
    assert [one.id for one in equal_forms.read_metadata(body).credentials_supported] == [good["id"]]
