"""Evaluations where a policy is compiled before it is judged (since 0.2)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime

from faifo.policy.compile import compiled
from faifo.policy.evaluate import evaluate
from faifo.policy.model import Fact


def main() -> None:
    asked = json.load(sys.stdin)
    document = asked["policy"]
    facts = {name: Fact(value=value, provenance="bench") for name, value in asked["facts"].items()}
    facts["dateTime"] = Fact(value=datetime.fromisoformat(asked["now"]), provenance="bench")
    known = compiled(document)
    assert evaluate(known, facts).permits
    told = {
        "decision": lambda: evaluate(known, facts).permits,
        "from the document": lambda: evaluate(compiled(document), facts).permits,
        "with all reasons": lambda: evaluate(known, facts).written,
    }
    print(json.dumps({name: _rate(once, asked["seconds"]) for name, once in told.items()}))


def _rate(once: Callable[[], object], seconds: float) -> float:
    count, end = 0, time.perf_counter() + seconds
    begin = time.process_time()
    while time.perf_counter() < end:
        for _ in range(100):
            once()
        count += 100
    return count / (time.process_time() - begin)


if __name__ == "__main__":
    main()
