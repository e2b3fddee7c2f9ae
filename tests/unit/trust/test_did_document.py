from __future__ import annotations

import json
from typing import Any

import pytest

from faifo.errors import NotProvenError
from faifo.node.outward.service_addresses import version_url
from faifo.trust.did import (
    ASSERTION_METHOD,
    AUTHENTICATION,
    CAPABILITY_INVOCATION,
    read_did_document,
    write_did_document,
)
from faifo.trust.keys import KeyPurpose

DID = "did:web:alice.example"
SERVICE = {"id": f"{DID}#dsp", "type": "DataService", "serviceEndpoint": "https://alice.example/d"}


@pytest.fixture
def document(make_key: Any):
    return json.loads(write_did_document(DID, [make_key(DID)], [SERVICE]))


def read(document: Any):
    return read_did_document(json.dumps(document).encode(), did=DID)


def test_keys_are_listed_by_purpose(make_key: Any):
    keys = [make_key(DID, purpose.value, purpose) for purpose in KeyPurpose]
    written = json.loads(write_did_document(DID, keys, []))
    assert [method["id"] for method in written["verificationMethod"]] == [key.id for key in keys]
    assert {name: written[name] for name in written if isinstance(written[name], list)} | {
        "verificationMethod": None, "@context": None,
    } == {
        "@context": None,
        "verificationMethod": None,
        CAPABILITY_INVOCATION: [f"{DID}#token"],
        AUTHENTICATION: [f"{DID}#presentation"],
        ASSERTION_METHOD: [f"{DID}#credential", f"{DID}#passport", f"{DID}#badge"],
        "service": [],
    }  # fmt: skip
    assert all(
        sorted(method) == ["controller", "id", "publicKeyJwk", "type"]
        and sorted(method["publicKeyJwk"]) == ["crv", "kty", "x", "y"]
        for method in written["verificationMethod"]
    )


def test_what_is_written_reads_back(make_key: Any):
    key = make_key(DID)
    found = read_did_document(write_did_document(DID, [key], [SERVICE]), did=DID)
    found.method(key.id, CAPABILITY_INVOCATION).verify(key.sign(b"x"), b"x")
    assert found.endpoint("DataService") == "https://alice.example/d"
    assert found.endpoint("CatalogService") is None


def test_relative_ids_are_absolute_afterwards(document: Any):
    document["verificationMethod"][0]["id"] = "#k1"
    document["capabilityInvocation"] = ["#k1"]
    assert read(document).method(f"{DID}#k1", CAPABILITY_INVOCATION).id == f"{DID}#k1"


def test_a_method_of_another_kind_does_no_harm_until_used(document: Any):
    document["verificationMethod"].append(
        {"id": "#ed", "type": "Bls12381G2Key2020", "publicKeyBase58": "z6"}
    )
    found = read(document)
    assert found.key(f"{DID}#k1").algorithm == "ES256"
    with pytest.raises(NotProvenError) as caught:
        found.key(f"{DID}#ed")
    assert str(caught.value) == (
        f"DCP 1.0 §4.3.3 step 3: the key {DID}#ed cannot be used: it has neither a publicKeyJwk nor"
        " a publicKeyMultibase (its type is 'Bls12381G2Key2020')"
    )


@pytest.mark.parametrize("kind", ["EcdsaSecp256r1VerificationKey2019", "JsonWebKey"])
def test_a_key_is_what_its_jwk_says_whatever_its_type_is_called(document: Any, kind: str):
    document["verificationMethod"][0]["type"] = kind
    assert read(document).key(f"{DID}#k1").algorithm == "ES256"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            lambda d: d.update(id="did:web:mallory.example"),
            f"step 4: the DID document of {DID} has the id 'did:web:mallory.example'",
            id="of another DID",
        ),
        pytest.param(
            lambda d: d["verificationMethod"][0]["publicKeyJwk"].update(d="AA"),
            f"step 3: the DID document of {DID} gives away the private key of {DID}#k1",
            id="private key published",
        ),
        pytest.param(
            lambda d: d["verificationMethod"].append(d["verificationMethod"][0]),
            f"step 3: the DID document of {DID} has two methods with one id",
            id="one id twice",
        ),
        pytest.param(
            lambda d: d.update(verificationMethod=[{}] * 65),
            f"step 3: the DID document of {DID} has more than 64 entries in verificationMethod",
            id="too many methods",
        ),
        pytest.param(
            lambda d: d.update(service=[{}] * 65),
            f"step 3: the DID document of {DID} has more than 64 entries in service",
            id="too many services",
        ),
    ],
)
def test_documents_that_prove_nothing(document: Any, change: Any, sentence: Any):
    assert read(document).id == DID
    change(document)
    with pytest.raises(NotProvenError) as caught:
        read(document)
    assert str(caught.value) == f"DCP 1.0 §4.3.3 {sentence}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b'"\xff"', "a body that is not UTF-8", id="not UTF-8"),
        pytest.param(b"[]", "JSON that is not an object", id="array"),
        pytest.param(b"{", "a body that is not JSON (Input data was truncated)", id="cut off"),
        pytest.param(b'{"id":"a","id":"b"}', "the member 'id' twice in one object", id="twice"),
        pytest.param(b'{"a":NaN}', "a body that is not JSON (JSON is malformed: invalid"
                     " character (byte 5))", id="NaN"),
        pytest.param(b'{"a":"\\ud800"}', "a body that is not JSON (Input data was truncated)",
                     id="surrogate"),
        pytest.param(b'{"a":' + b"[" * 100_000, "nesting deeper than 32", id="nesting"),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_read(body: Any, reason: Any):
    with pytest.raises(NotProvenError) as caught:
        read_did_document(body, did=DID)
    assert str(caught.value) == (
        f"DCP 1.0 §4.3.3 step 3: the DID document of {DID} cannot be read: {reason}"
    )


