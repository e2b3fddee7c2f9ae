"""Help is there in every language, for every verb, and nothing in it is left in English."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from faifo.cli.main import SECTIONS, VERBS, commands
from faifo.errors import KINDS
from faifo.phrases import LANGUAGES, help_texts
from faifo.phrases.catalogue import catalogue

UNTRANSLATED = Path(__file__).parents[1] / "phrases" / "untranslated.txt"
# What click writes itself.
FRAME = {
    "Options", "Commands", "Usage:", "[OPTIONS]", "COMMAND [ARGS]...", "required", "default:",
    *SECTIONS,
}  # fmt: skip
ROOT = click.Context(commands, info_name="faifo", **commands.context_settings)


def every_command(above: click.Context = ROOT) -> Iterator[click.Context]:
    yield above
    if isinstance(above.command, click.Group):
        for name in above.command.list_commands(above):
            child = above.command.get_command(above, name)
            assert child is not None
            yield from every_command(click.Context(child, parent=above, info_name=name))


def texts(context: click.Context) -> Iterator[str]:
    """Yield what a command's help says, in English."""
    command = context.command
    for long in (command.help or "", command.epilog or ""):
        blocks = inspect.cleandoc(long).replace("\n\b\n", "\n\n\b\n").split("\n\n")
        for paragraph in filter(None, (one.strip("\n") for one in blocks)):
            if not paragraph.startswith("\b"):
                yield " ".join(paragraph.split())
                continue
            _, heading, *lines = paragraph.split("\n")
            yield heading.strip()
            if heading.startswith("Exit codes"):
                yield from (line.strip() for line in lines)
    if command.short_help:
        yield " ".join(command.short_help.split())
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and parameter.help:
            yield " ".join(parameter.help.split())


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_every_text_of_help_is_there_and_no_other(lang: str):
    said = {text for context in every_command() for text in texts(context)}
    known = help_texts(lang)
    lines = UNTRANSLATED.read_text("utf-8").splitlines() if lang == "ko" else []
    listed = {line[6:] for line in lines if line.startswith("help: ")}
    assert said - known.keys() == listed - FRAME
    assert known.keys() - said - FRAME == set()
    assert [text for text, other in known.items() if text == other] == []


@pytest.mark.parametrize("context", list(every_command()), ids=lambda one: one.command_path)
def test_help_in_vietnamese_has_no_english_text(context: click.Context, faifo: Any):
    path = context.command_path.split()[1:]
    ran = faifo(*path, "--help", "--lang", "vi")
    shown = " ".join(ran.out.split())
    assert ran.code == 0
    assert shown.startswith("Cách dùng: ")
    assert [text for text in texts(context) if text in shown] == []
    assert [
        word for word in ("Options:", "Commands:", "[required]", "[default") if word in shown
    ] == []


def test_the_language_may_stand_before_or_after(faifo: Any):
    assert faifo("--lang", "vi", "get", "--help").out == faifo("get", "--help", "--lang=vi").out
    assert faifo("get", "--help").out.startswith("Usage: faifo get [OPTIONS]")


def test_the_first_help_shows_each_verb_once_in_short_sections(faifo: Any):
    shown = faifo("--help").out
    assert len(set(VERBS)) == len(VERBS)
    assert [
        len(verbs) <= 8 and f"\n{heading}:\n" in shown for heading, verbs in SECTIONS.items()
    ] == [True] * len(SECTIONS)
    assert [verb for verb in VERBS if f"\n  {verb} " not in shown] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_an_error_has_a_sentence(lang: str):
    assert {f"errors.{code}" for code in KINDS} <= catalogue(lang).keys()


USAGE = [
    ("frob",), ("get",), ("list",), ("list", "x"), ("list", "transfers", "--limt", "3"),
    ("list", "transfers", "--limit", "0"), ("list", "transfers", "--limit", "z"),
    ("list", "transfers", "--limit"), ("show", "--json=3", "x"), ("show", "a", "b"),
    ("show", "a", "b", "c"), ("trust", "foo"), ("node", "keys", "rotat"), ("publish",),
    ("publish", "x", "--passport", "/"), ("get", "a", "b", "--patience", "x"), ("ai", "assess"),
    ("ai", "passport", "make"), ("list", "agreements", "--state", "x"),
    ("ai", "decisions", "--out", "x"),
]  # fmt: skip
ENGLISH = re.compile(
    r"\b(the|not|no|is|are|of|there|see|such|missing|value|did|unexpected|given|only|and)\b", re.I
)


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_a_wrong_command_line_is_told_in_the_chosen_language(faifo: Any, words: tuple[str, ...]):
    said = faifo("--lang", "vi", *words)
    assert (said.code, said.out) == (2, "")
    assert "; xem hướng dẫn: faifo" in said.err
    assert ENGLISH.findall(said.err) == []
    assert "; see: faifo" in faifo("--lang", "en", *words).err


def test_an_error_is_said_in_the_chosen_language(faifo: Any, tmp_path: Any):
    ran = faifo("catalog", "x", "--dir", tmp_path, "--lang", "vi")
    assert ran.code == 2
    assert "; cần có " in ran.err
