"""The register: progress by an entry's own indicator, changes by clause, and what portals read."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from faifo import mission
from faifo.errors import MalformedMessageError
from faifo.kinds.commitments import COMMITMENTS, Commitment
from faifo.phrases import LANGUAGES
from faifo.register.changes import changes, newest
from faifo.register.dcat import as_dcat
from faifo.register.progress import JOBS, OURS, Edition, progress, shipped
from faifo.skills.demand import Cell

TODAY = date(2026, 11, 29)


def entry(**change: Any) -> Commitment:
    facts = {
        "id": "schools-online", "title": {"en": "All schools online", "vi": "Mọi trường có mạng"},
        "source": "a report", "said": "2026-01-01", "who": "a ministry", "status": "committed",
        "due": "2027-01-01",
        "indicator": {
            "name": "schools", "baseline": 100, "target": 200,
            "series": [{"at": "2026-01-01", "value": 100}, {"at": "2026-10-01", "value": 150}],
        },
        **change,
    }  # fmt: skip
    found: Commitment = COMMITMENTS.read(facts)
    return found


def measured(value: float, **change: Any) -> dict[str, Any]:
    series = [{"at": "2026-01-01", "value": 100}, {"at": "2026-10-01", "value": value}]
    return {"name": "schools", "baseline": 100, "target": 200, "series": series, **change}


STATES = {
    "ahead of an even pace": ({"indicator": measured(199)}, "on-time", 0.99, 0),
    "behind it": ({"indicator": measured(150)}, "behind", 0.5, 0),
    "done": ({"indicator": measured(200)}, "done", 1.0, 0),
    "late": ({"indicator": measured(150), "due": "2026-11-19"}, "late", 0.5, 10),
    "done late is done": ({"indicator": measured(210), "due": "2026-11-19"}, "done", 1.1, 0),
    "no end": ({"indicator": measured(150), "due": None}, "on-time", 0.5, 0),
    "fewer is better": ({"indicator": measured(70, target=40)}, "behind", 0.5, 0),
    "no indicator": ({"indicator": None}, "unmeasured", None, 0),
    "no value yet": ({"indicator": measured(1, series=[])}, "unmeasured", None, 0),
    "no target": (
        {"indicator": {"name": "x", "series": measured(9)["series"]}},
        "watched",
        None,
        0,
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_progress_is_told_by_the_entrys_own_indicator(name: str) -> None:
    change, state, share, delay = STATES[name]
    found = progress(Edition("did:web:a", TODAY, entry(**change)), "en", today=TODAY)
    assert (found.state, found.share, found.delay) == (state, pytest.approx(share), delay)


WRONG = {
    "a value that is none": ({"indicator": measured(float("nan"))}, "indicator.series"),
    "a value without end": ({"indicator": measured(float("inf"))}, "indicator.series"),
    "a target without end": ({"indicator": measured(1, target=float("inf"))}, "target"),
    "a long quote": ({"quote": ["one " * 16]}, "16 words"),
    "due before it was said": ({"due": "2025-01-01"}, "before it was said"),
    "days out of order": (
        {"indicator": measured(1, series=measured(1)["series"][::-1])},
        "not in the order",
    ),
    "nothing to measure": ({"indicator": measured(1, target=100)}, "nothing can be measured"),
    "no title": ({"title": {}}, "no title"),
    "another member": ({"rank": 1}, "rank"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_entry_with_a_fault_is_refused(name: str) -> None:
    change, why = WRONG[name]
    with pytest.raises(MalformedMessageError, match=why):
        entry(**change)


def test_what_is_empty_in_one_language_is_told_in_another() -> None:
    told = entry(title={"en": "", "vi": "Mọi trường có mạng"}, action={"en": "", "vi": ""})
    assert told.text("ko") == told.text("en") == "Mọi trường có mạng"
    (found,) = as_dcat([Edition("a", TODAY, told)], publisher="a", name="A")["dcat:dataset"]
    assert found["dct:title"] == [{"@language": "vi", "@value": "Mọi trường có mạng"}]
    assert found["dct:description"] == found["dct:title"]


def test_what_changed_is_told_by_clause_since_a_day() -> None:
    first = Edition("did:web:a", date(2026, 2, 1), entry())
    later = entry(
        due="2028-01-01",
        indicator=measured(
            150, series=[*measured(150)["series"], {"at": "2026-11-01", "value": 160}]
        ),
    )
    second = Edition("did:web:a", date(2026, 11, 2), later)
    other = Edition("did:web:b", date(2026, 11, 3), entry(id="other"))
    found = list(changes([second, first, other], date(2026, 11, 1)))
    assert [(one.clause, one.before, one.after) for one in found if one.by == "did:web:a"] == [
        ("due", "2027-01-01", "2028-01-01"),
        ("indicator.series[2026-11-01].at", "", "2026-11-01"),
        ("indicator.series[2026-11-01].value", "", "160.0"),
    ]
    assert {one.before for one in found if one.by == "did:web:b"} == {""}
    assert list(changes([second, first, other], TODAY)) == []
    assert newest([second, first, other]) == [second, other]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_ships_is_in_it_with_the_reports_verb_and_no_indicator(lang: str) -> None:
    rows = [progress(one, lang, today=TODAY) for one in shipped(lang)]
    assert [row.id for row in rows] == [one.id for one in mission.asked()]
    assert {(row.by, row.state) for row in rows} == {(OURS, "unmeasured")}
    for row, one in zip(rows, mission.asked(), strict=True):
        assert row.title == one.text(lang)


def test_the_entry_on_young_people_reads_the_demand() -> None:
    def cell(month: str, age: str, value: int | None, economy: str = "VN") -> Cell:
        return Cell(economy, "5120", "Hà Nội", month, age, value, 10, 5)

    demand = [
        cell("2026-09", "15-29", 50), cell("2026-10", "15-29", 70), cell("2026-10", "30-64", 90),
        cell("2026-10", "15-29", None), cell("2026-10", "15-29", 20, "KR"),
        cell("2026-10", "15-29", 90, "_T"),
    ]  # fmt: skip
    rows = {one.entry.id: progress(one, "en", today=TODAY) for one in shipped("en", demand)}
    young = rows[JOBS]
    assert (young.state, young.last, young.trend, young.share) == ("watched", 90, 40, None)
    assert "not the rate" in young.indicator


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_portals_read_a_catalog_with_titles_descriptions_and_publishers() -> None:
    rdflib = pytest.importorskip("rdflib")
    editions = [*shipped("en"), Edition("did:web:a", TODAY, entry())]
    catalog = as_dcat(editions, publisher="did:web:a", name="A ministry")
    graph = rdflib.Graph().parse(data=json.dumps(catalog), format="json-ld")
    dcat, dct = (
        rdflib.Namespace(f"http://{one}")
        for one in ("www.w3.org/ns/dcat#", "purl.org/dc/terms/")
    )  # fmt: skip
    datasets = set(graph.subjects(rdflib.RDF.type, dcat.Dataset))
    assert len(datasets) == len(editions)
    (catalog_node,) = graph.subjects(rdflib.RDF.type, dcat.Catalog)
    for node in (*datasets, catalog_node):
        for name in ("title", "description"):
            assert all(one.language for one in graph.objects(node, dct[name]))
            assert set(graph.objects(node, dct[name]))
        (publisher,) = graph.objects(node, dct.publisher)
        (_,) = graph.objects(publisher, rdflib.URIRef("http://xmlns.com/foaf/0.1/name"))
