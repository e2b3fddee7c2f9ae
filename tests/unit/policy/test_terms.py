from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import RefusedError
from faifo.policy.compare import narrows
from faifo.policy.terms import Terms, offer, read_terms, says_purpose, with_purpose

names = st.lists(st.text(min_size=1, max_size=5), max_size=3, unique=True).map(tuple)
moments = st.none() | st.datetimes(timezones=st.just(UTC))


def test_nothing_set_is_a_plain_permission():
    assert offer(Terms()) == {"permission": [{"@type": "Permission", "action": "use"}]}


def test_everything_set():
    terms = Terms(
        not_before=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2026, 12, 31, tzinfo=UTC),
        recipients=("did:web:a.example",), purposes=("research", "teaching"),
        economies=("VN", "CL"), credentials=("DataProtectionCredential",),
    )  # fmt: skip
    written = offer(terms)["permission"][0]["constraint"]
    assert {one["@type"] for one in written} == {"Constraint"}
    assert [(one["leftOperand"], one["operator"], one["rightOperand"]) for one in written] == [
        ("odrl:dateTime", "gteq", "2026-01-01T00:00:00Z"),
        ("odrl:dateTime", "lteq", "2026-12-31T00:00:00Z"),
        ("odrl:recipient", "eq", "did:web:a.example"),
        ("odrl:purpose", "isAnyOf", ["research", "teaching"]),
        ("urn:faifo:odrl:economy", "isAnyOf", ["VN", "CL"]),
        ("urn:faifo:odrl:credential", "eq", "DataProtectionCredential"),
    ]


@given(
    st.builds(
        Terms, not_before=moments, until=moments, recipients=names, purposes=names,
        economies=names, credentials=names,
    )
)  # fmt: skip
def test_terms_read_back(terms: Any):
    assert read_terms(offer(terms)) == terms


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"permission": [{"action": "use"}, {"action": "use"}]},
        {"permission": [{"action": "read"}]},
        {"permission": [{"action": "use", "duty": [{}]}]},
        {"permission": [{"action": "use"}], "prohibition": [{"action": "use"}]},
        {"permission": [{"action": "use", "constraint": [
            {"leftOperand": "purpose", "operator": "neq", "rightOperand": "x"}]}]},
    ],
)  # fmt: skip
def test_policies_that_terms_cannot_say(policy: Any):
    assert read_terms(policy) is None


def test_a_purpose_narrows():
    policy = offer(Terms(purposes=("research", "teaching")))
    narrowed = with_purpose(policy, "teaching")
    assert narrowed == offer(Terms(purposes=("teaching",)))
    assert narrows(narrowed, policy).permits
    assert policy == offer(Terms(purposes=("research", "teaching")))


def test_a_purpose_is_added_where_none_stands():
    assert with_purpose(offer(Terms()), "x") == offer(Terms(purposes=("x",)))


@pytest.mark.parametrize("nest", [lambda c: [c], lambda c: [{"and": [c]}]], ids=["plain", "in and"])
def test_a_purpose_that_is_not_allowed_is_refused(nest: Any):
    constraint = {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["b", "a"]}
    with pytest.raises(RefusedError) as caught:
        with_purpose({"permission": [{"action": "use", "constraint": nest(constraint)}]}, "c")
    assert (
        str(caught.value) == "the purpose 'c' refused: allowed is the use only for the purpose a, b"
    )


def test_permissions_for_other_purposes_are_left_out():
    policy = {
        "permission": offer(Terms(purposes=("a",)))["permission"]
        + offer(Terms(purposes=("b",)))["permission"]
    }
    assert with_purpose(policy, "b") == offer(Terms(purposes=("b",)))
    assert narrows(with_purpose(policy, "b"), policy).permits


def test_whether_a_policy_speaks_of_purposes():
    assert says_purpose(offer(Terms(purposes=("a",))))
    inside = {"or": [{"leftOperand": "odrl:purpose", "operator": "eq", "rightOperand": "a"}]}
    assert says_purpose({"permission": [{"action": "use", "constraint": [inside]}]})
    assert not says_purpose(offer(Terms(recipients=("purpose",))))
