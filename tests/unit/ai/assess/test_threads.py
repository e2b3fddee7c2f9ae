"""What scikit-learn's OpenMP says that it does, once our package was there first."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ASK = "import faifo.ai.assess, sklearn.ensemble"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have another OpenMP")
@pytest.mark.parametrize(
    ("given", "spins"),
    [
        pytest.param({}, "4000", id="waiting threads soon leave the core to others"),
        pytest.param({"GOMP_SPINCOUNT": "7"}, "7", id="what the user set prevails"),
        pytest.param({"OMP_WAIT_POLICY": "PASSIVE"}, "0", id="in the standard's way, too"),
    ],
)
def test_threads_wait_as_they_should(given: dict[str, str], spins: str) -> None:
    ours = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"OMP_DISPLAY_ENV": "VERBOSE", **given}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert f"GOMP_SPINCOUNT = '{spins}'" in done.stderr
