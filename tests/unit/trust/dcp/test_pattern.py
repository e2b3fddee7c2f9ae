"""Foreign patterns: the usual meaning, and none that costs more than its length."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.trust.dcp.json_schema import check_schema, misfit
from faifo.trust.dcp.pattern import MAX_INSTRUCTIONS, PatternError, compiled

atoms = st.sampled_from(
    ["a", "b", "-", ".", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"\S", r"\.", "^", "$"]
)
signs = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"])


def joined(parts: list[tuple[str, str]]) -> str:
    return "".join(atom if atom in "^$" else atom + sign for atom, sign in parts)


sequences = st.lists(st.tuples(atoms, signs), max_size=4).map(joined)
patterns: Any = st.recursive(
    sequences,
    lambda inner: st.tuples(inner, inner, signs).map(lambda p: f"({p[0]}|{p[1]}){p[2]}{p[0]}"),
    max_leaves=4,
)

# What the usual engine judges in few steps: a repetition stands over single characters only, or
# over a choice of sequences without repetition, and there are few of them.
plain = st.lists(atoms, min_size=1, max_size=3).map("".join)
choices = st.tuples(plain, plain, st.sampled_from(["", "*", "+", "?", "{2}", "{0,2}"])).map(
    lambda p: f"({p[0]}|{p[1]}){p[2]}"
)
quick_patterns = st.lists(
    st.one_of(st.lists(st.tuples(atoms, signs), max_size=2).map(joined), choices), max_size=3
).map("".join)


@given(quick_patterns, st.text(alphabet="abc-1. _", max_size=8))
def test_it_judges_as_the_usual_engine_does(pattern: str, text: str):
    # `$` of ECMA-262 without flags is Python's \Z.
    usual = re.compile(pattern.replace("$", r"\Z"), re.ASCII)
    assert compiled(pattern).found_in(text) == bool(usual.search(text))


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        pytest.param("^[A-Z]{2}$", "VN", True, id="the code of an economy"),
        pytest.param("^[A-Z]{2}$", "VN\n", False, id="the end is the very end"),
        pytest.param("^[A-Z]{2}$", "VNM", False, id="too long"),
        pytest.param("", "anything", True, id="nothing is wanted"),
        pytest.param("^did:web:[^/]+$", "did:web:a.example", True, id="a class without"),
        pytest.param(r"^\d{4}-\d{2}-\d{2}$", "2026-11-22", True, id="a date"),
        pytest.param(r"^\u0041\x42$", "AB", True, id="by number"),
        pytest.param(r"^[\w.-]+@[\w-]+$", "a.b-c@d", True, id="kinds in a class"),
        pytest.param(r"^[a\-z]$", "b", False, id="an escaped hyphen is no range"),
        pytest.param(r"^[a-]$", "-", True, id="a hyphen at the end"),
        pytest.param(r"^[]$", "a", False, id="an empty class"),
        pytest.param(r"^[^]$", "a", True, id="whatever"),
        pytest.param(r"^\s$", "\u00a0", True, id="a space beyond ASCII"),
        pytest.param(r"^\D$", "٣", True, id="a digit beyond ASCII is none"),
        pytest.param(r"^.$", "\u2028", False, id="no line end"),
        pytest.param(r"^(?:gold|silver)?$", "", True, id="may be missing"),
    ],
)
def test_patterns_as_schemas_have_them(pattern: str, text: str, fits: bool):
    assert compiled(pattern).found_in(text) is fits


@given(patterns, st.text(alphabet="abc-1. _", max_size=100))
def test_no_pattern_looks_at_a_character_twice_at_one_place(pattern: str, text: str):
    """Repetitions within repetitions and choices that overlap cost no more than their length."""
    looked = [0]
    found = compiled(pattern)
    tests = [step.test for step in found._steps if step.test]

    def counted(test: Any) -> Any:
        def count(character: str) -> bool:
            looked[0] += 1
            return test(character)

        return count

    found = type(found)(
        [step._replace(test=counted(step.test)) if step.test else step for step in found._steps]
    )
    found.found_in(text)
    assert looked[0] <= len(tests) * (len(text) + 1)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(a)\1", r"it has \1, which is not understood here"),
        (r"\ba", r"it has \b, which is not understood here"),
        (r"\p{L}", r"it has \p, which is not understood here"),
        ("(?=a)a", "it has a group with (?, which is not understood here"),
        ("(?<!a)b", "it has a group with (?, which is not understood here"),
        ("(?i)a", "it has a group with (?, which is not understood here"),
        ("(a", "it ends too early"),
        ("a)", "it has a ) without a ("),
        ("[a", "it ends too early"),
        ("[z-a]", "it has a range in [ ] that is none"),
        ("*a", "it has a * with nothing before it"),
        ("a**", "it repeats a repetition"),
        ("^*", "it repeats an edge"),
        ("a{2", "it has a { that is not a number of times"),
        ("a{,2}", "it has a { that is not a number of times"),
        ("a{3,2}", "it repeats more than 1000 times, or fewer than it says"),
        ("a{9999}", "it repeats more than 1000 times, or fewer than it says"),
        ("(a{30}){40}", f"it is more than {MAX_INSTRUCTIONS} instructions long"),
        ("((a{9}){9}){9}b{9}{9}", "it repeats a repetition"),
        ("a" * 501, "it is longer than 500 characters"),
        ("(" * 30 + ")" * 30, "it is nested more than 20 deep"),
        (r"\u12", r"it has a \u without its digits"),
        ("\\", "it ends too early"),
    ],
)
def test_what_is_not_understood_refuses(pattern: str, why: str):
    with pytest.raises(PatternError) as caught:
        compiled(pattern)
    assert str(caught.value) == why
    assert str(check_schema({"pattern": pattern})) == (
        f"the pattern at $ is not one that is tried here: {why}"
    )


@given(st.text(alphabet="ab()[]{}|*+?^$.\\-,019du", max_size=20), st.text(max_size=20))
def test_whatever_comes_is_read_or_refused(pattern: str, text: str):
    try:
        found = compiled(pattern)
    except PatternError:
        return
    assert found.size <= MAX_INSTRUCTIONS
    assert found.found_in(text) in (True, False)


def test_all_texts_of_a_value_share_one_bound():
    schema = {"items": {"pattern": "^(a?){100}$"}}
    assert check_schema(schema) is None
    assert misfit(["a" * 100] * 3, schema) is None
    assert str(misfit(["a" * 100] * 50, schema)) == (
        "the text at $[24] is too long to try the pattern of its schema on"
    )
