"""Other people's checkers; `scripts/foreign-clients.sh` puts them into build/foreign."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[2] / "build" / "foreign"


@pytest.fixture
def foreign() -> Callable[[str], Path]:
    """Return where a checker is; without it the test skips, or fails where CI needs it."""

    def find(name: str) -> Path:
        path = ROOM / name
        if not path.exists():
            reason = f"{path} is not there: run scripts/foreign-clients.sh"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return find
