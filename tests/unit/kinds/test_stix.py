from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import FaifoError, MalformedMessageError, TooLargeError
from faifo.kinds import stix
from faifo.kinds.tlp import TLP

SENT = datetime(2026, 11, 28, 12, 0, 0, 123456, tzinfo=UTC)
OVER = datetime(2026, 11, 28, 13, 30, tzinfo=UTC)
GREEN_OF_TLP_1 = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
FOREIGN: dict[str, Any] = {
    "type": "bundle",
    "id": "bundle--1",
    "objects": [
        {
            "type": "report", "spec_version": "2.1", "id": "report--1", "name": "Phishing",
            "created": "2026-11-28T12:00:00.000Z", "modified": "2026-11-28T12:00:00.000Z",
            "published": "2026-11-28T12:00:00Z", "object_refs": ["indicator--1"],
            "object_marking_refs": [GREEN_OF_TLP_1],
        },
        {"type": "indicator", "id": "indicator--1"},
    ],
}  # fmt: skip


def _read(change: Callable[[dict[str, Any]], Any] = lambda _: None) -> Any:
    bundle = json.loads(json.dumps(FOREIGN))
    change(bundle)
    return stix.read(json.dumps(bundle).encode())


def test_a_foreign_report_is_read_and_what_it_does_not_say_is_not_there():
    found = _read()
    assert (found.tlp, found.exercise, found.identifier) == ("GREEN", False, "report--1")
    assert found.content["texts"] == [{"lang": "en", "title": "Phishing", "text": "Phishing"}]
    assert set(found.content) == {"texts", "source"}


@pytest.mark.parametrize("tlp", TLP)
@pytest.mark.parametrize("exercise", [True, False])
def test_what_is_written_is_read_again(made: Any, tlp: str, exercise: bool):
    notice = made(tlp, exercise=exercise)
    found = stix.read(stix.write(notice))
    assert (found.tlp, found.exercise, found.identifier) == (tlp, exercise, notice.id)
    kept = {name: value for name, value in found.content.items() if name in notice.content}
    assert kept == notice.content


def test_what_is_cut_off_leaves_a_mark():
    found = _read(lambda b: b["objects"][0].update(name="N" * 161, description="D" * 2001))
    (text,) = found.content["texts"]
    assert text == {"lang": "en", "title": "N" * 159 + "…", "text": "D" * 1999 + "…"}


@pytest.mark.parametrize(
    ("marking", "tlp"),  # STIX 2.1 §7.2.1.4, and the library stix2 3.0.2
    [
        ("613f2e26-407d-48c7-9eca-b8e91df99dc9", "CLEAR"),
        ("34098fce-860f-48ae-8e50-ebd3cc5e41da", "GREEN"),
        ("f88d31f6-486f-44da-b317-01333bde0b82", "AMBER"),
        ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "RED"),
    ],
)
def test_markings_of_tlp_1_are_known(marking: str, tlp: str):
    refs = [f"marking-definition--{marking}"]
    assert _read(lambda b: b["objects"][0].update(object_marking_refs=refs)).tlp == tlp


def test_the_strictest_marking_of_what_is_named_counts():
    assert _read(lambda b: b["objects"][1].update(object_marking_refs=[RED])).tlp == "RED"
    granular = [{"marking_ref": RED, "selectors": ["name"]}]
    assert _read(lambda b: b["objects"][0].update(granular_markings=granular)).tlp == "RED"


def test_what_is_over_is_revoked_and_not_read_as_a_warning(made: Any):
    with pytest.raises(MalformedMessageError, match="0 reports that are not revoked"):
        stix.read(stix.write(made(), over=OVER))


def test_a_revoked_report_is_a_later_version_of_the_one_that_was_written(made: Any):
    before, after = json.loads(stix.write(made())), json.loads(stix.write(made(), over=OVER))
    both = {**before, "objects": [*after["objects"], *before["objects"]]}
    with pytest.raises(MalformedMessageError, match="0 reports that are not revoked"):
        stix.read(json.dumps(both).encode())
    report = next(one for one in after["objects"] if one["type"] == "report")
    assert (report["created"], report["modified"]) == (
        "2026-11-28T12:00:00.123Z", "2026-11-28T13:30:00.000Z",
    )  # fmt: skip


def test_a_revoked_report_hides_none_beside_it() -> None:
    def another(bundle: dict[str, Any]) -> None:
        report = bundle["objects"][0]
        bundle["objects"].append({**report, "id": "report--x", "revoked": True, "name": "Old"})

    assert _read(another).content["texts"] == _read().content["texts"]


def test_times_of_other_zones_are_written_in_utc(made: Any):
    here = SENT.astimezone(timezone(timedelta(hours=9)))
    assert stix.write(made(sent=here)) == stix.write(made())


def test_a_translation_has_its_own_marking_and_can_be_revoked():
    more = {
        "type": "language-content", "id": "language-content--1", "object_ref": "report--1",
        "contents": {"vi": {"name": "Lừa đảo"}}, "object_marking_refs": [RED],
    }  # fmt: skip
    found = _read(lambda b: b["objects"].append(more))
    assert found.tlp == "RED"
    assert [one["lang"] for one in found.content["texts"]] == ["en", "vi"]
    found = _read(lambda b: b["objects"].append({**more, "revoked": True}))
    assert (found.tlp, [one["lang"] for one in found.content["texts"]]) == ("GREEN", ["en"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda b: b.update(type="report"), "no bundle"),
        (lambda b: b.update(objects=[{}] * 1001), "at most 1000 objects"),
        (lambda b: b["objects"].pop(0), "0 reports"),
        (lambda b: b["objects"][0].update(spec_version="2.0"), "spec_version is 2.0"),
        (lambda b: b["objects"][0].update(name=7), "has no name"),
        (lambda b: b["objects"][0].update(object_marking_refs=["x"]), "not known"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused_with_its_reason(change: Any, why: str):
    with pytest.raises(MalformedMessageError, match=why):
        _read(change)


def test_bounds_come_before_parsing():
    with pytest.raises(TooLargeError):
        stix.read(b"[" * (stix.MAX_BYTES + 1))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    [
        "name",
        "extensions",
        "object_refs",
        "labels",
        "object_marking_refs",
        "granular_markings",
        "lang",
    ]
)


@given(st.dictionaries(_NAMES, _JSON, max_size=4))
def test_whatever_comes_is_a_report_or_an_error_of_ours(odd: dict[str, Any]):
    with contextlib.suppress(FaifoError):
        _read(lambda bundle: bundle["objects"][0].update(odd))
