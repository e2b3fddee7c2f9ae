from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from faifo.cli import access
from faifo.cli.choices import Choices
from faifo.node.custody.directory import Directory
from faifo.running import Running


async def test_a_node_that_begins_to_serve_in_this_moment_is_asked(
    faifo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, url, looks = tmp_path / "n", "http://127.0.0.1:1", 0
    assert faifo("init", home, "--port", 8099).code == 0
    choices, really = Choices(), access.serving
    choices.directory = home

    async def looked(directory: Directory) -> Running | None:
        """Look, and let another process begin to serve after the first look."""
        nonlocal looks
        looks += 1
        found = await really(directory)
        if looks == 1:
            serves.hold()
            serves.tell(url)
        return found

    serves = Directory(home)
    monkeypatch.setattr(access, "serving", looked)
    async with access.client(choices, stopped=True) as opened:
        assert url in str(opened._transport.who)
        assert looks == 2
    serves.release()
