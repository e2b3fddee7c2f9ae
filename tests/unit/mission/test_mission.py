"""What was asked for is told alike by the data, the page, the phrases and the demo."""

from __future__ import annotations

from pathlib import Path

import pytest

from faifo import mission
from faifo.mission import LANGUAGES
from faifo.phrases.catalogue import catalogue

ROOT = Path(__file__).parents[3]
REPORTS = ROOT.parent / "shared" / "reference" / "mission.md"

# Typed from the reports: act of the demo → who met, the report's verb, the report's words.
CITED = {
    "gathering": [("apec-leaders", "said", "niềm tin lẫn nhau")],
    "sharing": [
        ("apec-leaders", "encouraged", "tự nguyện chia sẻ thông tin về các chính sách số"),
        ("apec-leaders", "proposed", "dòng chảy dữ liệu an toàn, minh bạch"),
    ],
    "warning": [("asean-digital", "proposed", "chia sẻ thông tin, diễn tập chung")],
    "deciding": [("apec-leaders", "agreed", "phục vụ con người")],
    "stopping": [("asean-digital", "proposed", "Mạng lưới an toàn trí tuệ nhân tạo khu vực")],
    "objecting": [("apec-leaders", "proposed", "quyền lợi chính đáng của người dân")],
    "closing": [("apec-leaders", "proposed", "dòng chảy dữ liệu an toàn, minh bạch")],
    "opening": [("apec-leaders", "said", "niềm tin lẫn nhau")],
    "publishing": [("asean-digital", "proposed", "dữ liệu dùng chung")],
    "fetching": [("apec-leaders", "proposed", "dòng chảy dữ liệu an toàn, minh bạch")],
    "predicting": [("asean-digital", "theme", "từ kết nối hạ tầng sang kết nối trí tuệ")],
    "refusing": [("apec-leaders", "proposed", "quyền lợi chính đáng của người dân")],
    "ending": [("apec-leaders", "proposed", "khung quy định chung cho bảo mật dữ liệu")],
    "comparing": [("apec-leaders", "proposed", "dòng chảy dữ liệu an toàn, minh bạch")],
    "judging": [
        ("apec-leaders", "encouraged", "hệ sinh thái trí tuệ nhân tạo an toàn, đáng tin cậy"),
        ("g20-leaders", "agreed", "tính minh bạch, công bằng, trách nhiệm"),
        ("g20-leaders", "proposed", "bộ tiêu chuẩn quản trị AI"),
    ],
    "recognising": [
        ("apec-leaders", "said", "niềm tin lẫn nhau"),
        ("asean-digital", "proposed", "định danh số"),
    ],
    "skills": [
        ("asean-digital", "proposed", "phổ cập kỹ năng số toàn dân"),
        ("g20-leaders", "committed", "giảm thêm 5% tỉ lệ thanh niên"),
    ],
}


@pytest.mark.parametrize("act", CITED)
def test_an_act_cites_what_the_reports_say_and_with_their_verb(act: str):
    found = [one for one in mission.asked() if act in one.acts]
    assert [(one.meeting, one.verb) for one in found] == [row[:2] for row in CITED[act]]
    for one, (_, _, words) in zip(found, CITED[act], strict=True):
        assert words in one.vi
    for lang in LANGUAGES:
        line = mission.cited_in(act, lang)
        assert all(one.text(lang) in line for one in found)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_act_of_the_demo_cites_something_and_no_other_act_does(lang: str):
    acts = {key.split(".")[1] for key in catalogue(lang) if key.endswith(".need")}
    assert acts == set(CITED)
    assert {act for one in mission.asked() for act in one.acts} == acts


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_meeting_is_named_in_one_place_only(lang: str):
    """What a meeting said is filled into the demo's phrases, never written there again."""
    strangers = {
        key
        for key, phrase in catalogue(lang).items()
        if not key.startswith("mission.")
        and any(name in phrase for name in ("Gyeongju", "G20", "leaders' meeting", "Hội nghị các"))
    }
    assert strangers == set()
    needs = [phrase for key, phrase in catalogue(lang).items() if key.endswith(".need")]
    assert all("{asked}" in phrase for phrase in needs)


@pytest.mark.parametrize("one", mission.asked(), ids=lambda one: one.id)
def test_a_thing_is_whole_in_both_languages(one: mission.Asked):
    for text in (one.answer, one.lacking):
        assert set(text) in (set(), set(LANGUAGES))
    assert bool(one.answer) >= bool(one.lacking), "what lacks needs what is there"
    assert one.software or not one.answer
    for lang in LANGUAGES:
        assert one.cited(lang).startswith(one.text(lang))
        assert one.status(lang) in one.cited(lang) or one.by is not None
    # The Vietnamese text is the report's own, as far as we have it.
    folded = one.vi.casefold()
    assert all(words.casefold() in folded for words in one.words)
    assert all((ROOT / "docs" / page).is_file() for page in one.see)


def test_ids_are_unique():
    ids = [one.id for one in mission.asked()]
    assert len(set(ids)) == len(ids) >= 30


@pytest.mark.parametrize(
    ("id_", "lang", "answered"),
    [
        ("supply-chains", "en", "nothing yet"),
        ("supply-chains", "vi", "chưa có gì"),
        ("cables", "en", "not a matter of software"),
    ],
)
def test_what_has_no_answer_says_so(id_: str, lang: str, answered: str):
    (one,) = [one for one in mission.asked() if one.id == id_]
    assert one.answered(lang) == answered


@pytest.mark.skipif(not REPORTS.is_file(), reason="needs the extract of the reports beside us")
def test_the_words_are_those_of_the_reports():
    reports = REPORTS.read_text(encoding="utf-8").casefold()
    words = {words for one in mission.asked() for words in one.words}
    assert [one for one in words if one.casefold() not in reports] == []
