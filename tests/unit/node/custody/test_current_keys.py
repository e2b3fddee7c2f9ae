"""Keys made while the node runs count at once; what it signs with stays published."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from faifo import clock
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.custody.keyring import make_key, read_keyring, rotate_key
from faifo.trust.keys import KeyPurpose

DID = "did:web:node.example.org"
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for purpose in (KeyPurpose.TOKEN, KeyPurpose.PRESENTATION):
        make_key(tmp_path / "keys", purpose, now=clock.now())
    return tmp_path / "keys"


def current(folder: Path) -> CurrentKeys:
    return CurrentKeys(folder, did=DID, started=read_keyring(folder, did=DID))


def names(keys: CurrentKeys) -> set[str]:
    return {key.id.partition("#")[2] for key in keys.published()}


def test_a_key_that_is_made_later_is_published(folder: Path) -> None:
    keys = current(folder)
    assert names(keys) == {"presentation-1", "token-1"}
    make_key(folder, KeyPurpose.PASSPORT, now=MOMENT)
    assert names(keys) == {"passport-1", "presentation-1", "token-1"}


def test_the_passport_key_is_made_when_it_is_needed_and_once(folder: Path) -> None:
    keys = current(folder)
    first = keys.passport()
    assert (first.id, keys.passport().id) == (f"{DID}#passport-1", f"{DID}#passport-1")
    assert "passport-1" in names(keys)


def test_what_the_process_signs_with_stays_published_until_it_starts_again(folder: Path) -> None:
    keys = current(folder)
    rotate_key(folder, KeyPurpose.TOKEN, now=clock.now(), overlap=timedelta(0))
    assert names(keys) == {"presentation-1", "token-1", "token-2"}
    assert names(current(folder)) == {"presentation-1", "token-2"}


def test_a_key_that_no_longer_signs_leaves_the_document_when_its_time_is_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate_key(folder, KeyPurpose.TOKEN, now=clock.now(), overlap=timedelta(hours=24))
    keys = current(folder)
    assert names(keys) == {"presentation-1", "token-1", "token-2"}
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(clock, "monotonic", lambda: 1e9)
    assert names(keys) == {"presentation-1", "token-2"}


def test_a_new_passport_key_signs_at_once_and_the_one_before_stays_published(folder: Path) -> None:
    keys = current(folder)
    assert keys.passport().id == f"{DID}#passport-1"
    rotate_key(folder, KeyPurpose.PASSPORT, now=clock.now(), overlap=timedelta(days=1))
    assert keys.passport().id == f"{DID}#passport-2"
    assert {"passport-1", "passport-2"} <= names(keys)


def test_a_retired_passport_key_is_not_published(folder: Path) -> None:
    make_key(folder, KeyPurpose.PASSPORT, now=MOMENT)
    keys = current(folder)
    rotate_key(folder, KeyPurpose.PASSPORT, now=clock.now(), overlap=timedelta(0))
    assert names(keys) == {"passport-2", "presentation-1", "token-1"}
    assert keys.passport().id == f"{DID}#passport-2"


def test_a_broken_file_leaves_what_was_known(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = current(folder)
    assert names(keys) == {"presentation-1", "token-1"}
    (folder / "passport-9.json").write_text('{"half": ')
    with caplog.at_level(logging.WARNING, logger="faifo.keys"):
        assert names(keys) == {"presentation-1", "token-1"}
    assert "the keys are not read again" in caplog.text
    assert "half" not in caplog.text
