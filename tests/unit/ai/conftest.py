"""Skip what needs packages or data that are not here, and make small tables."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).parents[3].parent / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    if not DATA.is_dir():
        pytest.skip("needs ../shared/data")
    return DATA
