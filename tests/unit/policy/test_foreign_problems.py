"""Problems that others wrote: can two policies hold together, does one contain the other?

Answered by the comparison that negotiation uses, or "unknown". A definite answer that is not theirs
is a fault. Read where they lie; see docs/conformance.md for the numbers.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from faifo.policy import compile as compiling
from faifo.policy.actions import includes
from faifo.policy.compare import narrows
from faifo.policy.compile import compiled
from faifo.policy.evaluate import evaluate
from faifo.policy.model import Fact, Policy, Use
from faifo.policy.operands import operands
from faifo.policy.operands.operand import COMPARE, ORDER, SETS, Closed, Ordered, Texts
from faifo.policy.relating import MAX_PAIRS, _Not, compatible, together
from faifo.policy.spelling import literal

FOLDER = Path(__file__).parents[3].parent / "shared" / "vectors" / "odrl"
NUMBERS = {
    "conflict-axes": {"agrees": 76, "silent": 2},
    "conflict-concepts": {"agrees": 18, "unknown": 3},
    "conflict-time": {"agrees": 23, "unknown": 18},
}
"""As they stand in docs/conformance.md."""
MEANS = {
    "Compatible": True, "NotConflict": True, "Refines": True, "Realizable": True, "Permit": True,
    "Conflict": False, "NotRefines": False, "Unrealizable": False, "Deny": False, "Unknown": None,
}  # fmt: skip
SILENT = {"ODRL654", "ODRL655"}
"""One side says nothing of a size: unknown to them, free in ODRL and here."""
# What the problems say of their vocabularies (`why`): what lies within what.
WITHIN_THEM = {"gn:6255148/": {"gn:3017382/"}, "bcp:de": set()}


class Sizes(Ordered):
    """Decimal numbers, as a package might bring them."""

    types = ("xsd:decimal",)
    kind = "number"
    step = Decimal("0.001")
    least = Decimal(0)

    def read(self, operator: str, right: Any) -> Decimal:  # noqa: ARG002
        return Decimal(literal(right, self.types))

    def test(self, operator: str, value: Decimal) -> Any:
        return lambda given: COMPARE[operator](given, value)

    def text(self, value: Decimal) -> str:
        return str(value)

    given = text


class Concepts(Texts):
    """Names of which some lie within others; `hasPart` is the other way round."""

    def read(self, operator: str, right: Any) -> frozenset[str]:
        found = super().read(operator, right)
        if operator not in {"isPartOf", "hasPart"}:
            return found
        (name,) = found
        around = {wide for wide, parts in WITHIN_THEM.items() if name in parts}
        return Closed(
            name, found | (WITHIN_THEM.get(name, set()) if operator == "isPartOf" else around)
        )

    def test(self, operator: str, value: frozenset[str]) -> Any:
        return super().test("eq" if operator in {"isPartOf", "hasPart"} else operator, value)


class Places(Concepts):
    nested = True


def nothing(use: Use) -> None:
    return None


AXES = (
    "absoluteSizeWidth",
    "absoluteSizeHeight",
    "absoluteSizeDepth",
    "spatialCoordinatesAltitude",
)


def brought() -> list[Any]:
    more = {"fact": nothing, "source": "a package"}
    parts = (*SETS, "isPartOf", "hasPart")
    return [
        *(Sizes(term=f"oax:{n}", name=n, operators=ORDER, **more) for n in AXES),
        Concepts(term="language", name="language", operators=parts, **more),
        Places(term="spatial", name="spatial", operators=parts, **more),
    ]


@pytest.fixture
def with_theirs(monkeypatch: pytest.MonkeyPatch):
    """Have the operands that the problems are about, as an installed package would bring them."""
    found = MappingProxyType({**operands(), **{one.term: one for one in brought()}})
    monkeypatch.setattr(compiling, "operands", lambda: found)
    forget()
    yield
    forget()


def forget() -> None:
    from faifo.policy import compare

    compiling._small.cache_clear()
    compare._remembered.cache_clear()


def mapped(part: Any) -> Any:
    """Return a policy as DSP has it: instants in UTC, an action, no names of rules."""
    if isinstance(part, list):
        return [mapped(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("leftOperand") == "dateTime":
        moment = part["rightOperand"]["@value"]
        moment = (moment if "T" in moment else f"{moment}T00:00:00") + "Z"
        return {**part, "rightOperand": moment}
    kept = {name: mapped(one) for name, one in part.items() if name not in {"uid", "target"}}
    for rule in kept.get("permission", []):
        rule.setdefault("action", "use")
    return kept


def escapes(one: Policy, other: Policy) -> bool:
    """Tell whether some use is permitted by `one` and not by `other`; "no" proves nothing."""
    if one.prohibitions or one.obstacles:
        return False
    for rule in one.permissions[:MAX_PAIRS]:
        wider = [theirs for theirs in other.permissions if includes(theirs.action, rule.action)]
        if together([*rule.parts, *(_Not(*given.parts) for given in wider)]):
            return True
    return False


def answered(case: Any) -> bool | None:
    policies = [mapped(one) for one in case["policies"]]
    given = re.findall(
        r"(?:absoluteSize)?([wW]idth|[hH]eight) = (\d+)", " ".join(case.get("notes", []))
    )
    if case["question"] == "at-run-time" and given:
        facts = {
            f"oax:absoluteSize{name.capitalize()}": Fact(value=Decimal(value), provenance="theirs")
            for name, value in given
        }
        return evaluate(compiled(policies[0]), facts).permits
    if case["question"] == "contains":
        assert case.get("direction", "first-in-second") == "first-in-second"
        if narrows(*policies).permits:
            return True
        return False if escapes(*map(compiled, policies)) else None
    return compatible(compiled(policies[0]), compiled(policies[-1]))


@pytest.mark.parametrize("name", sorted(NUMBERS))
@pytest.mark.usefixtures("with_theirs")
def test_no_definite_answer_differs(name: str):
    if not FOLDER.exists():
        pytest.skip(f"the problems of others are not here ({FOLDER.name})")
    found: Counter[str] = Counter()
    wrong = []
    for case in json.loads((FOLDER / f"{name}.json").read_text())["cases"]:
        answer, expected = answered(case), MEANS[case["expected"]]
        if answer is expected:
            found["agrees"] += 1
        elif answer is None:
            found["unknown"] += 1
        elif case["id"] in SILENT:
            found["silent"] += 1
        else:
            wrong.append((case["id"], answer))
    assert wrong == []
    assert dict(found) == NUMBERS[name]
