from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from faifo.trust.dcp.json_schema import check_schema, misfit

SCHEMA = {
    "type": "object",
    "required": ["id", "economy"],
    "properties": {
        "economy": {"type": "string", "pattern": "^[A-Z]{2}$"},
        "kind": {"enum": ["firm", "office", 1]},
        "seats": {"const": 0},
        "level": {"type": ["integer", "null"]},
        "names": {"type": "array", "minItems": 1, "items": {"type": "string", "maxLength": 3}},
    },
    "additionalProperties": {"type": "string"},
}

REFERENCE = Draft202012Validator(SCHEMA)

values: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["VN", "firm", "x", "long text", 0, 1, 1.0, 1.5]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", *SCHEMA["properties"]]), inner, max_size=5)
    ),  # type: ignore[misc]
)


@given(values)
@example({"id": "a", "economy": "VN", "kind": True})
@example({"id": "a", "economy": "VN", "seats": False})
@example({"id": "a", "economy": "VN", "level": 5.0})
@example({"id": "a", "economy": "VN", "level": 5.5})
def test_our_part_judges_as_the_reference_does(value: Any):
    assert check_schema(SCHEMA) is None
    assert (misfit(value, SCHEMA) is None) == REFERENCE.is_valid(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"id": "a"}, "there is no economy at $"),
        ({"id": "a", "economy": "vn"}, "there is 'vn' at $.economy; expected ^[A-Z]{2}$"),
        ({"id": "a", "economy": "VN", "level": True},
            "there is True at $.level; expected integer or null"),
        ({"id": "a", "economy": "VN", "names": ["abcd"]},
            "the text at $.names[0] has 4 characters, which is too few or too many"),
        ([], "there is [] at $; expected object"),
    ],
)  # fmt: skip
def test_a_misfit_says_what_and_where(value: Any, reason: str):
    assert str(misfit(value, SCHEMA)) == reason


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (5, "the schema at $ is not an object"),
        ({"required": 5}, "the schema at $ gives 'required' a value that it cannot have"),
        ({"items": {"minLength": "a"}},
            "the schema at $.items gives 'minLength' a value that it cannot have"),
        ({"type": [{}]}, "the schema at $ gives 'type' a value that it cannot have"),
        ({"properties": {"a": {"$ref": "#"}}},
            "the schema at $.a has '$ref', which is not understood here"),
        ({"pattern": "("}, "the pattern at $ is not one that is tried here: it ends too early"),
        ({"type": "text"}, "the type at $ is not one of JSON Schema's"),
    ],
)  # fmt: skip
def test_a_schema_that_is_not_understood_refuses(schema: Any, reason: str):
    assert str(check_schema(schema)) == reason
