"""Evaluations of a policy with ten constraints a second, of CPU.

Each version of Faifo has a driver of its own in `bench.evaluations`, which runs alone in the
interpreter that has that version; `make bench BASE=…` runs them in turn.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.figures import BenchError, Effort, Figure, Part
from bench.processes import ROOT

DRIVER = ROOT / "bench" / "evaluations" / "compiled.py"
NAME, UNIT = "10 constraints, {what}", "1/s of CPU"
CONSTRAINTS: list[dict[str, Any]] = [
    {"leftOperand": left, "operator": operator, "rightOperand": right}
    for left, operator, right in (
        ("dateTime", "gteq", "2026-01-01T00:00:00Z"),
        ("dateTime", "lteq", "2036-01-01T00:00:00Z"),
        ("dateTime", "lt", "2036-01-02T00:00:00Z"),
        ("recipient", "eq", "did:web:consumer.example"),
        ("recipient", "isAnyOf", ["did:web:consumer.example", "did:web:other.example"]),
        ("recipient", "isNoneOf", ["did:web:nobody.example"]),
        ("recipient", "neq", "did:web:another.example"),
        ("purpose", "eq", "research"),
        ("purpose", "isAnyOf", ["research", "statistics", "teaching"]),
        ("purpose", "isNoneOf", ["marketing"]),
    )
]


async def run(effort: Effort, folder: Path) -> Part:  # noqa: ARG001 - every part takes one
    part = Part(name="policy", title="Evaluations of a policy")
    told = [driven(sys.executable, DRIVER, effort.policy_seconds) for _ in range(effort.rounds)]
    part.figures = [
        Figure(
            name=NAME.format(what=what),
            unit=UNIT,
            values=[one[what] for one in told],
            better="more",
        )
        for what in told[0]
    ]
    part.notes = [
        (
            "One permission with ten constraints on time, recipient and purpose, all of which"
            " hold. `decision`: the compiled policy is at hand; `from the document`: it is looked"
            " up by its text first, as at an access; `with all reasons`: every reason is written."
        )
    ]
    return part


def driven(python: str | Path, driver: Path, seconds: float) -> dict[str, float]:
    """Return evaluations a second by what is done, from a driver in its own interpreter."""
    asked = {
        "policy": {
            "@type": "Agreement",
            "permission": [{"action": "use", "constraint": CONSTRAINTS}],
        },
        "facts": {"recipient": "did:web:consumer.example", "purpose": "research"},
        "now": "2026-11-28T12:00:00+00:00",
        "seconds": seconds,
    }
    done = subprocess.run(
        [str(python), str(driver)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise BenchError(f"{driver.name} with {python} ended {done.returncode}: {done.stderr}")
    told: dict[str, float] = json.loads(done.stdout)
    return told
