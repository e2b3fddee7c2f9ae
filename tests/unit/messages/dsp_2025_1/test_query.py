from __future__ import annotations

from typing import Any

import msgspec
import pytest

from faifo.errors import MalformedMessageError
from faifo.messages.dsp_2025_1.criteria import OPERATORS, Criterion, like
from faifo.messages.dsp_2025_1.query import Query, read_query

EDC = "https://w3id.org/edc/v0.0.1/ns/"
RICE = {
    "id": ("rice",),
    "title": ("Rice prices, An Giang",),
    "keyword": ("food", "prices"),
    "byteSize": (1024,),
    "license": (),
}
EMPTY = {
    "@type": "QuerySpec",
    "offset": 0,
    "limit": 50,
    "sortOrder": "ASC",
    "filterExpression": [],
}


def criterion(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"operandLeft": left, "operator": operator, "operandRight": right}


@pytest.mark.parametrize("filters", [(), (EMPTY,), ({},)])
def test_a_filter_that_filters_nothing_is_plain(filters: tuple[Any, ...]) -> None:
    query = read_query(filters)
    assert msgspec.structs.replace(query, limit=None) == Query()
    assert query.matches(RICE)


@pytest.mark.parametrize(
    ("left", "operator", "right", "holds"),
    [
        ("id", "=", "rice", True),
        (f"{EDC}id", "=", "rice", True),
        ("edc:id", "!=", "rice", False),
        ("http://purl.org/dc/terms/title", "like", "Rice%", True),
        ("name", "like", "rice%", False),
        ("name", "ilike", "rice%an giang", True),
        ("title", "like", "R_ce prices%", True),
        ("title", "like", "%ric%ric%", False),
        ("keyword", "contains", "prices", True),
        ("dcat:keyword", "contains", "price", False),
        ("keyword", "!=", "prices", False),
        ("id", "in", ["wheat", "rice"], True),
        ("id", "in", [{"@value": "wheat"}], False),
        ("byteSize", "=", 1024, True),
        ("byteSize", "=", "1024", True),
        ("byteSize", "<", 1025, True),
        ("byteSize", "<=", 1024, True),
        ("byteSize", ">", 1024, False),
        ("byteSize", ">=", "1024", True),
        ("byteSize", "<", "many", False),
        ("title", ">", "Rice", True),
        ("license", "=", "CC", False),
        ("license", "!=", "CC", True),
    ],
)
def test_criteria(left: str, operator: str, right: Any, holds: bool) -> None:
    query = read_query(({"filterExpression": criterion(left, operator, right)},))
    assert query.matches(RICE) is holds


def test_every_operator_is_in_the_table_above() -> None:
    rows = test_criteria.pytestmark[0].args[1]
    assert {row[1] for row in rows} == set(OPERATORS)


def test_names_may_be_in_edc_s_namespace() -> None:
    spec = {f"{EDC}offset": {"@value": 2}, "edc:limit": 3, "edc:sortField": f"{EDC}id"}
    assert read_query((spec,)) == Query(offset=2, limit=3, sort="id")


@pytest.mark.parametrize(
    ("filters", "why"),
    [
        ((1,), "a filter of 1 parts"),
        (({}, {}), "a filter of 2 parts"),
        (({"sql": "DROP"},), "the member 'sql'"),
        (({"offset": -1},), "the offset '-1'"),
        (({"limit": True},), "the limit 'True'"),
        (({"limit": "50"},), "the limit '50'"),
        (({"sortOrder": "UP"},), "the order 'UP'"),
        (({"sortField": "secret"},), "the property 'secret'"),
        (({"filterExpression": [criterion("id", "~", "x")]},), "the operator '~'"),
        (({"filterExpression": [criterion("colour", "=", "x")]},), "the property 'colour'"),
        (({"filterExpression": [criterion("id", "=", None)]},), "an operandRight"),
        (({"filterExpression": [criterion("id", "=", "x" * 501)]},), "501 characters"),
        (({"filterExpression": [criterion("id", "like", "%" * 9)]},), "a pattern with many %"),
        (({"filterExpression": [criterion("id", "in", [])]},), "0 values"),
        (({"filterExpression": [criterion("id", "in", ["x"] * 101)]},), "101 values"),
        (({"filterExpression": [criterion("id", "=", "x")] * 21},), "21 criteria"),
        (({"filterExpression": ["id = x"]},), "a criterion that is no object"),
    ],
)
def test_what_is_not_understood_is_named(filters: tuple[Any, ...], why: str) -> None:
    with pytest.raises(MalformedMessageError, match=why) as refused:
        read_query(filters)
    assert refused.value.where.startswith("$.filter[0]")


def test_like_has_its_anchors() -> None:
    assert like("abc", "abc")
    assert not like("abcd", "abc")
    assert not like("ab", "ab%b")
    assert like("", "%")
    assert like("aXbXc", "a%X%c")


def test_a_number_is_never_equal_to_a_list() -> None:
    assert not Criterion("byteSize", "=", [1024]).holds(RICE)
