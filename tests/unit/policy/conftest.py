from __future__ import annotations

from datetime import UTC, datetime

import pytest

from faifo.policy.model import Fact

ACME, OTHER = "did:web:acme.example", "did:web:other.example"


@pytest.fixture
def facts():
    return {
        "dateTime": Fact(value=datetime(2026, 6, 1, tzinfo=UTC), provenance="clock of this node"),
        "recipient": Fact(value=ACME, provenance="self-issued token j1"),
        "purpose": Fact(value="research", provenance="the agreement"),
    }
