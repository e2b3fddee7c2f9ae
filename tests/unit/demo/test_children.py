from __future__ import annotations

import os
from pathlib import Path

import pytest

from faifo.demo.children import Children
from faifo.errors import UnreachableError

SERVICE = "faifo.demo.model_service"


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_child_that_ends_early_is_told_with_its_last_words(tmp_path: Path):
    """The service has no key file, so it cannot start."""
    folder = tmp_path / "service"
    folder.mkdir()
    children = Children(keep=False)
    try:
        with pytest.raises(UnreachableError) as caught:
            await children.start(SERVICE, folder).ready(lambda: None)
    finally:
        children.end()
    assert str(caught.value).startswith(f"{SERVICE} cannot be reached: FileNotFoundError")


async def test_children_are_gone_after_the_end(tmp_path: Path):
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "backend.key").write_text("key", "ascii")
    children = Children(keep=False)
    try:
        child = children.start(SERVICE, folder)
        ready = folder / "service.json"
        assert await child.ready(lambda: ready.exists() or None)
        assert alive(child.pid)
    finally:
        children.end()
    assert not alive(child.pid)
    assert children.pids == []
    assert child.log.read_text("utf-8") == ""
