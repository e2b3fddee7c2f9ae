"""Our SDMX-CSV before readers that nobody here wrote: pysdmx, and sdmx1.

They run in the interpreter that FAIFO_FOREIGN_PYTHON names; in CI its absence is a failure.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from faifo.skills.demand import as_sdmx, published

COUNTS = {
    ("0110", "Huế", "2026-10", "15-29"): 62,
    ("0110", "Huế", "2026-10", "30-64"): 40,
    ("0110", "Huế", "2026-10", "65+"): 4,
    ("2512.4", "Đà Nẵng, quận 1", "2026-11", "_Z"): 1234,
}


def test_readers_of_others_see_each_code_and_which_counts_are_hidden(tmp_path: Path) -> None:
    python = os.environ.get("FAIFO_FOREIGN_PYTHON")
    if python is None:
        if os.environ.get("CI"):
            pytest.fail("FAIFO_FOREIGN_PYTHON is not set")
        pytest.skip("FAIFO_FOREIGN_PYTHON names no interpreter with pysdmx and sdmx1")
    file = tmp_path / "demand.csv"
    file.write_text(as_sdmx(published(COUNTS, "VN")), encoding="utf-8")
    script = Path(__file__).with_name("sdmx_check.py")
    done = subprocess.run(
        (python, str(script), str(file)), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    soldiers = ["VN", "C0110", "Huế"]
    rows = [
        [*soldiers, "Y15T29", "2026-10", "60", "F"],
        [*soldiers, "Y30T64", "2026-10", "NaN", "C"],
        [*soldiers, "Y_GE65", "2026-10", "NaN", "C"],
        [*soldiers, "_T", "2026-10", "105", "F"],
        ["VN", "C2512_4", "Đà Nẵng, quận 1", "_Z", "2026-11", "1235", "F"],
    ]
    assert found == {"pysdmx": rows, "sdmx1": rows}
