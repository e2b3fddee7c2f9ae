"""Where a node is, and whom its key is sent to."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

import pytest

from faifo import running
from faifo.cli import access
from faifo.client import Client, NotRunningError, find_node
from faifo.client.finding import Found, read_key
from faifo.errors import SettingsError
from faifo.node.custody.directory import Directory
from faifo.running import RUNNING

URL = "http://127.0.0.1:9"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "faifo.toml").write_text("")
    (tmp_path / "manage.key").write_text("secret\n")
    (tmp_path / "running.json").write_text('{"process":1,"manage_url":"http://127.0.0.1:1"}')
    return tmp_path


def test_a_node_that_runs(directory: Path, monkeypatch: pytest.MonkeyPatch):
    with (directory / "running.json").open() as told:
        fcntl.flock(told, fcntl.LOCK_EX)
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


def test_another_who_looks_is_no_node_that_runs(directory: Path, monkeypatch: pytest.MonkeyPatch):
    with (directory / "running.json").open() as told:
        fcntl.flock(told, fcntl.LOCK_SH)
        with pytest.raises(NotRunningError):
            find_node(directory)
    (directory / "lock").touch()
    looking = (directory / "lock").open()
    fcntl.flock(looking, fcntl.LOCK_EX)
    monkeypatch.setattr(running.time, "sleep", lambda _: looking.close())
    assert not running.held(directory)


def test_no_node(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"^there is no faifo.toml in .*; expected a node's"):
        find_node(tmp_path)


def test_a_key_file_that_is_none(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"key cannot be read: No such file"):
        read_key(tmp_path / "key")
    (tmp_path / "key").write_text("\n")
    with pytest.raises(SettingsError, match=r"key holds no key; expected one line"):
        read_key(tmp_path / "key")


@pytest.fixture
def node(tmp_path: Path) -> Directory:
    (tmp_path / "faifo.toml").touch()
    (tmp_path / "manage.key").write_text("k")
    return Directory(tmp_path)


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with others over a database"])
def test_who_serves_is_found(node: Directory, shared: bool) -> None:
    node.hold(shared=shared)
    with pytest.raises(NotRunningError):
        find_node(node.path)
    node.tell(URL)
    assert find_node(node.path) == Found(URL, "k")
    told = (node.path / RUNNING).read_bytes()
    node.release()
    assert not (node.path / RUNNING).exists()
    (node.path / RUNNING).write_bytes(told)  # as a process that was killed leaves it
    with pytest.raises(NotRunningError):
        find_node(node.path)


async def test_a_command_waits_for_one_that_starts(node: Directory) -> None:
    node.hold()
    waits = asyncio.create_task(access.serving(node))
    done, _ = await asyncio.wait([waits], timeout=3 * access.LOOK_S)
    assert not done
    node.tell(URL)
    found = await waits
    assert found
    assert found.manage_url == URL
    node.release()
    assert await access.serving(node) is None


async def test_it_does_not_wait_for_ever(node: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "STARTING_S", 0.0)
    node.hold()
    assert await access.serving(node) is None
    node.release()
