"""What is asked of proven credentials besides their type: how old they are, and how sure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from faifo.policy.compile import compiled
from faifo.policy.evaluate import evaluate
from faifo.policy.model import Use
from faifo.policy.operands import operands
from faifo.policy.operands.operand import TICK
from unit.policy.policies import atom

NOW = datetime(2026, 11, 29, tzinfo=UTC)
AGE, LEVEL = "urn:faifo:odrl:credentialAge", "urn:faifo:odrl:credentialLevel"
PROVEN = "urn:faifo:odrl:credential"
CLAIM = "urn:faifo:odrl:claim"


def entry(since: str | None = "2026-11-01T00:00:00Z", **claims: str) -> dict[str, Any]:
    about = {"id": "urn:c", "issuer": "did:web:i", "types": ["M"], "claims": claims}
    return {**about, "valid_from": since} if since else about


def use(*entries: dict[str, Any]) -> Use:
    return Use(who="did:web:a", at=NOW, evidence={"credentials": list(entries)})


def permits(constraint: Any, known: Use) -> bool:
    policy = compiled({"permission": [{"action": "use", "constraint": [constraint]}]})
    found = ((name, one.fact(known)) for name, one in operands().items())
    return evaluate(policy, {name: fact for name, fact in found if fact}).permits


OLD = "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("constraint", "entries", "permitted"),
    [
        pytest.param(atom(AGE, "lteq", "P28D"), [entry()], True, id="just so old"),
        pytest.param(atom(AGE, "lt", "P28D"), [entry()], False, id="not less"),
        pytest.param(atom(AGE, "lteq", "P28D"), [entry(), entry(OLD)], False, id="the oldest"),
        pytest.param(atom(AGE, "lteq", "P28D"), [entry(), entry(None)], False, id="one unknown"),
        pytest.param(atom(AGE, "lteq", "P28D"), [], False, id="none at all"),
        pytest.param(atom(AGE, "term-lteq", "P28D"), [entry()], True, id="the schema's name"),
        pytest.param(
            atom(LEVEL, "gteq", "substantial"), [entry(assuranceLevel="high")], True, id="above"
        ),
        pytest.param(
            atom(LEVEL, "gteq", "substantial"),
            [entry(assuranceLevel="low"), entry(assuranceLevel="substantial")], True,
            id="the highest",
        ),
        pytest.param(
            atom(LEVEL, "gteq", "substantial"), [entry(assuranceLevel="low")], False, id="below"
        ),
        pytest.param(
            atom(LEVEL, "eq", "low"), [entry(assuranceLevel="best")], False, id="no such level"
        ),
        pytest.param(atom(LEVEL, "gteq", "best"), [entry(assuranceLevel="high")], False, id="odd"),
        pytest.param(atom(PROVEN, "hasPart", "M"), [entry()], True, id="among others"),
        pytest.param(atom(PROVEN, "hasPart", "N"), [entry()], False, id="not among them"),
    ],
)  # fmt: skip
def test_what_is_proven(constraint: Any, entries: Any, permitted: bool) -> None:
    assert permits(constraint, use(*entries)) is permitted


def test_a_credential_grows_too_old_by_time_alone() -> None:
    constraint = atom(AGE, "lteq", "P30D")
    policy = compiled({"permission": [{"action": "use", "constraint": [constraint]}]})
    then = datetime(2026, 12, 1, tzinfo=UTC) + TICK
    assert policy.changes(use(entry())) == then
    assert policy.changes(use(entry(OLD))) is None
    assert not permits(constraint, Use(**{**_members(use(entry())), "at": then}))
    assert permits(constraint, Use(**{**_members(use(entry())), "at": then - TICK}))


def _members(known: Use) -> dict[str, Any]:
    return {name: getattr(known, name) for name in known.__struct_fields__}


def test_the_spans_between_levels_are_compared() -> None:
    from faifo.policy.compare import narrows

    def offer(level: str) -> dict[str, Any]:
        constraint = atom(LEVEL, "gteq", level)
        return {"permission": [{"action": "use", "constraint": [constraint]}]}

    assert narrows(offer("high"), offer("low")).permits
    assert not narrows(offer("low"), offer("high")).permits


@pytest.mark.parametrize(
    ("known", "permitted"),
    [
        pytest.param({**entry(basis="consent"), "issuer": "did:web:x"}, True, id="its own"),
        pytest.param(entry(basis="consent"), False, id="another issuer"),
        pytest.param(entry(basis="consent@did:web:x"), False, id="an issuer in the value"),
        pytest.param(
            {**entry(), "types": ["M/basis=consent@did:web:x"]}, False, id="an issuer in the type"
        ),
    ],
)
def test_who_issued_a_claim_is_not_for_the_issuer_to_write(known: Any, permitted: bool):
    assert permits(atom(CLAIM, "eq", "M/basis=consent@did:web:x"), use(known)) is permitted


def test_a_claim_may_hold_an_at_sign():
    known = use(entry(email="a@b.example"))
    assert permits(atom(CLAIM, "eq", "M/email=a@b.example"), known)
    assert permits(atom(CLAIM, "eq", "M/email=a@b.example@did:web:i"), known)
