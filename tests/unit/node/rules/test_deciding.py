from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from faifo.node.rules import deciding
from faifo.node.rules.standing import by_terms
from faifo.policy.compile import compiled
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Store
from faifo.store.records import Proof

NOW = datetime(2026, 11, 22, tzinfo=UTC)
US, THEM = "did:web:a.example", "did:web:b.example"
WE = Proof(did=US)


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
    assert by_terms(WE, policy, now=NOW, every=False).permits is seen
    decision = by_terms(WE, policy, now=NOW)
    assert decision.permits is permitted
    assert bool(deciding.reasons(decision)) is True
    assert compiled(policy).purposes == terms.purposes


def test_what_is_not_understood_is_neither_seen_nor_permitted() -> None:
    unknown = {"leftOperand": "spatial", "operator": "eq", "rightOperand": "VN"}
    policy = {"permission": [{"action": "use", "constraint": [unknown]}]}
    assert by_terms(WE, policy, now=NOW, every=False).permits is False
    assert by_terms(WE, policy, now=NOW).permits is False
    assert by_terms(WE, {}, now=NOW).permits is False


async def test_a_decision_is_kept_whole(store: Store) -> None:
    policy = offer(Terms(purposes=("research",)))
    decision = by_terms(WE, policy, now=NOW)
    name = await store.run(
        lambda tx: deciding.keep(tx, decision, stage="access", now=NOW, process="p", agreement="a")
    )
    kept = await store.read(lambda tx: tx.decisions.get(name))
    assert kept is not None
    assert (kept.stage, kept.permitted, kept.process, kept.agreement) == ("access", True, "p", "a")
    assert kept.document["policy"] == policy
    assert kept.document["facts"]["purpose"]["value"] == "research"
    assert kept.document["reason"]["holds"] is True


MEMBER = Proof(
    did=US,
    claims={"economy": "VN", "credentials": ["MembershipCredential"]},
    evidence={
        "kind": "credentials",
        "credentials": [{"id": "urn:1", "issuer": THEM, "types": ["MembershipCredential"]}],
    },
)
BY_FILE = Proof(did=US, claims={"economy": "VN"}, evidence={"kind": "trust file"})
STRANGER = Proof(did=US)
PROVEN: list[Any] = [
    pytest.param(Terms(economies=("VN", "CL")), MEMBER, (), id="of an economy"),
    pytest.param(Terms(economies=("VN",)), BY_FILE, (), id="of an economy, by the trust file"),
    pytest.param(Terms(economies=("JP",)), MEMBER,
        ("The recipient's economy VN is not the allowed one: JP.",), id="of another economy"),
    pytest.param(Terms(economies=("VN",)), STRANGER,
        ("Nothing is known about the recipient's economy, which the policy asks for.",),
        id="nothing proven"),
    pytest.param(Terms(credentials=("MembershipCredential", "Other")), MEMBER, (), id="one of two"),
    pytest.param(Terms(credentials=("Other",)), MEMBER,
        ("The recipient has not proven Other; proven was: MembershipCredential.",), id="lacking"),
    pytest.param(Terms(credentials=("A", "B")), MEMBER,
        ("The recipient has proven none of: A, B; proven was: MembershipCredential.",),
        id="lacking both"),
    pytest.param(Terms(credentials=("MembershipCredential",)), BY_FILE,
        ("Nothing is known about what the recipient has proven, which the policy asks for.",),
        id="a trust file proves no credential"),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "proof", "why"), PROVEN)
def test_terms_over_what_was_proven(terms: Terms, proof: Proof, why: tuple[str, ...]) -> None:
    policy = offer(terms)
    decision = by_terms(proof, policy, now=NOW)
    assert decision.permits is not bool(why)
    assert why == (() if decision.permits else deciding.reasons(decision))
    assert by_terms(proof, policy, now=NOW, every=False).permits is not bool(why)
    if why:
        assert all(decision.sentences("vi"))
        assert decision.sentences("vi") != why


def test_what_somebody_else_proved_is_no_fact() -> None:
    known = deciding.facts(consumer=THEM, now=NOW, purpose=None, proof=MEMBER)
    assert set(known) == {"recipient", "dateTime"}
    proven = deciding.facts(consumer=US, now=NOW, purpose=None, proof=MEMBER)
    assert proven["urn:faifo:odrl:economy"].provenance == f"proven by credential urn:1 of {THEM}"


def test_not_having_a_credential_is_no_condition() -> None:
    constraint = {
        "leftOperand": "urn:faifo:odrl:credential", "operator": "neq", "rightOperand": "X",
    }  # fmt: skip
    policy = {"permission": [{"action": "use", "constraint": [constraint]}]}
    decision = by_terms(MEMBER, policy, now=NOW)
    assert deciding.reasons(decision) == (
        "This node does not understand the operator neq for credential.",
    )
