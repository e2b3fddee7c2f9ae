"""What commands read from files."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faifo.cli.files import read
from faifo.errors import NotFoundError, SettingsError, TooLargeError


def test_what_comes_through_a_pipe_is_read_within_its_limit(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as writer:
        written = writer.submit(pipe.write_bytes, b"abc")
        assert read(pipe, "badge", 3) == b"abc"
        written.result(10)
    with pytest.raises(TooLargeError, match="the badge zero"):
        read(Path("/dev/zero"), "badge", 3)


def test_what_cannot_be_read_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "none", tmp_path, tmp_path / "file" / "below"):
        with pytest.raises(NotFoundError, match="no badge"):
            read(path, "badge")
    with pytest.raises(SettingsError, match=r"^/proc/self/mem cannot be read: Input/output error"):
        read(Path("/proc/self/mem"), "badge")
