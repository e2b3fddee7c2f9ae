"""The course taken by a new user in Vietnamese, at a pipe; the nodes check each exercise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from faifo.course import LESSONS
from faifo.course.exercises import EXERCISES
from faifo.course.room import Room
from faifo.course.taking import BADGE, Progress, lesson, take
from faifo.demo.children import Children
from faifo.errors import SettingsError
from faifo.phrases import LANGUAGES, say
from faifo.skills.badge import read_badge

pytestmark = pytest.mark.timeout(600)


class Learner:
    """Types lines, some of which are made from what was shown before."""

    def __init__(self, *lines: str) -> None:
        self.shown: list[str] = []
        self._lines: Iterator[str] = iter(lines)

    def ask(self) -> str | None:
        line = next(self._lines, None)
        if line and "ID" in line:
            (found,) = set(re.findall(r"urn:uuid:[0-9a-f-]{36}", self.shown[-1]))
            line = line.replace("ID", found)
        return line

    def saw(self, key: str) -> bool:
        return say(key, "vi") in self.shown


def test_a_new_user_takes_it_in_vietnamese_leaves_and_comes_back(tmp_path: Path) -> None:
    first = Learner(
        "", "làm sao?",
        "faifo publish rice.csv --id rice", "",
        "faifo unpublish rice --yes",
        "faifo publish rice.csv --id rice --purpose research --until 2027-12-31", "",
        "quit",
    )  # fmt: skip
    assert not take(tmp_path, "vi", first.ask, first.shown.append)
    for key in ("table.nothing", "table.purpose", "words", "left"):
        assert first.saw(f"course.{key}"), key
    assert Progress(tmp_path).done == ["table"]
    second = Learner(
        "faifo get school scores --purpose marketing -o scores.csv",
        "answer thời hạn", "answer Mục đích",
        "faifo get school scores --purpose education -o scores.csv", "",
        "faifo ai review school loans-strict", "check",
        "faifo ai review school loans-lenient", "answer loans-lenient", "answer loans-strict",
        "faifo warn list", "faifo warn ack ID --person Lan", "",
        "faifo warn list", "faifo warn ack ID --person Lan --acted 'đã báo cho gia đình'", "",
        "Trần Thị Lan",
    )  # fmt: skip
    assert take(tmp_path, "vi", second.ask, second.shown.append), second.shown[-8:]
    for key in ("refusal.reason", "refusal.get", "passport.both", "passport.which", "scam.act"):
        assert second.saw(f"course.{key}"), key
    badge = read_badge((tmp_path / BADGE).read_bytes())
    assert badge.name == say("course.badge.name", "vi")
    assert badge.holder[0].is_of("Trần Thị Lan")
    third = Learner()
    assert take(tmp_path, "vi", third.ask, third.shown.append)
    assert third.shown == [say("course.done", "vi", badge=str(tmp_path / BADGE))]


def test_progress_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text("{")
    learner = Learner()
    with pytest.raises(SettingsError):
        take(tmp_path, "en", learner.ask, learner.shown.append)
    (tmp_path / "progress.json").write_text(json.dumps(["table", "cooking"]))
    assert Progress(tmp_path).open == ["refusal", "passport", "scam"]


@pytest.mark.parametrize("said", ["purpose", "Mục đích ", "목적"])
async def test_the_term_is_named_in_any_language(said: str, tmp_path: Path) -> None:
    room = Room(tmp_path, tmp_path, Children(keep=False))
    room.answer = said
    assert await EXERCISES["refusal"](room) == "get"
    room.answer = "기한"
    assert await EXERCISES["refusal"](room) == "reason"


def test_every_lesson_has_an_exercise_and_a_text_in_each_language() -> None:
    assert list(EXERCISES) == list(LESSONS)
    commands = {
        lang: [re.findall(r"^faifo \w+", lesson(name, lang), re.M) for name in LESSONS]
        for lang in LANGUAGES
    }
    assert all(found == commands["en"] for found in commands.values())
    assert len({lesson("table", lang) for lang in LANGUAGES}) == len(LANGUAGES)
    assert all(commands["en"])
