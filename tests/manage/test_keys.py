"""Several management keys, by name, and their rotation in a running node."""

from __future__ import annotations

import asyncio
import logging

import pytest
from world import World

from faifo.node.http.manage.keys import MEMORY_SECONDS

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW = "old-key-" + "o" * 32, "new-key-" + "n" * 32


async def _status(there: World, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return (await there.node.manage("GET", "/node", headers=headers)).status


async def test_keys_come_and_go(there: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "faifo.access")
    folder = there.node.path / "manage-keys"
    assert await _status(there, OLD) == 401
    folder.mkdir()
    (folder / "notebook.key").write_text(OLD + "\n")
    await asyncio.sleep(MEMORY_SECONDS)
    assert await _status(there, OLD) == 200
    assert await _status(there, there.node.key) == 200
    assert await _status(there, NEW) == 401
    names = [getattr(record, "facts", {}).get("key") for record in caplog.records]
    assert {"notebook", "manage"} <= set(names)
    assert OLD not in caplog.text
    (folder / "notebook-2.key").write_text(NEW)
    await asyncio.sleep(MEMORY_SECONDS)
    assert [await _status(there, key) for key in (OLD, NEW)] == [200, 200]
    headers = {"Authorization": f"Bearer {OLD}"}
    followed = asyncio.create_task(there.node.manage("GET", "/events", headers=headers))
    await asyncio.sleep(0.2)
    (folder / "notebook.key").unlink()
    assert (await asyncio.wait_for(followed, 40)).status == 200, "it ends with its key"
    assert [await _status(there, key) for key in (OLD, NEW)] == [401, 200]


async def test_two_files_of_one_name_are_two_keys(there: World) -> None:
    folder = there.node.path / "manage-keys"
    folder.mkdir(exist_ok=True)
    for name, key in (("desk.old", OLD), ("desk.new", NEW), ("manage.key", "m" * 40)):
        (folder / name).write_text(key)
    await asyncio.sleep(MEMORY_SECONDS)
    keys = (OLD, NEW, "m" * 40, there.node.key)
    assert [await _status(there, key) for key in keys] == [200] * 4


async def test_what_is_no_key_opens_nothing(there: World, caplog: pytest.LogCaptureFixture) -> None:
    folder = there.node.path / "manage-keys"
    folder.mkdir(exist_ok=True)
    (folder / "short").write_text("short")
    (folder / "empty").write_text("")
    (folder / "binary").write_bytes(b"\xff" * 40)
    (folder / ".hidden").write_text("h" * 40)
    (folder / "folder").mkdir()
    await asyncio.sleep(MEMORY_SECONDS)
    assert [await _status(there, key) for key in ("short", "", "h" * 40)] == [401] * 3
    assert await _status(there, there.node.key) == 200
    for name, why in (
        ("short", "it has fewer than 20 characters"),
        ("binary", "it cannot be read"),
        ("folder", "it cannot be read"),
    ):
        assert f"the management key {folder / name} is not used: {why}" in caplog.text
