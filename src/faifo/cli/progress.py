"""One line that shows how far long work is: on a terminal only, and gone when the work is done."""

from __future__ import annotations

import sys
from collections.abc import Callable

from faifo.cli.choices import Choices
from faifo.cli.output import line_of


def line(
    choices: Choices, *, quiet: bool = False
) -> tuple[Callable[[str], None], Callable[[], None]]:
    """Return what shows a text, and what wipes it out."""
    if quiet or choices.json or not sys.stderr.isatty():
        return (lambda _: None), lambda: None
    shown = ""

    def show(text: str) -> None:
        nonlocal shown
        if text != shown:
            shown = text
            print(f"\r\x1b[K{line_of(text)}", end="", file=sys.stderr, flush=True)

    def clear() -> None:
        nonlocal shown
        if shown:
            shown = ""
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    return show, clear
