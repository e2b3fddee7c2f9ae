from __future__ import annotations

import stat
from pathlib import Path

import pytest

from faifo.demo.cast import MARK, Cast, assemble, make_root
from faifo.errors import ConflictError
from faifo.node.custody.directory import Directory
from faifo.node.custody.trust_file import read_trust
from faifo.node.settings.model import read_settings


@pytest.fixture
def cast(tmp_path: Path) -> Cast:
    return assemble(tmp_path)


def test_two_economies_and_both_called_fictional(cast: Cast):
    sides = (cast.provider, cast.consumer)
    assert len({side.economy for side in sides}) == 2
    assert all(side.name.endswith("(fictional)") for side in sides)


def test_each_side_has_its_own_directory_keys_settings_and_port(cast: Cast):
    assert cast.provider.port != cast.consumer.port
    for side in (cast.provider, cast.consumer):
        settings = read_settings(side.directory.settings)
        assert settings.did == side.did == f"did:web:localhost%3A{side.port}"
        assert settings.node.economy == side.economy
        assert list(side.directory.keys.glob("token-*.json"))
    keys = [side.directory.read_manage_key() for side in (cast.provider, cast.consumer)]
    assert keys[0] != keys[1]


def test_each_side_trusts_the_other_and_nobody_else(cast: Cast):
    for side, other in ((cast.provider, cast.consumer), (cast.consumer, cast.provider)):
        assert [entry.did for entry in read_trust(side.directory.trust)] == [other.did]


def test_secrets_are_for_their_owner_only(cast: Cast):
    for side in (cast.provider, cast.consumer):
        secrets = [side.directory.manage_key, *side.directory.keys.iterdir()]
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in secrets)


def test_a_temporary_folder_is_new_each_time():
    first, second = make_root(keep=False), make_root(keep=False)
    try:
        assert first != second
        assert [path.name for path in first.iterdir()] == [MARK]
    finally:
        for root in (first, second):
            (root / MARK).unlink()
            root.rmdir()


def test_a_kept_folder_of_before_is_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assemble(make_root(keep=True))
    root = make_root(keep=True)
    assert root == tmp_path / ".demo"
    assert [path.name for path in root.iterdir()] == [MARK]


def test_somebody_elses_folder_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / ".demo" / "mine"
    mine.parent.mkdir()
    mine.write_text("precious", "utf-8")
    with pytest.raises(ConflictError) as caught:
        make_root(keep=True)
    assert str(caught.value) == (
        f"{tmp_path / '.demo'} was not made by the demo; move it away, then try again"
    )
    assert mine.read_text("utf-8") == "precious"


def test_nodes_that_are_still_up_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    cast = assemble(make_root(keep=True))
    held = Directory(cast.consumer.folder)
    held.hold()
    try:
        with pytest.raises(ConflictError, match="is served already"):
            make_root(keep=True)
        assert cast.provider.directory.settings.exists()
    finally:
        held.release()
