"""Columns stand under one another, in every script; names of columns are for people."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from itertools import chain
from typing import Any

import pytest

from faifo.cli import progress, verbs
from faifo.cli.choices import Choices
from faifo.cli.tables import table
from faifo.phrases.catalogue import catalogue


def test_columns_are_aligned():
    rows = [("a", "Tây Đô", 1), ("bbb", "大阪", None), ("c", "o\u0302", "x\ny")]
    assert table(Choices(), ("id", "name", "key"), rows) == [
        "a    Tây Đô  1",
        "bbb  大阪",
        "c    o\u0302       x y",
    ]
    assert table(Choices(), ("id",), []) == []


def test_a_person_sees_the_names_of_the_columns(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert table(Choices(), ("did", "name"), [("did:web:a", "x")]) == [
        "DID        NAME",
        "did:web:a  x",
    ]


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_only(
    capsys: Any, monkeypatch: pytest.MonkeyPatch, terminal: bool
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    show, clear = progress.line(Choices())
    show("1 / 2")
    clear()
    expected = "\r\x1b[K1 / 2\r\x1b[K" if terminal else ""
    assert capsys.readouterr().err == expected


def test_progress_and_json_do_not_mix(capsys: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    choices = Choices()
    choices.json = True
    progress.line(choices)[0]("1 / 2")
    assert capsys.readouterr().err == ""


def test_every_column_has_a_name_in_the_readers_language() -> None:
    found = 0
    for one in pkgutil.walk_packages(verbs.__path__, f"{verbs.__name__}."):
        columns = getattr(importlib.import_module(one.name), "COLUMNS", ())
        for name in chain.from_iterable(columns.values()) if isinstance(columns, dict) else columns:
            assert f"cli.label.{name.replace(' ', '-')}" in catalogue("en"), (one.name, name)
            found += 1
    assert found > 40
