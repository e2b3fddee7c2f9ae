"""The list of participants: read again when it changes, and nobody when it cannot be read."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import ConflictError, SettingsError
from faifo.node.custody.trust_file import (
    TrustedParticipant,
    TrustFile,
    add_trust,
    read_trust,
    write_trust,
)

LAN = TrustedParticipant(did="did:web:lan.example.org", name="Lan", economy="VN")
MAI = TrustedParticipant(did="did:web:mai.example.org")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trust.toml"


def test_without_a_file_nobody_is_trusted(path: Path) -> None:
    trust = TrustFile(path)
    assert trust.get(LAN.did) is None
    assert trust.all() == ()


def test_a_change_is_seen_at_once(path: Path) -> None:
    trust = TrustFile(path)
    assert trust.get(LAN.did) is None
    add_trust(path, LAN)
    assert trust.get(LAN.did) == LAN
    add_trust(path, MAI)
    assert trust.all() == (LAN, MAI)
    write_trust(path, (MAI,))
    assert trust.get(LAN.did) is None
    path.unlink()
    assert trust.all() == ()


@pytest.mark.parametrize(
    "text",
    [
        "[[participant]",
        "[[participant]]\n",
        "[[participant]]\ndid = 7\n",
        '[[participant]]\ndid = "did:web:lan.example.org"\nnmae = "Lan"\n',
        'participant = "did:web:lan.example.org"\n',
        '[[participants]]\ndid = "did:web:lan.example.org"\n',
        "\udcff",
    ],
)
def test_a_broken_file_trusts_nobody(
    path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    add_trust(path, LAN)
    trust = TrustFile(path)
    assert trust.get(LAN.did) == LAN
    path.write_bytes(text.encode(errors="surrogateescape"))
    with caplog.at_level(logging.ERROR, "faifo.trust"):
        assert trust.get(LAN.did) is None
        assert trust.all() == ()
    (record,) = caplog.records  # said once, not at every message
    sentence = record.getMessage()
    assert sentence.startswith(f"{path} cannot be read: ")
    assert sentence.endswith(
        '; expected entries such as [[participant]] did = "did:web:node.example.org"'
        "; nobody is trusted until it is mended"
    )
    path.unlink()
    add_trust(path, LAN)
    assert trust.get(LAN.did) == LAN


def test_a_mark_of_the_byte_order_says_nothing(path: Path) -> None:
    write_trust(path, (LAN,))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_trust(path) == (LAN,)


def test_a_path_that_is_no_file_trusts_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert TrustFile(tmp_path / "file" / "trust.toml").get(LAN.did) is None
    (tmp_path / "trust.toml").mkdir()
    assert TrustFile(tmp_path / "trust.toml").get(LAN.did) is None


def test_twice_is_a_conflict(path: Path) -> None:
    add_trust(path, LAN)
    with pytest.raises(ConflictError) as caught:
        add_trust(path, LAN)
    assert str(caught.value) == "did:web:lan.example.org is trusted already"


@pytest.mark.parametrize("did", ["did:key:z6Mk", "lan.example.org", "did:web:127.0.0.1", ""])
def test_what_is_no_did_web_is_not_added(path: Path, did: str) -> None:
    with pytest.raises(SettingsError):
        add_trust(path, TrustedParticipant(did=did))
    assert not path.exists()


def test_a_broken_file_is_not_written_over(path: Path) -> None:
    path.write_text("[[participant]")
    with pytest.raises(SettingsError):
        add_trust(path, LAN)
    assert path.read_text() == "[[participant]"


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.builds(TrustedParticipant, did=ANY_TEXT, name=ANY_TEXT, economy=ANY_TEXT)))
def test_what_is_written_is_read(entries: list[TrustedParticipant]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trust.toml"
        entries = [entry for entry in entries if entry.did]
        write_trust(path, tuple(entries))
        assert read_trust(path) == tuple(entries)
