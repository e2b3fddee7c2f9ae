"""Cases that others wrote: what is permitted here must be permitted there.

Read where they lie; see docs/conformance.md for the numbers.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from faifo.policy.compile import compiled
from faifo.policy.evaluate import evaluate
from faifo.policy.model import Fact

FILE = Path(__file__).parents[3].parent / "shared" / "vectors" / "odrl" / "evaluator-suite.json"
NUMBERS = {
    ("collection", "agrees"): 5,
    ("duty", "agrees"): 3,
    ("duty", "refused: duty-first"): 1,
    ("logic", "agrees"): 3,
    ("plain", "agrees"): 11,
    ("prohibition", "agrees"): 6,
    ("time", "agrees"): 10,
}
"""As they stand in docs/conformance.md."""


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    if not FILE.exists():
        pytest.skip(f"the cases of others are not here ({FILE.name})")
    found: list[dict[str, Any]] = json.loads(FILE.read_text())["cases"]
    return found


def within(thing: Any, wanted: Any, world: Any) -> bool:
    """Tell whether a party or an asset is the one that a rule names, or in its collection."""
    if isinstance(wanted, dict):
        return [thing, wanted["@id"]] in world.get("memberOf", [])
    return wanted in {None, thing}


def mapped(kind: str, rule: Any, asks: Any, world: Any) -> dict[str, Any] | None:
    """Return a rule of the suite as DSP has it, or None where it is not about what is asked.

    DSP has neither `target` nor `assignee` in a rule: whom and what it is about decides which
    rules a provider writes into the offer.
    """
    if not within(asks["target"], rule.get("target"), world):
        return None
    if not within(asks["assignee"], rule.get("assignee"), world):
        return None
    kept = {n: v for n, v in rule.items() if n not in {"uid", "target", "assignee"}}
    if "duty" in kept:
        kept["duty"] = [{"@id": d["uid"], "action": d["action"]} for d in kept["duty"]]
    return kept


def decided(case: Any) -> tuple[bool, set[str]]:
    asks, world = case["request"]["permission"][0], case["world"]
    policy: dict[str, Any] = {}
    for kind in ("permission", "prohibition"):
        rules = [mapped(kind, one, asks, world) for one in case["policy"].get(kind, [])]
        policy[kind] = [one for one in rules if one is not None]
    done = tuple(d["rule"] for d in world.get("duties", []) if d["deontic"] == "Fulfilled")
    facts = {
        "dateTime": Fact(value=datetime.fromisoformat(world["currentTime"]), provenance="suite"),
        "duty": Fact(value=done, provenance="suite"),
    }
    decision = evaluate(compiled(policy), facts, action=asks["action"])
    codes: set[str] = set()
    waiting = [decision.reason]
    while waiting:
        reason = waiting.pop()
        waiting += reason.children
        if not reason.holds and not reason.children:
            codes.add(reason.code)
    return decision.permits, codes


def test_nothing_is_permitted_wrongly(cases: Any) -> None:
    assert len(cases) == 39
    wrong = [one["id"] for one in cases if decided(one)[0] and not expected(one)]
    assert wrong == []


def expected(case: Any) -> bool:
    return bool(case["expected"]["decision"] == "permitted")


def test_as_written_nothing_is_permitted_wrongly_either(cases: Any) -> None:
    for case in cases:
        action = case["request"]["permission"][0]["action"]
        assert expected(case) or not evaluate(compiled(case["policy"]), {}, action=action).permits


def test_the_numbers_by_kind(cases: Any) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for case in cases:
        permits, codes = decided(case)
        refused = "refused: " + ", ".join(sorted(codes))
        found[case["kind"], "agrees" if permits is expected(case) else refused] += 1
    assert dict(found) == NUMBERS
