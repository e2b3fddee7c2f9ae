from __future__ import annotations

import json
from typing import Any

import pytest

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1 import CONTEXT, read, write
from faifo.messages.dsp_2025_1.catalog import Catalog, CatalogError, CatalogRequestMessage

OFFER: dict[str, Any] = {"@id": "o", "@type": "Offer", "permission": [{"action": "use"}]}
DATASET: dict[str, Any] = {
    "@id": "d",
    "@type": "Dataset",
    "hasPolicy": [OFFER],
    "distribution": [{"@type": "Distribution", "format": "f", "accessService": "s"}],
}
CATALOG: dict[str, Any] = {
    "@context": [CONTEXT],
    "@id": "c",
    "@type": "Catalog",
    "participantId": "did:web:p.example",
    "dataset": [DATASET],
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an empty array of datasets": (
        {"dataset": []},
        "the wrong length in a Catalog at $.dataset; expected at least 1 items",
    ),
    "a policy of the catalog": (
        {"hasPolicy": [OFFER]},
        "a policy of a catalog in a Catalog at $.hasPolicy; expected policies at datasets",
    ),
    "a target in a dataset's offer": (
        {"dataset": [DATASET, {**DATASET, "hasPolicy": [OFFER, {**OFFER, "target": "d"}]}]},
        (
            "a target in a catalog's offer in a Catalog at $.dataset[1].hasPolicy[1].target; "
            "expected none there"
        ),
    ),
    "a nested catalog without type": (
        {"catalog": [{"@id": "n"}]},
        "nothing in a Catalog at $.catalog[0].@type; expected a value",
    ),
    "null for whom it belongs to": (
        {"participantId": None},
        "null in a Catalog at $.participantId; expected a value or no member",
    ),
    "an access service without address": (
        {"service": [{"@id": "s", "@type": "DataService"}]},
        "nothing in a Catalog at $.service[0].endpointURL; expected a value",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        read(Catalog, json.dumps({**CATALOG, **change}).encode())
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", ["@context", "participantId"])
def test_a_root_catalog_needs(name: str) -> None:
    with pytest.raises(MalformedMessageError) as refusal:
        read(Catalog, json.dumps({k: v for k, v in CATALOG.items() if k != name}).encode())
    assert str(refusal.value) == f"nothing in a Catalog at $.{name}; expected a value"


def test_a_nested_catalog_needs_neither_context_nor_participant() -> None:
    nested = {"@id": "n", "@type": "Catalog", "dataset": [DATASET]}
    body = json.dumps({**CATALOG, "catalog": [nested]}).encode()
    assert read(Catalog, body).message.catalog[0].dataset[0].id == "d"


def test_an_offer_keeps_what_we_do_not_know() -> None:
    offer = {**OFFER, "x:fee": {"amount": None}}
    body = json.dumps({**CATALOG, "dataset": [{**DATASET, "hasPolicy": [offer]}]}).encode()
    message = read(Catalog, body).message
    assert message.dataset[0].has_policy == (offer,)
    assert json.loads(write(message))["dataset"][0]["hasPolicy"] == [offer]


def test_a_filter_may_be_anything_in_an_array() -> None:
    document = {"@context": [CONTEXT], "@type": "CatalogRequestMessage", "filter": [{"a": None}]}
    assert read(CatalogRequestMessage, json.dumps(document).encode()).message.filter == (
        {"a": None},
    )


def test_an_error_may_say_nothing() -> None:
    assert write(CatalogError()) == (
        b'{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"CatalogError"}'
    )
