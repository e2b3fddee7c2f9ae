from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from faifo.trust.keys import KeyPurpose, SigningKey


@pytest.fixture
def now():
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def make_key():
    def make(did: Any, name: Any = "k1", purpose: Any = KeyPurpose.TOKEN) -> SigningKey:
        return SigningKey(
            id=f"{did}#{name}",
            purpose=purpose,
            created=datetime(2026, 1, 1, tzinfo=UTC),
            private_key=ec.generate_private_key(ec.SECP256R1()),
        )

    return make
