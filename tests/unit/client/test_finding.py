"""Where a node is, and whom its key is sent to."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from faifo.client import Client, NotRunningError, find_node
from faifo.client.finding import Found, read_key
from faifo.errors import SettingsError


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "faifo.toml").write_text("")
    (tmp_path / "manage.key").write_text("secret\n")
    (tmp_path / "running.json").write_text('{"process":1,"manage_url":"http://127.0.0.1:1"}')
    (tmp_path / "lock").write_text("")
    return tmp_path


def test_a_node_that_runs(directory: Path, monkeypatch: pytest.MonkeyPatch):
    with (directory / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert find_node(directory) == Found("http://127.0.0.1:1", "secret")
        monkeypatch.setenv("FAIFO_DIR", str(directory))
        assert find_node() == Found("http://127.0.0.1:1", "secret")
        assert isinstance(Client.connect(), Client)


def test_what_a_crashed_node_left_gets_no_key(directory: Path):
    with pytest.raises(NotRunningError) as caught:
        find_node(directory)
    assert str(caught.value) == (
        f"the node in {directory} is not running; start it with: faifo serve --dir {directory}"
    )


def test_no_node(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"^there is no faifo.toml in .*; expected a node's"):
        find_node(tmp_path)


def test_a_key_file_that_is_none(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"key cannot be read: No such file"):
        read_key(tmp_path / "key")
    (tmp_path / "key").write_text("\n")
    with pytest.raises(SettingsError, match=r"key holds no key; expected one line"):
        read_key(tmp_path / "key")
