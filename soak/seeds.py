"""The tests that follow a seed, round after round with new ones, until the time is over."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from soak.report import Result

ROOT = Path(__file__).parents[1]
SEEDED = ("tests/kill", "tests/hostile/test_fuzz.py", "tests/contract/test_store_model.py",
          "tests/unit/policy", "tests/unit/machines", "tests/unit/messages")  # fmt: skip
ENDED = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


def run(seed: int, seconds: float) -> Result:
    """Run the part; a round that has begun is finished."""
    chosen, operations, lost = random.Random(seed), Counter[str](), []
    began = time.monotonic()
    while not operations["rounds"] or time.monotonic() - began < seconds:
        this = chosen.randrange(2**32)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", f"--hypothesis-seed={this}"]
        ran = subprocess.run(
            [*command, *SEEDED], cwd=ROOT, env={**os.environ, "FAIFO_SEED": str(this)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        operations["rounds"] += 1
        for number, word in ENDED.findall(ran.stdout.strip().splitlines()[-1]):
            operations[f"tests {word}"] += int(number)
        lost += [
            f"FAIFO_SEED={this}: {line}"
            for line in ran.stdout.splitlines()
            if line.startswith(("FAILED", "ERROR"))
        ]
        if ran.returncode and not lost:
            lost.append(f"FAIFO_SEED={this}: pytest ended with {ran.returncode}")
    return Result("seeds", seed, time.monotonic() - began, operations, {}, lost)
