"""Evaluations where a policy is read from its document each time, with all reasons (0.1)."""

# ruff: noqa: I001 - it imports what is in that version only

from __future__ import annotations

import json
import sys
import time
from datetime import datetime

from faifo.policy.evaluate import evaluate
from faifo.policy.facts import Fact


def main() -> None:
    asked = json.load(sys.stdin)
    facts = {name: Fact(value=value, provenance="bench") for name, value in asked["facts"].items()}
    facts["dateTime"] = Fact(value=datetime.fromisoformat(asked["now"]), provenance="bench")
    assert evaluate(asked["policy"], facts).permits
    rate = _rate(asked["policy"], facts, asked["seconds"])
    # There is one way, and it does all of it.
    print(json.dumps(dict.fromkeys(("decision", "from the document", "with all reasons"), rate)))


def _rate(policy: dict[str, object], facts: dict[str, Fact], seconds: float) -> float:
    count, end = 0, time.perf_counter() + seconds
    begin = time.process_time()
    while time.perf_counter() < end:
        for _ in range(100):
            evaluate(policy, facts)
        count += 100
    return count / (time.process_time() - begin)


if __name__ == "__main__":
    main()
