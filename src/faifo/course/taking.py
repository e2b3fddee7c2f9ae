"""Taking the course: a lesson is read, its exercise done at the prompt, checked, and remembered."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Final

from faifo.course import LESSONS
from faifo.course.exercises import EXERCISES
from faifo.course.room import Room
from faifo.demo.cast import make_root
from faifo.demo.children import Children
from faifo.errors import SettingsError
from faifo.node.custody.directory import unwritable
from faifo.phrases import Phrase, say

PROGRESS: Final = "progress.json"
BADGE: Final = "badge.json"
Ask = Callable[[], str | None]
Tell = Callable[[str], None]


class Progress:
    """What is done, in a file of the learner's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / PROGRESS
        try:
            self.done = [one for one in json.loads(self._path.read_text("utf-8")) if one in LESSONS]
        except FileNotFoundError:
            self.done = []
        except (OSError, ValueError, TypeError) as error:
            raise SettingsError(
                what=Phrase("errors.told.file.unreadable", path=self._path, why=str(error)),
                expected=Phrase("errors.told.course.progress"),
            ) from None

    @property
    def open(self) -> list[str]:
        return [one for one in LESSONS if one not in self.done]

    def note(self, lesson: str) -> None:
        self.done.append(lesson)
        self._path.write_text(json.dumps(self.done), encoding="utf-8")


def lesson(name: str, lang: str) -> str:
    """Return the text of a lesson."""
    return files("faifo.course").joinpath(f"lessons/{lang}/{name}.md").read_text("utf-8")


def take(folder: Path, lang: str, ask: Ask, tell: Tell) -> bool:
    """Take the course where it was left, and tell whether it is done.

    Args:
        folder: the learner's; progress and badge stand in it.
        lang: of the lessons.
        ask: returns the next line that is typed, None at the end of input.
        tell: shows a text.

    Raises:
        SettingsError: the folder cannot be used.
    """
    desk = folder / "desk"
    try:
        desk.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    progress = Progress(folder)
    if (folder / BADGE).exists() and not progress.open:
        tell(say("course.done", lang, badge=str(folder / BADGE)))
        return True
    tell(say("course.welcome", lang, done=len(progress.done), of=len(LESSONS), desk=str(desk)))
    children, nodes = Children(keep=False), make_root(keep=False)
    try:
        return asyncio.run(_taken(Room(nodes, desk.resolve(), children), folder, progress, lang,
                                  ask, tell))  # fmt: skip
    finally:
        children.end()
        _remove(nodes)


async def _taken(
    room: Room, folder: Path, progress: Progress, lang: str, ask: Ask, tell: Tell
) -> bool:
    try:
        await room.open(lang)
        for name in progress.open:
            tell(lesson(name, lang))
            if not await _exercise(room, name, lang, ask, tell):
                tell(say("course.left", lang))
                return False
            progress.note(name)
            tell(say("course.right", lang, done=len(progress.done), of=len(LESSONS)))
        return await _badge(room, folder, lang, ask, tell)
    finally:
        await room.close()


async def _exercise(room: Room, name: str, lang: str, ask: Ask, tell: Tell) -> bool:
    """Return once the exercise is done; False if the learner leaves."""
    room.answer = ""
    while (line := await asyncio.to_thread(ask)) is not None:
        word, _, rest = line.strip().partition(" ")
        if word in ("quit", "exit"):
            return False
        if word == "faifo":
            await asyncio.to_thread(_run, room, lang, rest, tell)
            continue
        if word == "answer":
            room.answer = rest
        elif word not in ("", "check"):
            tell(say("course.words", lang))
            continue
        lacking = await EXERCISES[name](room)
        if lacking is None:
            return True
        tell(say(f"course.{name}.{lacking}", lang))
    return False


def _run(room: Room, lang: str, typed: str, tell: Tell) -> None:
    """Do a command of the learner on the learner's node, and show what it says."""
    try:
        words = shlex.split(typed)
    except ValueError:
        tell(say("course.words", lang))
        return
    environment = {**os.environ, "FAIFO_DIR": str(room.directory)}
    done = subprocess.run(  # noqa: S603 - our own module, on a throw-away node
        [sys.executable, "-m", "faifo", *words, "--lang", lang],
        cwd=room.desk, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    tell((done.stdout + done.stderr).decode("utf-8", "replace").rstrip())


async def _badge(room: Room, folder: Path, lang: str, ask: Ask, tell: Tell) -> bool:
    """Issue the badge, and check it as anybody would."""
    tell(say("course.name", lang))
    name = (await asyncio.to_thread(ask) or "").strip()[:200] or say("course.nobody", lang)
    texts = ("name", "description", "criteria")
    achievement = {text: say(f"course.badge.{text}", lang) for text in texts}
    made = await room.school.issue_badge(achievement, name=name)
    found = await room.mine.check_badge(made.file, holder=name)
    (folder / BADGE).write_text(made.file, encoding="utf-8")
    facts = {"name": name, "by": found.issuer_name, "badge": str(folder / BADGE)}
    tell(say("course.badge.made", lang, **facts))
    return True


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
