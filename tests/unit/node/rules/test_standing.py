"""Everything that is asked of the books, one by one: each alone refuses, and says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faifo.machines.role import Role
from faifo.node.rules import standing as rules
from faifo.node.rules.standing import offered, standing
from faifo.policy.terms import Terms, offer
from faifo.store.records import Agreement, Dataset, Proof, SourceKind, StoredPassport, StoredSource

NOW = datetime(2026, 11, 22, tzinfo=UTC)
US, THEM = "did:web:a.example", "did:web:b.example"
WE = Proof(did=US, claims={"economy": "VN"}, evidence={"kind": "trust file"})
PASSPORT = StoredPassport(envelope="e", sha256="0", withdrawal="w")
RESEARCH = offer(Terms(purposes=("research", "teaching")))


def dataset(**changes: Any) -> Dataset:
    source = StoredSource(kind=SourceKind.HTTP, location="http://h")
    given = {"id": "d", "title": "", "offer_id": "o", "policy": RESEARCH, "source": source}
    return Dataset(**{**given, "media_type": "", "published": NOW, **changes})


def agreement(**changes: Any) -> Agreement:
    given = {"id": "a", "role": Role.PROVIDER, "provider": THEM, "consumer": US, "dataset": "d"}
    more = {"document": RESEARCH, "created": NOW, "publication": "o", "active": True}
    return Agreement(**{**given, **more, **changes})


def test_what_is_offered_and_agreed_stands() -> None:
    assert standing(WE, dataset=dataset(), now=NOW).permits
    assert standing(WE, dataset=dataset(), agreement=agreement(), now=NOW).permits
    asked = offer(Terms(purposes=("research",)))
    assert standing(WE, dataset=dataset(), asked=asked, publication="o", now=NOW).permits


def test_a_duty_that_comes_first_is_not_done_before_there_is_an_agreement() -> None:
    first = {"permission": [{"action": "use", "duty": [{"action": "inform"}]}]}
    asked = standing(WE, dataset=dataset(policy=first), asked=first, publication="o", now=NOW)
    assert asked.permits
    assert asked.sentences() == (
        "Nothing is handed out under an agreement before the duty to inform is proven to be done.",
    )
    assert asked.written.facts["duty"] == {"value": "not yet", "provenance": "no agreement yet"}
    under = agreement(document=first)
    undone = standing(WE, dataset=dataset(policy=first), agreement=under, now=NOW)
    assert undone.sentences() == ("First the duty to inform must be proven to be done.",)
    done = standing(WE, dataset=dataset(), agreement=under, now=NOW, done=("inform",))
    assert done.sentences() == ("The duty to inform that comes first is proven to be done.",)


BARRIERS: list[Any] = [
    pytest.param({"withdrawn": NOW}, {}, rules.WITHDRAWN, id="withdrawn"),
    pytest.param({"passport": PASSPORT}, {}, rules.PASSPORT, id="its passport withdrawn"),
    pytest.param({"offer_id": "p"}, {}, rules.REPLACED, id="another publication"),
    pytest.param({"version": 2}, {}, rules.REPLACED, id="another version"),
    pytest.param({}, {"ended": NOW}, rules.ENDED, id="ended"),
    pytest.param({}, {"active": False}, rules.NOT_IN_FORCE, id="not in force"),
    pytest.param({}, {"consumer": THEM}, rules.SOMEBODY_ELSE, id="somebody else's"),
]


@pytest.mark.parametrize(("of_dataset", "of_agreement", "barrier"), BARRIERS)
def test_each_alone_refuses(of_dataset: Any, of_agreement: Any, barrier: str) -> None:
    decision = standing(
        WE, dataset=dataset(**of_dataset), agreement=agreement(**of_agreement), now=NOW
    )
    assert not decision.permits
    assert decision.barriers == (barrier,)
    assert next(reason.code for reason in decision.reason.children) == barrier
    (said,) = decision.sentences("en")
    (told,) = decision.sentences("vi")
    assert said != told


def test_all_that_is_in_the_way_is_told_with_what_the_terms_say() -> None:
    over = offer(Terms(until=NOW - timedelta(days=1)))
    decision = standing(
        WE,
        dataset=dataset(withdrawn=NOW),
        agreement=agreement(ended=NOW, reason=("enough",), document=over),
        now=NOW,
    )
    assert decision.barriers == (rules.WITHDRAWN, rules.ENDED)
    assert decision.sentences() == (
        "The dataset is not published.",
        "The agreement has ended: enough",
        "The date 2026-11-22T00:00:00Z is after the last allowed 2026-11-21T00:00:00Z.",
    )


TERMS: list[Any] = [
    pytest.param(Terms(purposes=("a", "b")), True, id="any purpose"),
    pytest.param(Terms(economies=("VN",)), True, id="economy"),
    pytest.param(Terms(economies=("JP",)), False, id="another economy"),
    pytest.param(Terms(credentials=("X",)), False, id="credential"),
    pytest.param(Terms(recipients=(THEM,)), False, id="recipient"),
    pytest.param(Terms(until=NOW - timedelta(days=1)), False, id="over"),
]


@pytest.mark.parametrize(("terms", "permits"), TERMS)
def test_the_terms_are_asked_at_every_stage(terms: Terms, permits: bool) -> None:
    policy = offer(terms)
    published = dataset(policy=policy)
    assert offered(WE, published, now=NOW) is permits
    assert (
        standing(WE, dataset=published, asked=policy, publication="o", now=NOW).permits is permits
    )
    agreed = agreement(document=policy)
    assert standing(WE, dataset=dataset(), agreement=agreed, now=NOW).permits is permits


def test_a_purpose_is_any_that_is_offered_every_one_that_is_agreed_or_the_one_asked_for() -> None:
    use = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"}
    other = {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["x", "research"]}
    policy = {"permission": [{"action": "use", "constraint": [use, other]}]}
    assert standing(WE, dataset=dataset(policy=policy), now=NOW).permits
    agreed = agreement(document=policy)
    assert not standing(WE, dataset=dataset(), agreement=agreed, now=NOW).permits
    one = {"dataset": dataset(), "agreement": agreed, "now": NOW}
    assert standing(WE, **one, purpose="research").permits
    assert not standing(WE, **one, purpose="x").permits


def test_the_catalog_shows_a_withdrawn_passport_to_whom_the_terms_allow() -> None:
    assert offered(WE, dataset(passport=PASSPORT), now=NOW)
    assert not offered(WE, dataset(passport=PASSPORT, withdrawn=NOW), now=NOW)
    closed = offer(Terms(recipients=(THEM,)))
    assert not offered(WE, dataset(passport=PASSPORT, policy=closed), now=NOW)


def test_a_request_for_an_older_publication_refuses() -> None:
    decision = standing(WE, dataset=dataset(), asked=RESEARCH, publication="older", now=NOW)
    assert decision.barriers == (rules.REPLACED,)
