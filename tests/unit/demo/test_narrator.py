from __future__ import annotations

import io
import re

import pytest

from faifo.demo.narrator import Narrator, wants_colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def test_a_step_is_told_after_it_was_done_with_its_time(stream: io.StringIO):
    tell = Narrator(stream, "en", colour=False)
    with tell.step("fetching.arrived", file="a.csv") as facts:
        assert stream.getvalue() == ""
        facts["size"] = "3 B"
    said = re.fullmatch(
        r" \[ +(\d+\.\d) ms\] The file has arrived: a\.csv, 3 B\n", stream.getvalue()
    )
    assert said
    assert float(said[1]) < 1000


def test_a_step_that_fails_is_not_told(stream: io.StringIO):
    tell = Narrator(stream, "en", colour=False)
    with pytest.raises(OSError, match="broken"), tell.step("fetching.completed"):
        raise OSError("broken")
    assert stream.getvalue() == ""


def test_an_act_opens_with_its_number_title_and_need(stream: io.StringIO):
    tell = Narrator(stream, "vi", colour=False)
    tell.act("opening")
    tell.act("ending")
    lines = stream.getvalue().splitlines()
    assert lines[1] == "1  Hai nút biết nhau, và không biết ai khác"
    assert lines[2].startswith("   Nhu cầu: ")
    assert lines[4].startswith("2  Một phiên truyền kết thúc")


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_an_act_cites_what_it_answers_with_verb_speaker_and_place(lang: str, stream: io.StringIO):
    Narrator(stream, lang, colour=False).act("ending")
    need = stream.getvalue().splitlines()[2]
    assert (
        need
        == {
            "en": "   Need: a common framework of rules for data security (proposed by Viet Nam's "
            "president at the APEC leaders' meeting, Gyeongju 2025). Who shares can stop at once.",
            "vi": "   Nhu cầu: khung quy định chung cho bảo mật dữ liệu (Chủ tịch nước Việt Nam đề "
            "xuất tại Hội nghị các nhà lãnh đạo APEC, Gyeongju 2025). "
            "Người chia sẻ có thể dừng ngay.",
        }[lang]
    )
    assert "Faifo" not in need


@pytest.mark.parametrize(
    ("count", "en", "vi"),
    [(0, "0 B", "0 B"), (9999, "9999 B", "9999 B"), (68_277, "68 kB", "68 kB"),
     (3_077_365, "3.08 MB", "3,08 MB")],
)  # fmt: skip
def test_sizes_have_the_decimal_mark_of_the_language(
    count: int, en: str, vi: str, stream: io.StringIO
):
    assert Narrator(stream, "en", colour=False).size(count) == en
    assert Narrator(stream, "vi", colour=False).size(count) == vi


@pytest.mark.parametrize(
    ("environment", "stream", "colours"),
    [
        pytest.param({}, Terminal(), True, id="a terminal"),
        pytest.param({}, io.StringIO(), False, id="a file"),
        pytest.param({"NO_COLOR": "1"}, Terminal(), False, id="NO_COLOR"),
        pytest.param({"NO_COLOR": ""}, Terminal(), True, id="an empty NO_COLOR says nothing"),
        pytest.param({"TERM": "dumb"}, Terminal(), False, id="a dumb terminal"),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], stream: io.StringIO, colours: bool
):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(stream) is colours


def test_colours_change_no_word():
    plain, coloured = io.StringIO(), Terminal()
    for stream, colour in ((plain, False), (coloured, True)):
        tell = Narrator(stream, "en", colour=colour)
        tell.act("refusing")
        tell.quote("why", depth=1, good=False)
    assert "\x1b[" in coloured.getvalue()
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured.getvalue()) == plain.getvalue()


@pytest.mark.parametrize(("commands", "shown"), [(True, ["$ faifo list transfers"]), (False, [])])
def test_the_command_of_a_step_is_shown_where_it_is_wanted(
    stream: io.StringIO, commands: bool, shown: list[str]
):
    Narrator(stream, "en", colour=False, commands=commands).typed("list transfers")
    assert [line.strip() for line in stream.getvalue().splitlines()] == shown
