from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from faifo import clock
from faifo.node.custody.keyring import Keyring, make_first_keys, make_key, read_keyring
from faifo.node.membership.authority import read_programme, write_programme
from faifo.node.membership.issuing import ByHand, Issuing
from faifo.trust.keys import KeyPurpose

DID = "did:web:authority.example"


class Rows:
    """An outbox that only notes what it is given."""

    def __init__(self) -> None:
        self.added: list[Any] = []

    async def queue(self, _tx: Any, row: Any) -> Any:
        self.added.append(row)
        return row


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    make_first_keys(tmp_path / "keys")
    make_key(tmp_path / "keys", KeyPurpose.CREDENTIAL, now=clock.now())
    return read_keyring(tmp_path / "keys", did=DID)


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def issuing(tmp_path: Path, keyring: Keyring, rows: Any) -> Issuing:
    write_programme(tmp_path, name="Authority", economy="VN")
    return Issuing(
        did=DID,
        base="https://authority.example/issuer",
        programme=read_programme(tmp_path),
        keyring=keyring,
        outbox=rows,
        admission=ByHand(),
    )
