"""Whose log it is, by what a node's document says."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from faifo.node.receipts.peers import logs_of
from faifo.trust import base64url
from faifo.trust.did import DidDocument, read_did_document


def document(did: str, place: str) -> DidDocument:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    x = base64url.encode(key.public_bytes_raw())
    method = {
        "id": f"{did}#log-1",
        "type": "JsonWebKey2020",
        "controller": did,
        "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": x},
    }
    service = {"id": f"{did}#log", "type": "FaifoLogService", "serviceEndpoint": place}
    body = {"id": did, "verificationMethod": [method], "service": [service]}
    return read_did_document(json.dumps(body).encode(), did=did)


@pytest.mark.parametrize(
    ("did", "place", "origins"),
    [
        ("did:web:a.example", "https://a.example/log", ["a.example/log"]),
        ("did:web:a.example%3A8443", "https://a.example:8443/log/", ["a.example:8443/log"]),
        ("did:web:a.example:one", "https://a.example/one/log/2", ["a.example/one/log"]),
        ("did:web:a.example", "https://b.example/log", []),
        ("did:web:a.example", "https://a.example.b.example/log", []),
        ("did:web:a.example", "https://a.example@b.example/log", []),
        ("did:web:a.example", "https://a.example:8443/log", []),
        ("did:web:a.example:one", "https://a.example/two/log", []),
        ("did:web:a.example:one", "https://a.example/log", []),
    ],
)
def test_a_node_has_no_log_but_where_it_is(did: str, place: str, origins: list[str]) -> None:
    found = logs_of(document(did, place))
    assert (list(found.keys), bool(found.place)) == (origins, bool(origins))
