"""The documents' commands, run by a real shell in a clean folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import commanding

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
sys.path.insert(0, str(Path(__file__).parent))

from terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A shell as a new user has it, with `faifo` on its path; its processes end with the test."""
    bin_folder = str(Path(sys.executable).parent)
    environment = {
        "PATH": f"{commanding.folder()}:{bin_folder}:{os.environ['PATH']}:/usr/sbin:/sbin",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    shell = Terminal(tmp_path, environment)
    yield shell
    shell.close()
