"""docs/course, written from the lessons that `faifo course` shows."""

from __future__ import annotations

from typing import Final

from faifo.course import LESSONS
from faifo.course.taking import lesson
from faifo.phrases import say

FILES: Final = {"en": "course/index.md", "vi": "course/index.vi.md"}


def page(lang: str) -> str:
    """Return the page in a language: what the course is, and its four lessons."""
    other = "vi" if lang == "en" else "en"
    name = FILES[other].rpartition("/")[2]
    head = [
        f"# {say('course.badge.name', lang)}",
        f"*[{say('mission.page.other', lang)}]({name})*",
        say("course.page", lang),
        f"```\nfaifo course start --lang {lang}\n```",
    ]
    # A page has one title; a lesson is a part of it.
    lessons = [f"#{lesson(one, lang).strip()}" for one in LESSONS]
    return "\n\n".join([*head, *lessons]) + "\n"
