"""The demo's voice: acts, steps with their own time, notes; every word from the phrases.

A step's line is printed after the step has been done, with the time that this step took. When it
fails there is no line: the error goes on its way.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from faifo import mission
from faifo.api.processes import why_ended
from faifo.phrases import say, spoken
from faifo.phrases.figures import marked

INDENT = " " * 15

_CODES = {"act": "1;36", "need": "3", "time": "2", "good": "32", "bad": "31", "note": "2"}


class Narrator:
    """Tells the story in one language to one stream."""

    def __init__(self, stream: TextIO, lang: str, *, colour: bool, commands: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self._commands = commands
        self._act = 0
        self.lang = lang
        self.lines: list[str] = []

    def phrase(self, key: str, **facts: Any) -> str:
        """Return a phrase of the demo."""
        said = {
            name: marked(f"{one:g}", self.lang) if isinstance(one, float) else one
            for name, one in facts.items()
        }
        return say(f"demo.{key}", self.lang, **said)

    def plain(self, key: str, **facts: Any) -> None:
        """Say something that is no step."""
        self._print(self.phrase(key, **facts))

    def act(self, name: str) -> None:
        """Open an act: its title, and what was asked for that it answers."""
        self._act += 1
        title = self.phrase(f"{name}.title")
        self._print("")
        self._print(self._dyed(f"{self._act}  {title}", "act"))
        need = self.phrase(f"{name}.need", asked=mission.cited_in(name, self.lang))
        self._print("   " + self._dyed(need, "need"))

    @contextmanager
    def step(self, key: str, **known: Any) -> Iterator[dict[str, Any]]:
        """Time what is done inside and then say it; put the facts of it into the given dict."""
        facts = dict(known)
        begun = time.perf_counter()
        yield facts
        taken = (time.perf_counter() - begun) * 1000
        clock = self._dyed(f"[{self.number(taken, digits=1):>9} ms]", "time")
        self._print(f" {clock} {self.phrase(key, **facts)}")

    def note(self, key: str, **facts: Any) -> None:
        """Add to the step before: no time of its own."""
        self._print(INDENT + self.phrase(key, **facts))

    def quote(self, text: str, *, depth: int = 0, good: bool | None = None) -> None:
        """Show what a program said; `good` marks a reason that speaks for or against."""
        mark = {None: "·", True: "+", False: "–"}[good]
        kind = {None: "note", True: "good", False: "bad"}[good]
        self._print(INDENT + "  " * depth + self._dyed(f"{mark} {text}", kind))

    def heard(self, reasons: Iterable[object]) -> str:
        """Return what a node told in English, in the language of the story."""
        return str(spoken(tuple(why_ended(str(one)) for one in reasons), self.lang))

    def typed(self, command: str) -> None:
        """Show which command does the step before, if that is wanted."""
        if self._commands:
            self._print(INDENT + self._dyed(f"$ faifo {command}", "note"))

    def command(self, text: str) -> None:
        """Show a command on a line of its own, to be pasted."""
        self._print(f"  {text}")

    def size(self, count: int) -> str:
        """Return a number of bytes for a reader."""
        if count < 10_000:
            return f"{count} B"
        if count < 1_000_000:
            return self.number(count / 1e3, digits=0) + " kB"
        return self.number(count / 1e6, digits=2) + " MB"

    def number(self, value: float, *, digits: int) -> str:
        """Return a number with the marks of the language."""
        return marked(f"{value:,.{digits}f}", self.lang)

    def _print(self, line: str) -> None:
        self.lines.append(line)
        print(line, file=self._stream, flush=True)

    def _dyed(self, text: str, kind: str) -> str:
        return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if self._colour else text


def wants_colour(stream: TextIO) -> bool:
    """Tell whether to use colours: on a terminal only, and not with NO_COLOR or TERM=dumb."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
