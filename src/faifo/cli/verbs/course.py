"""`faifo course`: four lessons with exercises, and a badge."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from faifo.cli.choices import Choices, family
from faifo.cli.output import plain, result


@family("course", example="faifo course start --lang vi", short_help="Take a short course.")
def command() -> None:
    """Learn to share a table safely, to read a refusal, to judge a passport, to stop a scam."""


@command.verb(
    "start",
    example="faifo course start --lang vi",
    short_help="Begin, or go on where you left.",
)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False),
              default=Path("faifo-course"), show_default=True,
              help="Where progress and badge are kept.")  # fmt: skip
def start(choices: Choices, folder: Path) -> int:
    """Take the course: a quarter of an hour, without a network, on nodes that are thrown away.

    At the prompt type the commands of the lesson; Enter checks the exercise, `quit` leaves, and the
    next start goes on from there. The last step issues a badge.
    """
    from faifo.course.taking import take

    def ask() -> str | None:
        if sys.stdin.isatty():
            print("course> ", end="", flush=True)
        line = sys.stdin.readline()
        return line if line else None

    def tell(text: str) -> None:
        if not choices.json:
            print(plain(text), flush=True)

    done = take(folder, choices.lang, ask, tell)
    result(choices, {"done": done, "folder": str(folder)}, [])
    return 0 if done else 1
