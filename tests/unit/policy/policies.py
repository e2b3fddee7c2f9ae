"""Small random policies and facts, for the properties of the room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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
spans = st.builds(
    atom,
    st.sampled_from(["elapsedTime", "odrl:elapsedTime"]),
    st.sampled_from(["eq", "neq", "gt", "gteq", "lt", "lteq", "isAnyOf"]),
    st.sampled_from(["P1D", "P2D", "P3D", "P1M", "x"]),
)
counts = st.builds(
    atom, st.just("count"), st.sampled_from(["lt", "lteq", "eq"]), st.sampled_from(["1", "3", "-1"])
)
constraints = st.recursive(
    st.one_of(dates, singles, sets, spans, counts),
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["and", "or", "xone", "andSequence", "odrl:and"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=4,
)
rules = st.builds(
    lambda action, parts, extra: {"action": action, "constraint": parts, **extra},
    st.sampled_from(["use", "use", "use", "odrl:use", "read", "distribute", "sell", "ex:fly"]),
    st.lists(constraints, max_size=3),
    st.sampled_from(
        [
            {},
            {},
            {},
            {},
            {"duty": [{"action": "pay"}]},
            {"duty": []},
            {"@id": "r"},
            {"duty": [{"@id": "d", "action": "attribute"}]},
            {"duty": [{"action": "delete"}]},
        ]
    ),
)
policies = st.builds(
    lambda permission, prohibition, extra: {
        "permission": permission, "prohibition": prohibition, **extra,
    },
    st.lists(rules, max_size=2),
    st.lists(rules, max_size=1),
    st.sampled_from([{}, {}, {}, {}, {"profile": "x"}, {"obligation": []}, {"@id": "o"},
                     {"obligation": [{"action": "delete"}]},
                     {"obligation": [{"action": "ex:fly"}]}]),
)  # fmt: skip
facts = st.builds(
    lambda *values: {
        name: Fact(value=value, provenance="test")
        for name, value in zip(
            ("dateTime", "recipient", "purpose", "elapsedTime", "count", "duty"),
            values,
            strict=True,
        )
        if value is not None
    },
    st.sampled_from([None, *(datetime(2026, m, 1, tzinfo=UTC) for m in range(1, 6))]),
    st.sampled_from([None, *NAMES]),
    st.sampled_from([None, *NAMES]),
    st.sampled_from([None, *(timedelta(days=days) for days in range(4))]),
    st.sampled_from([None, 1, 2, 3, 4]),
    st.sampled_from([None, (), ("d",), ("d", "delete")]),
)
