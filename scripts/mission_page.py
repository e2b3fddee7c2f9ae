"""docs/mission.md and docs/mission.vi.md, written from what `faifo.mission` holds."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import PurePath
from typing import Final

from faifo import mission
from faifo.mission import Asked
from faifo.phrases import say

FILES: Final = {"en": "mission.md", "vi": "mission.vi.md"}


def page(lang: str) -> str:
    """Return the page in a language: a table for each meeting, a row for each thing."""
    other = "vi" if lang == "en" else "en"
    lines = [
        f"# {_said('title', lang)}",
        "",
        f"*[{_said('other', lang)}]({FILES[other]})*",
        "",
        _said("lead", lang),
    ]
    for meeting, rows in groupby(mission.asked(), key=lambda one: one.meeting):
        lines += ["", f"## {say(f'mission.place.{meeting}', lang)}", "", *_table(rows, lang)]
    return "\n".join([*lines, "", _said("later", lang)]) + "\n"


def _table(rows: Iterable[Asked], lang: str) -> list[str]:
    heads = ("asked", "words", "verb", "answer")
    lines = [_row(_said(head, lang) for head in heads), "|---|---|---|---|"]
    for one in rows:
        links = ", ".join(f"[{PurePath(at).stem}]({at})" for at in one.see)
        answer = one.answered(lang)
        if links:
            answer += f" ({_said('see', lang)} {links})"
        words = "; ".join(f"*{words}*" for words in one.words) or "–"
        lines.append(_row((one.text(lang), words, one.status(lang), answer)))
    return lines


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _said(key: str, lang: str) -> str:
    return say(f"mission.page.{key}", lang)
