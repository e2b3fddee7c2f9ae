from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from faifo.node.services import deciding
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store

NOW = datetime(2026, 11, 22, tzinfo=UTC)
US, THEM = "did:web:a.example", "did:web:b.example"


def test_the_facts_say_where_they_come_from() -> None:
    known = deciding.facts(consumer=US, now=NOW, purpose="research")
    assert {name: fact.provenance for name, fact in known.items()} == {
        "recipient": "proven by its self-issued token",
        "dateTime": "this node's clock",
        "purpose": "declared by the consumer, in the policy",
    }
    assert "purpose" not in deciding.facts(consumer=US, now=NOW, purpose=None)


CASES: list[Any] = [
    pytest.param(Terms(), True, True, id="no terms"),
    pytest.param(Terms(recipients=(US,)), True, True, id="named"),
    pytest.param(Terms(recipients=(THEM,)), False, False, id="somebody else named"),
    pytest.param(Terms(until=datetime(2026, 1, 1, tzinfo=UTC)), False, False, id="over"),
    pytest.param(Terms(not_before=datetime(2027, 1, 1, tzinfo=UTC)), False, False, id="not yet"),
    pytest.param(Terms(purposes=("a", "b")), True, True, id="purposes"),
]


@pytest.mark.parametrize(("terms", "seen", "permitted"), CASES)
def test_what_is_seen_and_permitted(terms: Terms, seen: bool, permitted: bool) -> None:
    policy = offer(terms)
    assert deciding.visible(policy, consumer=US, now=NOW) is seen
    decision = deciding.decide(policy, consumer=US, now=NOW)
    assert decision.permits is permitted
    assert bool(deciding.reasons(decision)) is True
    assert deciding.purposes_of(policy) == terms.purposes


def test_what_is_not_understood_is_neither_seen_nor_permitted() -> None:
    unknown = {"leftOperand": "spatial", "operator": "eq", "rightOperand": "VN"}
    policy = {"permission": [{"action": "use", "constraint": [unknown]}]}
    assert deciding.visible(policy, consumer=US, now=NOW) is False
    assert deciding.decide(policy, consumer=US, now=NOW).permits is False
    assert deciding.decide({}, consumer=US, now=NOW).permits is False


async def test_a_decision_is_kept_whole(store: Store) -> None:
    policy = offer(Terms(purposes=("research",)))
    decision = deciding.decide(policy, consumer=US, now=NOW)
    name = await store.run(
        lambda tx: deciding.keep(tx, decision, stage="access", now=NOW, process="p", agreement="a")
    )
    kept = await store.read(lambda tx: tx.decisions.get(name))
    assert kept is not None
    assert (kept.stage, kept.permitted, kept.process, kept.agreement) == ("access", True, "p", "a")
    assert kept.document["policy"] == policy
    assert kept.document["facts"]["purpose"]["value"] == "research"
    assert kept.document["reason"]["holds"] is True
