"""Keys by purpose; a broken key file never shows what it holds."""

from __future__ import annotations

import stat
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from faifo.errors import SettingsError
from faifo.node.custody import keyring
from faifo.node.custody.keyring import (
    BOOKS,
    ensure_key,
    list_keys,
    make_first_keys,
    make_key,
    read_keyring,
    rotate_key,
)
from faifo.trust.keys import KeyPurpose

DID = "did:web:node.example.org"
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_new_node_can_sign_all_that_is_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_first_keys(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(folder.iterdir())
    purposes = sorted((KeyPurpose.TOKEN, KeyPurpose.PRESENTATION, *BOOKS))
    assert [file.name for file in files] == [f"{one}-1.json" for one in purposes]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    for purpose in purposes:
        key = read_keyring(folder, did=DID).signing(purpose)
        assert key.id == f"{DID}#{purpose}-1"
        assert key.purpose is purpose


def test_of_many_that_start_at_once_one_makes_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []

    def keep(path: Path, content: bytes) -> None:
        time.sleep(0.01)  # who looks meanwhile sees none
        made.append(content)
        path.write_bytes(content)

    make_key(tmp_path, KeyPurpose.TOKEN, now=MOMENT)
    monkeypatch.setattr(keyring, "write_secret", keep)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: ensure_key(tmp_path, KeyPurpose.LOG), range(16)))
    assert [one.name for one in tmp_path.glob("log-*")] == ["log-1.json"]
    assert len(made) == 1


def test_the_newest_key_that_is_not_retired_signs(tmp_path: Path) -> None:
    for hours in range(3):
        make_key(tmp_path, KeyPurpose.TOKEN, now=MOMENT + timedelta(hours=hours))
    newest = tmp_path / "token-3.json"
    content = msgspec.json.decode(newest.read_bytes())
    content["retired"] = "2026-03-02T00:00:00Z"
    newest.write_bytes(msgspec.json.encode(content))
    ring = read_keyring(tmp_path, did=DID)
    assert ring.signing(KeyPurpose.TOKEN).id == f"{DID}#token-2"
    assert [key.id.rsplit("#")[1] for key in ring] == ["token-1", "token-2", "token-3"]


def test_a_key_serves_one_purpose(tmp_path: Path) -> None:
    make_key(tmp_path, KeyPurpose.TOKEN, now=MOMENT)
    make_key(tmp_path, KeyPurpose.AGREEMENT, now=MOMENT)
    ring = read_keyring(tmp_path, did=DID)
    assert ring.signing(KeyPurpose.AGREEMENT).id == f"{DID}#agreement-1"
    with pytest.raises(SettingsError) as caught:
        ring.signing(KeyPurpose.LOG)
    assert str(caught.value) == "the node has no log key; expected one in its directory's keys/"


def test_no_key_for_tokens(tmp_path: Path) -> None:
    make_key(tmp_path, KeyPurpose.AGREEMENT, now=MOMENT)
    with pytest.raises(SettingsError) as caught:
        read_keyring(tmp_path, did=DID)
    assert str(caught.value) == "the node has no token key; expected one in its directory's keys/"


def test_a_new_key_never_takes_the_place_of_another(tmp_path: Path) -> None:
    make_key(tmp_path, KeyPurpose.TOKEN, now=MOMENT)
    make_key(tmp_path, KeyPurpose.TOKEN, now=MOMENT)
    second = (tmp_path / "token-2.json").read_bytes()
    (tmp_path / "token-1.json").unlink()
    make_key(tmp_path, KeyPurpose.TOKEN, now=MOMENT)
    assert (tmp_path / "token-2.json").read_bytes() == second
    assert len(list(tmp_path.iterdir())) == 2


def _break(content: bytes, how: str) -> bytes:
    document = msgspec.json.decode(content)
    if how == "cut in the middle":
        return content[: len(content) // 2]
    if how == "another member":
        return msgspec.json.encode({**document, "secret": document["private_key"]})
    if how == "a key that is none":
        pem = document["private_key"]
        return msgspec.json.encode({**document, "private_key": pem.replace("M", "N", 3)})
    if how == "a time without an offset":
        return msgspec.json.encode({**document, "created": "2026-03-01T00:00:00"})
    if how == "a purpose that is none":
        return msgspec.json.encode({**document, "purpose": document["private_key"]})
    if how == "a name that is none":
        return msgspec.json.encode({**document, "id": document["private_key"]})
    return b"\xff" + content


@pytest.mark.parametrize(
    "how",
    [
        "cut in the middle",
        "another member",
        "a key that is none",
        "a time without an offset",
        "a purpose that is none",
        "a name that is none",
        "not UTF-8",
    ],
)
def test_a_broken_key_file_shows_nothing_of_it(tmp_path: Path, how: str) -> None:
    make_key(tmp_path, KeyPurpose.TOKEN, now=MOMENT)
    file = tmp_path / "token-1.json"
    content = file.read_bytes()
    pem = msgspec.json.decode(content)["private_key"]
    file.write_bytes(_break(content, how))
    with pytest.raises(SettingsError) as caught:
        read_keyring(tmp_path, did=DID)
    shown = "".join(traceback.format_exception(caught.value))
    if how == "a key that is none":
        assert str(caught.value.what) == f"the key {DID}#token-1 cannot be read"
    else:
        assert str(caught.value) == (
            f"the key file {file} cannot be read; expected a key that Faifo wrote"
        )
    secret = pem.splitlines()[1]
    for start in range(0, len(secret) - 12, 4):
        assert secret[start : start + 12] not in shown


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(SettingsError, match="cannot be written: File exists"):
        make_first_keys(tmp_path / "keys")


def test_a_new_key_signs_and_the_old_one_is_published_until_its_time_is_over(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "keys"
    make_key(folder, KeyPurpose.TOKEN, now=MOMENT)
    now = datetime.now(UTC)
    assert rotate_key(folder, KeyPurpose.TOKEN, now=now, overlap=timedelta(hours=1)) == "token-2"
    # Partners keep documents for a while, so both are published before the new one signs.
    ring = read_keyring(folder, did=DID)
    assert ring.signing(KeyPurpose.TOKEN).id == f"{DID}#token-1"
    ring = read_keyring(folder, did=DID, published_first=timedelta(0))
    assert ring.signing(KeyPurpose.TOKEN).id == f"{DID}#token-2"
    assert [(key.id, key.retired) for key in ring] == [
        (f"{DID}#token-1", None),
        (f"{DID}#token-2", None),
    ]
    assert [key.state for key in list_keys(folder, now=now)] == ["signing", "overlap"]
    assert [key.state for key in list_keys(folder, now=now + timedelta(hours=1))] == [
        "signing",
        "retired",
    ]
    # At once, because the key may be in wrong hands; what has an end already gets no later one.
    rotate_key(folder, KeyPurpose.TOKEN, now=now, overlap=timedelta(0))
    ring = read_keyring(folder, did=DID)
    assert [key.id for key in ring if key.retired is None] == [f"{DID}#token-3"]
    assert ring.signing(KeyPurpose.TOKEN).id == f"{DID}#token-3"


def test_other_purposes_keep_their_keys(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_key(folder, KeyPurpose.TOKEN, now=MOMENT)
    make_key(folder, KeyPurpose.LOG, now=MOMENT)
    rotate_key(folder, KeyPurpose.TOKEN, now=MOMENT, overlap=timedelta(0))
    states = {key.id: key.state for key in list_keys(folder, now=MOMENT)}
    assert states == {"log-1": "signing", "token-2": "signing", "token-1": "retired"}
