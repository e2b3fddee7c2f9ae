"""Suites of minutes: `make soak PART=seeds|faults|hostile|log`. See docs/benchmarks.md."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Nodes and peers are those of the tests, found as pytest finds them.
sys.path[:0] = [str(ROOT / one) for one in ("", "scripts", "tests", "tests/hostile", "tests/tls")]
