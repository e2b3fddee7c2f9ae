"""What leaders and ministers asked for, with the reports' own verbs, and what of Faifo answers it.

The data are asked.toml beside this file. Nobody named there has endorsed Faifo.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from faifo.phrases import say

Text = dict[str, str]
LANGUAGES = ("en", "vi")
"""The languages of the register's own texts."""


def told(text: Text, lang: str) -> str:
    """Return a text of the register in `lang`; in English where it is not there."""
    return text.get(lang) or text.get("en", "")


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that was asked for; `verb`, `meeting` and `by` are phrase keys under `mission`."""

    id: str
    meeting: str
    verb: str
    by: str | None = None
    en: str
    vi: str
    words: tuple[str, ...] = ()
    answer: Text = {}
    lacking: Text = {}
    software: bool = True
    acts: tuple[str, ...] = ()
    see: tuple[str, ...] = ()

    def text(self, lang: str) -> str:
        """Return what was asked for: a paraphrase in English, the report's words in Vietnamese."""
        return self.vi if lang == "vi" else self.en

    def status(self, lang: str) -> str:
        """Return the report's verb, with the speaker where it was one speaker's."""
        verb = say(f"mission.verb.{self.verb}", lang)
        if self.by is None:
            return verb
        return f"{verb} ({say(f'mission.by.{self.by}', lang)})"

    def served(self, lang: str) -> str:
        """Return what of Faifo serves it today, or that nothing does."""
        if not self.software:
            return say("mission.not-software", lang)
        return told(self.answer, lang) or say("mission.nothing-yet", lang)

    def answered(self, lang: str) -> str:
        """Return what of Faifo answers it today, and what is lacking."""
        answer = self.served(lang)
        if not self.lacking:
            return answer
        return say("mission.lacking", lang, answer=answer, lacking=told(self.lacking, lang))

    def cited(self, lang: str) -> str:
        """Return it in one line with verb, speaker and place, as the demo cites it."""
        meeting = say(f"mission.meeting.{self.meeting}", lang)
        frame = self.verb if self.verb == "theme" else "whole" if self.by is None else "speaker"
        facts = {"text": self.text(lang), "verb": say(f"mission.verb.{self.verb}", lang)}
        if self.by is not None:
            facts["by"] = say(f"mission.by.{self.by}", lang)
        return say(f"mission.cited.{frame}", lang, meeting=meeting, **facts)


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files("faifo.mission").joinpath("asked.toml").read_text("utf-8"))


@cache
def asked() -> tuple[Asked, ...]:
    """Return everything that was asked for, by meeting."""
    return msgspec.convert(_file()["asked"], tuple[Asked, ...])


def days(meeting: str) -> tuple[str, str]:
    """Return the first and the last day of a meeting, ISO 8601; the last is empty if it goes on."""
    since, _, until = _file()["days"][meeting].partition("/")
    return since, until.replace("..", "")


def cited_in(act: str, lang: str) -> str:
    """Return in one line what an act of the demo answers."""
    return "; ".join(one.cited(lang) for one in asked() if act in one.acts)
