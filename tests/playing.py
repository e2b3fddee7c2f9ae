"""The demo, played as a process of its own, and what its lines are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from faifo.phrases.catalogue import catalogue

PLAY = "import sys; from faifo.demo import run; sys.exit(run('{lang}', {told}))"
CHILD = re.compile(r"-m\0faifo\.demo\.(?:node_process|model_service)\0")
TIMED = re.compile(r"^ \[ *[\d.,]*\d[.,]\d ms\] ")
QUOTED = re.compile(r"^ {15} *[·+–] ")


class Played(NamedTuple):
    code: int
    lines: list[str]
    errors: str


def children(folder: Path) -> set[int]:
    """Return the demo's processes that work below `folder`, by what the system says of them."""
    if not Path("/proc").is_dir():
        listed = subprocess.run(
            ["ps", "-axo", "pid=,command="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        ours = (line for line in listed if "-m faifo.demo." in line and str(folder) in line)
        return {int(line.split()[0]) for line in ours}
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if CHILD.search(command) and str(folder) in command:
            found.add(int(entry.name))
    return found


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder), "PYTHONIOENCODING": "utf-8"}


def play(folder: Path, lang: str = "en", *, program: str = PLAY, **told: Any) -> Played:
    """Play it as a process of its own, with what `faifo.demo.run` is told."""
    done = subprocess.run(
        [sys.executable, "-c", program.format(lang=lang, told=_said(told))],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )
    return Played(done.returncode, done.stdout.splitlines(), done.stderr)


def play_in_both(folders: dict[str, Path], **told: Any) -> dict[str, Played]:
    """Play it in a folder for each language, at once: much of it is waiting."""
    with ThreadPoolExecutor() as both:
        running = {lang: both.submit(play, folders[lang], lang, **told) for lang in folders}
        return {lang: played.result() for lang, played in running.items()}


@contextmanager
def begun(folder: Path, **told: Any) -> Iterator[subprocess.Popen[str]]:
    """Start the demo in its own group, as a shell would."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", PLAY.format(lang="en", told=_said(told))],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _said(told: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in told.items())


def kind(line: str) -> str:
    if TIMED.match(line):
        return "timed"
    if QUOTED.match(line):
        return "quoted"
    return "indented" if line.startswith("   ") else "plain" if line else "empty"


def strange_lines(story: Played, lang: str) -> list[str]:
    """Return the lines that no phrase of the demo's makes."""
    phrases = [
        re.compile(_pattern(line))
        for key, phrase in catalogue(lang).items()
        if key.startswith("demo.")
        for line in phrase.strip("\n").split("\n")
    ]
    told = [line for line in story.lines if line and not QUOTED.match(line)]
    words = [re.sub(r"^\d+  ", "", TIMED.sub("", line).strip()) for line in told]
    return [line for line in words if not any(known.fullmatch(line) for known in phrases)]


def _pattern(phrase: str) -> str:
    """Return a pattern for the phrase with any facts; alone it must have words of its own."""
    parts = Formatter().parse(phrase)
    return "".join(re.escape(text) + ("" if name is None else ".+") for text, name, *_ in parts)