def test_unknown_and_unlisted_keys(document: Any):
    found = read(document)
    with pytest.raises(NotProvenError, match=r"has no method 'did:web:alice.example#k2'"):
        found.key(f"{DID}#k2")
    with pytest.raises(NotProvenError, match=r"does not list the key .*#k1 in authentication"):
        found.method(f"{DID}#k1", AUTHENTICATION)


@pytest.mark.parametrize("name", ["id", "type", "serviceEndpoint"])
def test_services_have_the_strict_shape(make_key: Any, name: Any):
    service = {key: value for key, value in SERVICE.items() if key != name}
    for wrong in (service, SERVICE | {"@context": "x"}):
        with pytest.raises(ValueError, match="exactly id, type and serviceEndpoint"):
            write_did_document(DID, [make_key(DID)], [wrong])


@pytest.mark.parametrize(
    ("change", "endpoint"),
    [
        ({"type": ["LinkedDomains", "DataService"]}, SERVICE["serviceEndpoint"]),
        ({"serviceEndpoint": ["https://alice.example/d"]}, SERVICE["serviceEndpoint"]),
        ({"serviceEndpoint": [{"uri": "x"}, "https://a.example"]}, "https://a.example"),
        ({"serviceEndpoint": {"uri": "https://alice.example/d"}}, None),
        ({"serviceEndpoint": []}, None),
        ({"type": [7]}, None),
    ],
)
def test_type_and_endpoint_of_a_service_may_be_sets(document: Any, change: Any, endpoint: Any):
    document["service"] = [{"id": "#s"}, SERVICE | change]
    assert read(document).endpoint("DataService") == endpoint


def test_another_service_of_the_type_hides_none(document: Any):
    url = "https://alice.example/.well-known/dspace-version"
    other = {"id": "#o", "type": "DataService", "serviceEndpoint": ["https://o.example/", url]}
    document["service"] = [SERVICE, other]
    assert version_url(read(document)) == url


def test_foreign_keys_are_not_published(make_key: Any):
    with pytest.raises(ValueError, match=r"does not belong to did:web:alice.example"):
        write_did_document(DID, [make_key("did:web:alice.example.org")], [])


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(authentication="#k1"),
        lambda d: d.update(authentication=[7, None, {"type": "x"}]),
        lambda d: d["verificationMethod"].extend(["#k1", {"id": 7}, None]),
        lambda d: d["verificationMethod"].append({"id": "#x", "type": "y", "publicKeyJwk": "x"}),
        lambda d: d.update(service={"id": "#s", "type": "X", "serviceEndpoint": "https://x"}),
        lambda d: d.update(service=None),
    ],
)
def test_an_odd_entry_hides_none_beside_it(document: Any, change: Any):
    change(document)
    found = read(document)
    assert found.method(f"{DID}#k1", "capabilityInvocation").algorithm == "ES256"


def test_an_embedded_method_is_for_its_relationship_alone(document: Any):
    method = {**document["verificationMethod"][0], "id": "#own"}
    document["capabilityInvocation"] = [method]
    found = read(document)
    assert found.method(f"{DID}#own", "capabilityInvocation").algorithm == "ES256"
    with pytest.raises(NotProvenError, match="does not list the key"):
        found.method(f"{DID}#own", "authentication")


def test_an_embedded_method_may_not_take_another_s_id(document: Any):
    point = {"kty": "OKP", "crv": "Ed25519", "x": "SJmpjdtn1OW5XoSEJ9YYg4n4-ut46H45H0vODx-d2KI"}
    other = {**document["verificationMethod"][0], "publicKeyJwk": point}
    document["capabilityInvocation"] = [other]
    with pytest.raises(NotProvenError, match="two methods with one id"):
        read(document)


def test_an_embedded_private_key_is_refused(document: Any):
    method = document["verificationMethod"][0]
    jwk = {**method["publicKeyJwk"], "d": "x"}
    document["authentication"] = [{**method, "id": "#own", "publicKeyJwk": jwk}]
    with pytest.raises(NotProvenError, match="gives away the private key"):
        read(document)
