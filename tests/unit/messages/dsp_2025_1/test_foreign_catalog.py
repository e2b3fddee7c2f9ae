"""Catalogs as others write them: see README.md beside the shared cases, row by row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1.catalog import DataService, read_property_values, read_sha256
from faifo.messages.dsp_2025_1.foreign_catalog import MAX_NESTING, read_catalog, read_dataset
from faifo.messages.dsp_2025_1.wire import CONTEXT

SHARED = Path(__file__).parents[5] / "shared" / "cases" / "catalogs.json"
CASES: dict[str, Any] = json.loads(SHARED.read_text()) if SHARED.exists() else {}
PULL = {"format": "HttpData-PULL", "accessService": "urn:svc"}


def dataset(name: str, *offers: Any, **members: Any) -> dict[str, Any]:
    policies = offers or ({"@id": f"{name}-offer", "permission": [{"action": "use"}]},)
    return {"@id": name, "hasPolicy": list(policies), "distribution": [PULL], **members}


def catalog(*datasets: Any, **members: Any) -> bytes:
    whole = {"@context": [CONTEXT], "@id": "c", "@type": "Catalog", "dataset": list(datasets)}
    return json.dumps({**whole, **members}).encode()


@pytest.mark.skipif(not CASES, reason="the shared cases are not beside this repository")
@pytest.mark.parametrize("case", CASES)
def test_shared_cases(case: str) -> None:
    found = read_catalog(json.dumps(CASES[case]).encode())
    by_id = {entry.id: entry for entry in found.datasets}
    written = json.dumps(CASES[case])
    if "good" in written:
        assert by_id["good"].has_policy[0]["@id"] == "offer-good"
    odd = [entry for entry in found.datasets if entry.id != "good"]
    if "hasPolicy []" in case:
        assert [one.name for one in found.left_out] == ["nopol"]
        assert odd[0].has_policy == ()
    elif "participantId missing" in case:
        assert found.participant is None
    else:
        assert found.left_out == ()
        assert all(entry.has_policy for entry in odd)
    expected = {"empty dataset array": 0, "no dataset member": 0}
    assert len(found.datasets) == expected.get(case, len(by_id))
    assert by_id or case in expected


@pytest.mark.skipif(not CASES, reason="the shared cases are not beside this repository")
@pytest.mark.parametrize(
    ("case", "constraint"),
    [
        ("one-offer-number-right-operand", ("count", "lteq", "5")),
        ("one offer leftOperand as {@id} (tractus 1321)", ("purpose", "eq", "research")),
        ("one offer operator odrl:eq", ("purpose", "eq", "research")),
        ("one offer constraint single object", ("purpose", "eq", "research")),
    ],
)
def test_shared_cases_mean_what_they_say(case: str, constraint: tuple[str, str, str]) -> None:
    found = read_catalog(json.dumps(CASES[case]).encode()).datasets[-1]
    (read,) = found.has_policy[0]["permission"][0]["constraint"]
    right = read["rightOperand"]
    assert (read["leftOperand"], read["operator"]) == constraint[:2]
    assert (right["@value"] if isinstance(right, dict) else right) == constraint[2]


@pytest.mark.parametrize(
    ("odd", "place", "why"),
    [
        (7, "$.dataset[1]", "no object"),
        ({"hasPolicy": []}, "$.dataset[1]", "without an @id"),
        (dataset("odd", 7), "$.dataset[1].hasPolicy[0]", "an offer"),
        (
            dataset("odd", {"@id": "o", "permission": []}),
            "$.dataset[1].hasPolicy[0]",
            "neither permits nor prohibits",
        ),
        (
            dataset("odd", {"permission": [{"action": "use"}]}),
            "$.dataset[1].hasPolicy[0].@id",
            "nothing",
        ),
        (
            dataset("odd", {"@id": "o", "permission": [{"action": 5}]}),
            "$.dataset[1].hasPolicy[0].permission[0].action",
            "",
        ),
        (
            dataset("odd", {"@id": "o", "target": "x", "permission": [{"action": "use"}]}),
            "$.dataset[1].hasPolicy[0]",
            "an offer for 'x'",
        ),
        (dataset("odd", distribution=[{}]), "$.dataset[1].distribution[0]", "without a format"),
    ],
)
def test_an_odd_entry_is_named_and_hides_nothing(odd: Any, place: str, why: str) -> None:
    found = read_catalog(catalog(dataset("good"), odd, dataset("good too")))
    assert {"good", "good too"} <= {entry.id for entry in found.datasets}
    (left_out,) = found.left_out
    assert left_out.where == place
    assert why in str(left_out.why)


def test_an_offer_that_cannot_be_read_leaves_the_one_beside_it() -> None:
    good = {"@id": "good", "permission": [{"action": "use"}]}
    (found,) = read_catalog(catalog(dataset("d", {"@id": "bad"}, good))).datasets
    assert [offer["@id"] for offer in found.has_policy] == ["good"]


def test_a_dataset_that_stands_twice_is_one_with_both_offers() -> None:
    again = dataset("d", {"@id": "other", "permission": [{"action": "use"}]})
    (found,) = read_catalog(catalog(dataset("d"), again)).datasets
    assert [offer["@id"] for offer in found.has_policy] == ["d-offer", "other"]


@pytest.mark.parametrize("service", ["urn:svc", {"@value": "urn:svc"}, [{"@id": "urn:svc"}]])
def test_a_service_may_be_named(service: Any) -> None:
    known = {"@id": "urn:svc", "@type": "DataService", "endpointURL": "https://h"}
    written = dataset("d", distribution=[{**PULL, "accessService": service}])
    (found,) = read_catalog(catalog(written, service=[known])).datasets
    read = found.distribution[0].access_service
    assert (read.endpoint_url if isinstance(read, DataService) else read) == "https://h"


def test_nested_catalogs_are_read_as_deep_as_is_said() -> None:
    inner: dict[str, Any] = {"@id": "deepest", "dataset": [dataset("deepest")]}
    for depth in range(MAX_NESTING):
        inner = {"@id": f"c{depth}", "dataset": [dataset(f"d{depth}")], "catalog": [inner]}
    found = read_catalog(catalog(dataset("top"), catalog=[inner]))
    assert len(found.datasets) == 1 + MAX_NESTING
    assert "nested deeper" in str(found.left_out[0].why)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[]", "not an object"),
        (b'{"@graph": [{"@id": "a"}, {"@id": "b"}]}', "not an object"),
        (b"{", "not JSON"),
        (catalog(**{"@type": "CatalogError"}), "CatalogError"),
        (
            catalog(
                **{"@type": "dcat:Catalog", "@context": {"dspace": "https://w3id.org/dspace/v0.8/"}}
            ),
            "this is DSP 0.8",
        ),
    ],
)
def test_what_is_no_catalog_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(MalformedMessageError, match=why):
        read_catalog(body)


def test_one_dataset_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(MalformedMessageError, match="without an @id"):
        read_dataset(b'{"@type": "Dataset"}')


def checksum(algorithm: Any, value: Any) -> dict[str, Any]:
    return {"@type": "spdx:Checksum", "spdx:algorithm": algorithm, "spdx:checksumValue": value}


SHA_256 = {"@id": "spdx:checksumAlgorithm_sha256"}
HEX = {"@type": "xsd:hexBinary", "@value": "AB" * 32}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (checksum(SHA_256, "ab" * 32), "ab" * 32),
        ([checksum({"@id": "spdx:checksumAlgorithm_md5"}, "0"), checksum(SHA_256, HEX)], "ab" * 32),
        (checksum("SHA-256", [HEX]), "ab" * 32),
        (checksum({"@id": "spdx:checksumAlgorithm_sha3_256"}, HEX), None),
        (checksum(SHA_256, "none"), None),
        ("ab" * 32, None),
    ],
)
def test_a_checksum_is_read_in_each_form_and_only_where_it_is_a_sha_256(said: Any, read: Any):
    written = dataset("d", distribution=[{**PULL, "spdx:checksum": said}])
    context = [CONTEXT, {"spdx": "http://spdx.org/rdf/terms#"}]
    (found,) = read_catalog(catalog(written, **{"@context": context})).datasets
    assert read_sha256(found.distribution) == read


def test_what_is_named_by_a_prefix_of_the_document_is_what_its_iri_is() -> None:
    prefixes = {"faifo": "urn:faifo:ns:", "sdo": "https://schema.org/"}
    made_up = {"sdo:name": "rows", "sdo:value": 3}
    written = dataset("d", **{"faifo:contact": "a@b.example", "sdo:additionalProperty": made_up})
    (found,) = read_catalog(catalog(written, **{"@context": [CONTEXT, prefixes]})).datasets
    assert found.contact == "a@b.example"
    assert read_property_values(found.made_up) == {"rows": 3}
