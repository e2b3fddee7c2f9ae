"""`faifo mission`: what was asked for in public, with the report's verb, and what serves it."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator

import click

from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.phrases import Phrase, say

WIDTH = 100


@verb(
    "mission",
    example="faifo mission --lang vi\nfaifo mission --csv > register.csv",
    short_help="List what was asked for, and what serves it.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, ready to be published.")
def command(choices: Choices, as_csv: bool) -> None:
    """List what leaders and ministers asked for, with the report's own verb, and what serves it.

    From press reports of four public meetings. Nobody named there has endorsed Faifo.
    """
    from faifo.mission import register

    if as_csv and choices.json:
        raise click.UsageError(str(Phrase("cli.usage.csv-or-json")))
    if as_csv:
        sys.stdout.write(register.as_csv(choices.lang))
        return
    result(choices, register.rows(choices.lang), _lines(choices.lang))


def _lines(lang: str) -> Iterator[str]:
    """Yield the rows under their meetings; wrapped at a terminal, whole elsewhere."""
    from itertools import groupby

    from faifo.mission import asked

    terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size().columns, WIDTH) if terminal else sys.maxsize
    for meeting, things in groupby(asked(), key=lambda one: one.meeting):
        yield say(f"mission.place.{meeting}", lang)
        for one in things:
            quote = f" “{'”, “'.join(one.words)}”" if one.words else ""
            for mark, text in (
                ("- ", f"{one.text(lang)}: {one.status(lang)}{quote}"),
                ("  → ", one.answered(lang)),
            ):
                yield from textwrap.wrap(
                    text, width, initial_indent=f"  {mark}", subsequent_indent=" " * 6
                )
        yield ""
    yield say("mission.page.later", lang)
