from __future__ import annotations

from typing import Any

import pytest

from faifo.errors import MalformedMessageError, NotFoundError
from faifo.kinds.ai_incident import AI_INCIDENTS
from faifo.kinds.kind import kind_of, kinds
from faifo.kinds.warning import WARNINGS

CONTENT: dict[str, Any] = {
    "kind": "scam", "severity": "Severe", "area": "VN",
    "begins": "2026-11-28T12:00:00Z", "ends": "2026-11-29T12:00:00Z",
    "texts": [{"lang": "vi", "title": "a", "text": "b"}, {"lang": "en", "title": "a", "text": "b"}],
}  # fmt: skip
REPORT: dict[str, Any] = {
    "title": "Refusals by postcode",
    "description": "Applicants of two postcodes are refused",
    "relation": "the model proposes the refusals",
    "submitter": "Bank",
    "supporting": ["audit 7"],
    "severity": "serious-incident",
    "harm_types": ["economic"],
}


def test_two_kinds_are_built_in():
    assert list(kinds())[:2] == ["warnings", "ai-incidents"]


def test_a_kind_that_nobody_knows_is_named_with_those_that_are():
    with pytest.raises(NotFoundError, match=r"known: warnings, ai-incidents.* 'prices'"):
        kind_of("prices")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"texts": CONTENT["texts"][:1]}, "length >= 2"),
        ({"texts": [CONTENT["texts"][0]] * 2}, "languages that stand twice"),
        ({"ends": CONTENT["begins"]}, "an end that is not after the beginning"),
        ({"severity": "high"}, "Invalid enum value 'high'"),
        ({"begins": "2026-11-28T12:00:00"}, "timezone"),
        ({"extra": 1}, "unknown field `extra`"),
    ],
)
def test_a_wrong_warning_is_refused_with_its_reason(change: dict[str, Any], why: str):
    with pytest.raises(MalformedMessageError, match=why):
        WARNINGS.read(CONTENT | change)


@pytest.mark.parametrize("name", sorted(REPORT))
def test_each_mandatory_criterion_is_wanted(name: str):
    AI_INCIDENTS.read(REPORT)
    with pytest.raises(MalformedMessageError, match=name):
        AI_INCIDENTS.read({key: value for key, value in REPORT.items() if key != name})


@pytest.mark.parametrize(
    ("severity", "stops"),
    [
        ("hazard", False), ("serious-hazard", False), ("incident", False),
        ("serious-incident", True), ("disaster", True),
    ],
)  # fmt: skip
def test_a_serious_one_stops(severity: str, stops: bool):
    found = AI_INCIDENTS.read(REPORT | {"severity": severity})
    assert AI_INCIDENTS.stops(found) is stops


def test_every_text_is_looked_through():
    given = REPORT | {"steps": "x", "countries": ["VN"], "additional": "y"}
    places = dict(AI_INCIDENTS.texts(AI_INCIDENTS.read(given)))
    assert {"title", "steps", "countries", "additional", "harm_types"} <= places.keys()
