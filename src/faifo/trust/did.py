"""The door to DIDs: names (did_web.py) and documents (did_document.py)."""

from __future__ import annotations

from faifo.trust.did_document import (
    ASSERTION_METHOD,
    AUTHENTICATION,
    CAPABILITY_INVOCATION,
    DidDocument,
    Service,
    VerificationMethod,
    read_did_document,
    write_did_document,
)
from faifo.trust.did_web import did_of_node_url, did_web, did_web_place, did_web_url, node_url

__all__ = [
    "ASSERTION_METHOD",
    "AUTHENTICATION",
    "CAPABILITY_INVOCATION",
    "DidDocument",
    "Service",
    "VerificationMethod",
    "did_of_node_url",
    "did_web",
    "did_web_place",
    "did_web_url",
    "node_url",
    "read_did_document",
    "write_did_document",
]
