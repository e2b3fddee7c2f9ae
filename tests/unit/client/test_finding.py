"""A running node is found by its directory, however it is held; one that starts is waited for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from faifo.cli import access
from faifo.client.finding import Found, NotRunningError, find_node
from faifo.node.custody.directory import Directory

URL = "http://127.0.0.1:9"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    (tmp_path / "faifo.toml").touch()
    (tmp_path / "manage.key").write_text("k")
    return Directory(tmp_path)


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with others over a database"])
def test_who_serves_is_found(directory: Directory, shared: bool) -> None:
    directory.hold(shared=shared)
    with pytest.raises(NotRunningError):
        find_node(directory.path)
    directory.write_running(URL)
    assert find_node(directory.path) == Found(URL, "k")
    directory.release()
    directory.write_running(URL)  # as a process that was killed leaves it
    with pytest.raises(NotRunningError):
        find_node(directory.path)


async def test_a_command_waits_for_one_that_starts(directory: Directory) -> None:
    directory.hold()
    waits = asyncio.create_task(access.serving(directory))
    done, _ = await asyncio.wait([waits], timeout=3 * access.LOOK_S)
    assert not done
    directory.write_running(URL)
    found = await waits
    assert found
    assert found.manage_url == URL
    directory.release()
    assert await access.serving(directory) is None


async def test_it_does_not_wait_for_ever(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "STARTING_S", 0.0)
    directory.hold()
    assert await access.serving(directory) is None
    directory.release()
