from __future__ import annotations

import pytest

from faifo.cli.choices import Choices
from faifo.cli.output import fields, line_of, plain
from faifo.phrases.figures import moment, size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Giá lúa 米", "Giá lúa 米"),
        ("\x1b[2Jgone", "?[2Jgone"),
        ("a\u202etxt.exe", "a?txt.exe"),
        ("\x9b31m", "?31m"),
    ],
)
def test_text_of_others_does_not_steer_the_terminal(text: str, shown: str):
    assert plain(text) == shown


def test_one_line_is_one_line():
    assert line_of("a\r\nfaifo: b") == "a faifo: b"


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, ""), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (600_000_000, "600.0 MB")],
)
def test_sizes_are_in_powers_of_1000(count: int | None, text: str):
    assert size(count) == text


def test_times_are_in_utc_to_the_second():
    assert moment("2026-12-31T17:00:00.123456+07:00") == "2026-12-31 10:00:00Z"


def test_only_pairs_with_a_value_are_shown():
    assert fields(Choices(), [("id", "x"), ("licence", None), ("keywords", "")]) == ["id  x"]


def test_labels_are_in_the_chosen_language_and_align():
    choices = Choices()
    choices.lang = "vi"
    assert fields(choices, [("id", "x"), ("valid until", "y")]) == [
        "mã            x",
        "hiệu lực đến  y",
    ]
