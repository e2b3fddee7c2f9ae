"""What scikit-learn's OpenMP says that it does, once our package was there first."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ASK = "import faifo.ai.assess, sklearn.ensemble"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have another OpenMP")
@pytest.mark.parametrize(
    ("given", "policy"),
    [
        pytest.param(None, "PASSIVE", id="waiting threads leave the core to others"),
        pytest.param("ACTIVE", "ACTIVE", id="what the user set prevails"),
    ],
)
def test_threads_wait_as_they_should(given: str | None, policy: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    environment["OMP_DISPLAY_ENV"] = "TRUE"
    if given:
        environment["OMP_WAIT_POLICY"] = given
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert f"OMP_WAIT_POLICY = '{policy}'" in done.stderr
