"""Small random policies and facts, for the properties of the room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from faifo.policy.model import Fact

TIMES = [f"2026-0{month}-01T00:00:00Z" for month in range(1, 6)]
NAMES = ["a", "b", "c"]


def atom(left: Any, operator: Any, right: Any):
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


dates = st.builds(
    atom,
    st.sampled_from(["dateTime", "odrl:dateTime"]),
    st.sampled_from(["eq", "neq", "gt", "gteq", "lt", "lteq", "isA"]),
    st.sampled_from([*TIMES, "2026-01-01"]),
)
singles = st.builds(
    atom,
    st.sampled_from(["purpose", "recipient"]),
    st.sampled_from(["eq", "neq", "odrl:eq"]),
    st.sampled_from(NAMES),
)
sets = st.builds(
    atom,
    st.sampled_from(["purpose", "recipient", "spatial"]),
    st.sampled_from(["isAnyOf", "isNoneOf"]),
    st.lists(st.sampled_from(NAMES), min_size=0, max_size=3),
)
constraints = st.recursive(
    st.one_of(dates, singles, sets),
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["and", "or", "xone", "andSequence", "odrl:and"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=4,
)
rules = st.builds(
    lambda action, parts, extra: {"action": action, "constraint": parts, **extra},
    st.sampled_from(["use", "use", "use", "odrl:use", "read"]),
    st.lists(constraints, max_size=3),
    st.sampled_from([{}, {}, {}, {}, {"duty": [{"action": "pay"}]}, {"duty": []}, {"@id": "r"}]),
)
policies = st.builds(
    lambda permission, prohibition, extra: {
        "permission": permission, "prohibition": prohibition, **extra,
    },
    st.lists(rules, max_size=2),
    st.lists(rules, max_size=1),
    st.sampled_from([{}, {}, {}, {}, {"profile": "x"}, {"obligation": []}, {"@id": "o"}]),
)  # fmt: skip
facts = st.builds(
    lambda time, recipient, purpose: {
        name: Fact(value=value, provenance="test")
        for name, value in (("dateTime", time), ("recipient", recipient), ("purpose", purpose))
        if value is not None
    },
    st.sampled_from([None, *(datetime(2026, m, 1, tzinfo=UTC) for m in range(1, 6))]),
    st.sampled_from([None, *NAMES]),
    st.sampled_from([None, *NAMES]),
)
