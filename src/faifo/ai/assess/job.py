"""Assess one table of answers in a process of its own, for a node that goes on meanwhile.

A line of JSON comes in: `data`, `evidence` and `run_times` (paths) and the request. Lines go out:
`step`, `done` and `total` as it goes on, and at the end nothing, or `refused`, why, in each
language. The evidence is written whole.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from faifo.errors import FaifoError
from faifo.phrases import LANGUAGES

MEMORY: Final = 6 * 2**30
CPU_SECONDS: Final = 3600


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.loads(sys.stdin.readline())
    try:
        _assess(asked)
    except FaifoError as error:
        _tell(refused={lang: error.sentence(lang) for lang in LANGUAGES})


def _assess(asked: dict[str, Any]) -> None:
    from faifo.ai.assess.libraries import library

    for needed in ("numpy", "polars"):
        library(needed)
    from faifo.ai.assess.request import Request
    from faifo.ai.assess.run import assess
    from faifo.ai.evidence import write_evidence

    def progress(step: str, done: int, total: int) -> None:
        _tell(step=step.replace(" ", "-"), done=done, total=total)

    found = assess(Request(data=Path(asked["data"]), **asked["request"]), progress)
    Path(asked["run_times"]).write_bytes(msgspec.json.encode(found.run_times))
    part = Path(f"{asked['evidence']}.part")
    part.write_bytes(write_evidence(found.found))
    part.rename(asked["evidence"])


def _tell(**told: Any) -> None:
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
