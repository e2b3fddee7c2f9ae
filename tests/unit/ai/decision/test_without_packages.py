"""A receiver proves, recomputes and decides without any package of `faifo[ai]`."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
for name in ("numpy", "polars", "sklearn", "scipy", "matplotlib", "jinja2", "pandas"):
    sys.modules[name] = None
import faifo.ai.decision.judge, faifo.ai.decision.explain, faifo.ai.passport.verify
import faifo.ai.passport.build, faifo.ai.packs, faifo.cli.verbs.ai, faifo.demo.credit
from faifo.cli.main import run
assert run(["ai", "packs"]) == 0
sys.exit(run(["ai", "assess", "x.csv", "--label", "y", "--score", "p"]))
"""


def test_only_measuring_needs_the_extra() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "asean" in done.stdout
    assert done.stderr == (
        "faifo: the library numpy is not installed; expected it, for this measurement; "
        'pip install "faifo[ai]"\n'
    )
