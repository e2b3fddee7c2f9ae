from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.errors import FaifoError, MalformedMessageError, TooLargeError
from faifo.kinds import cap, xml_in
from faifo.kinds.tlp import TLP
from faifo.kinds.warning import WARNINGS

STORM = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>VN-2026-11-28-7</identifier><sender>kttv@example.org</sender>
  <sent>2026-11-28T19:00:00+07:00</sent><status>Actual</status><msgType>Alert</msgType>
  <scope>Public</scope>
  <info><language>vi-VN</language><category>Met</category><event>Bão</event>
    <urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>
    <expires>2026-11-30T19:00:00+07:00</expires><headline>Bão số 9</headline>
    <description>Gió giật cấp 12.</description><instruction>Ở trong nhà.</instruction>
    <area><areaDesc>Đà Nẵng</areaDesc><polygon>16,108 16,109 15,109 16,108</polygon></area></info>
  <info><category>Met</category><event>Storm</event><urgency>Expected</urgency>
    <severity>Extreme</severity><certainty>Likely</certainty>
    <area><areaDesc>Quảng Nam</areaDesc></area></info>
</alert>"""


def test_a_foreign_alert_is_read():
    found = cap.read(STORM.encode())
    assert (found.tlp, found.exercise, found.identifier) == ("CLEAR", False, "VN-2026-11-28-7")
    content = found.content
    source = content.pop("source")
    assert source["format"] == "cap-1.2"
    assert content == {
        "kind": "disaster",
        "severity": "Extreme",
        "urgency": "Expected",
        "certainty": "Likely",
        "area": "Đà Nẵng; Quảng Nam",
        "begins": "2026-11-28T12:00:00Z",
        "ends": "2026-11-30T12:00:00Z",
        "texts": [
            {"lang": "vi-VN", "title": "Bão số 9", "text": "Gió giật cấp 12.\nỞ trong nhà."},
            {"lang": "en-US", "title": "Storm", "text": "Storm"},
        ],
    }


def test_a_certainty_of_cap_1_0_is_the_one_that_stands_for_it():
    body = STORM.replace(">Likely<", ">Very Likely<").encode()
    assert cap.read(body).content["certainty"] == "Likely"


@pytest.mark.parametrize("tlp", TLP)
@pytest.mark.parametrize("exercise", [True, False])
def test_what_is_written_is_read_again(made: Any, tlp: str, exercise: bool):
    written = cap.write(made(tlp, exercise=exercise))
    found = cap.read(written)
    assert (found.tlp, found.exercise) == (tlp, exercise)
    assert found.content["kind"] == "scam"
    assert found.content["area"] == "Hà Nội <&>"
    assert found.content["texts"][1]["text"] == "hang up & tell\ufffd nobody"
    assert b"Z</sent>" not in written


def test_times_of_other_zones_are_written_in_utc(made: Any):
    there = {"begins": "2026-11-28T12:00:00Z", "ends": "2026-11-28T20:00:00-03:30"}
    notice = made()
    notice = made(content=notice.content | there)
    written = cap.write(notice).decode()
    assert "<effective>2026-11-28T12:00:00-00:00</effective>" in written
    assert "<expires>2026-11-28T23:30:00-00:00</expires>" in written
    shown = dict(WARNINGS.view(WARNINGS.read(notice.content), "en"))
    assert (shown["from"], shown["until"]) == ("2026-11-28 12:00:00Z", "2026-11-28 23:30:00Z")


def test_an_end_beyond_the_years_is_their_end(made: Any):
    notice = made()
    notice = made(content=notice.content | {"ends": "9999-12-31T23:59:59-07:00"})
    assert "<expires>9999-12-31T23:59:59-00:00</expires>" in cap.write(notice).decode()


def test_of_several_parts_the_worst_and_the_earliest_count():
    first, second = STORM.split("<info><category>")
    second = second.replace(">Expected<", ">Immediate<").replace(">Likely<", ">Observed<")
    onset = "<onset>2026-11-28T{}+07:00</onset>"
    body = first.replace("<expires>", onset.format("20:00:00") + "<expires>")
    body += "<info><category>" + second.replace("<area>", onset.format("18:00:00") + "<area>")
    content = cap.read(body.encode()).content
    told = [content[name] for name in ("severity", "urgency", "certainty", "begins")]
    assert told == ["Extreme", "Immediate", "Observed", "2026-11-28T11:00:00Z"]


def test_parts_in_one_language_are_one_text_and_a_day_may_end_at_24():
    first, second = STORM.split("<info><category>")
    second = "<language>VI-vn</language><category>" + second
    second = second.replace("<area>", "<expires>2026-12-01T24:00:00+07:00</expires><area>")
    content = cap.read((first + "<info>" + second).encode()).content
    text = "Gió giật cấp 12.\nỞ trong nhà.\nStorm"
    assert content["texts"] == [{"lang": "vi-VN", "title": "Bão số 9", "text": text}]
    assert content["ends"] == "2026-12-01T17:00:00Z"


def test_what_is_cut_off_leaves_a_mark():
    long = STORM.replace("Gió giật cấp 12.", "Gió " * 500).replace("Bão số 9", "B" * 161)
    content = cap.read(long.replace("Đà Nẵng", "Đ" * 201).encode()).content
    text = content["texts"][0]
    assert (len(text["title"]), len(text["text"]), len(content["area"])) == (160, 2000, 200)
    assert {text["title"][-1], text["text"][-1], content["area"][-1]} == {"…"}


MARKS = {
    "two codes": ("<code>TLP:CLEAR</code><code>TLP:RED</code>", "RED"),
    "a restriction": ("<restriction>TLP: red</restriction>", "RED"),
    "words that are none": ("<restriction>staff only</restriction><code>x</code>", "CLEAR"),
}


@pytest.mark.parametrize(("marks", "tlp"), MARKS.values(), ids=MARKS)
def test_the_strictest_marking_counts(marks: str, tlp: str):
    assert cap.read(STORM.replace("</scope>", f"</scope>{marks}").encode()).tlp == tlp


def test_what_is_over_is_a_cancel_and_warns_of_nothing(made: Any):
    written = cap.write(made(), over=datetime(2026, 11, 28, 13, 30, tzinfo=UTC))
    assert b"<msgType>Cancel</msgType>" in written
    assert b"<sent>2026-11-28T13:30:00-00:00</sent>" in written
    assert b"f51,2026-11-28T12:00:00-00:00</references>" in written
    with pytest.raises(MalformedMessageError, match="warns of nothing"):
        cap.read(written)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("1.2", "1.1", "the root is"),
        ("<status>Actual</status>", "<status>Real</status>", "status is 'Real'"),
        ("<status>Actual</status>", "", "no status in its place in alert"),
        ("<msgType>Alert</msgType>", "<msgType>Ack</msgType>", "warns of nothing"),
        ("T19:00:00+07:00</sent>", "T25:00:00+07:00</sent>", "sent is .*, no time with a zone"),
        ("+07:00</sent>", "Z</sent>", "sent is .*, no time with a zone"),
        ("<category>Met</category>", "<category>Rain</category>", "category is 'Rain'"),
        ("<severity>Severe</severity>", "<severity>severe</severity>", "severity is 'severe'"),
        ("<urgency>Expected</urgency>", "", "no urgency in its place in info"),
        ("<areaDesc>Đà Nẵng</areaDesc>", "", "no areaDesc in its place in area"),
        ("<scope>Public</scope>", "<scope>Public</scope><scope>Public</scope>", "scope stands"),
        ("<scope>Public</scope>", "<extra/><scope>Public</scope>", "no scope in its place"),
        ("</alert>", "", "no element found"),
        ("<alert", "<!DOCTYPE alert><alert", "a document type or an entity"),
        (
            "<alert", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><alert',
            "a document type",
        ),
        ("<scope>Public", "<scope>&b;Public", "undefined entity"),
        ("VN-2026", "<a>" * 20 + "</a>" * 20, "12 levels"),
    ],
)  # fmt: skip
def test_what_is_no_alert_is_refused_with_its_reason(old: str, new: str, why: str):
    assert old in STORM
    with pytest.raises(MalformedMessageError, match=why):
        cap.read(STORM.replace(old, new, 1).encode())


def test_bounds_come_before_parsing():
    with pytest.raises(TooLargeError):
        cap.read(b"<" * (xml_in.MAX_BYTES + 1))
    many = STORM.replace("</info>", "<resource/>" * xml_in.MAX_ELEMENTS + "</info>", 1)
    with pytest.raises(MalformedMessageError, match="more than 5000 elements"):
        cap.read(many.encode())


@given(st.binary(max_size=200), st.integers(0, len(STORM)), st.integers(0, 40))
def test_whatever_comes_is_an_alert_or_an_error_of_ours(put: bytes, at: int, cut: int):
    body = STORM.encode()
    with contextlib.suppress(FaifoError):
        cap.read(body[:at] + put + body[at + cut :])
