"""The committed reference is what the program says today, and nothing in it is left unexplained."""

from __future__ import annotations

import tomllib
from pathlib import Path

import course_page
import drawings
import mission_page
import pytest
import reference
import reference_python
import reference_words

from faifo.node.settings.model import Settings, template

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_the_committed_page_is_todays(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert committed == reference.PAGES[name](), "out of date; run: make reference"


def test_the_types_of_the_client_without_await_are_todays() -> None:
    assert reference_python.same_stub(), "out of date; run: make reference"


@pytest.mark.parametrize("name", sorted(drawings.PICTURES))
def test_the_committed_picture_is_todays(name: str) -> None:
    committed = (ROOT / "docs" / "pictures" / name).read_text(encoding="utf-8")
    assert committed == drawings.PICTURES[name](), "out of date; run: make reference"


@pytest.mark.parametrize(
    ("words", "of_one"),
    [
        ("SETTINGS", "the setting listen.port has no words in reference_words.py"),
        ("CODES", "exit codes: without words [8], words only []"),
    ],
)
def test_what_has_no_words_is_named(
    words: str, of_one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = dict(getattr(reference_words, words))
    del table[{"SETTINGS": "listen.port", "CODES": 8}[words]]
    monkeypatch.setattr(reference, words, table)
    with pytest.raises(reference.UndocumentedError) as caught:
        reference.pages()
    assert str(caught.value) == of_one


def test_words_about_what_is_gone_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {**reference_words.SETTINGS, "listen.gone": "Nothing."}
    monkeypatch.setattr(reference, "SETTINGS", table)
    with pytest.raises(reference.UndocumentedError, match=r"^no such settings any more: listen"):
        reference.pages()


def test_every_setting_stands_in_the_page_with_its_table() -> None:
    page = reference.settings_page()
    for table in Settings.__struct_fields__:
        section = page.partition(f"## `[{table}]`")[2].partition("\n## ")[0]
        kind = reference.kinds.type_info(Settings)
        (fields,) = [one.type.fields for one in kind.fields if one.name == table]
        for field in fields:
            assert f"| `{field.name}` |" in section


def test_what_init_writes_is_in_the_reference() -> None:
    text = template(
        name="a", economy="VN", public_url="http://localhost:1", port=1, root="/", local=True
    )
    for table, values in tomllib.loads(text).items():
        assert {f"{table}.{name}" for name in values} <= reference_words.SETTINGS.keys()


@pytest.mark.parametrize("lang", sorted(course_page.FILES))
def test_the_course_in_both_languages_is_up_to_date(lang: str) -> None:
    committed = (ROOT / "docs" / course_page.FILES[lang]).read_text(encoding="utf-8")
    assert committed == course_page.page(lang), "out of date; run: make reference"


@pytest.mark.parametrize("lang", sorted(mission_page.FILES))
def test_the_committed_page_of_what_was_asked_for_is_todays(lang: str) -> None:
    committed = (ROOT / "docs" / mission_page.FILES[lang]).read_text(encoding="utf-8")
    assert committed == mission_page.page(lang), "out of date; run: make reference"
