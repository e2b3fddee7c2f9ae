"""`faifo demo`: a story between nodes on this machine."""

from __future__ import annotations

import click

from faifo.cli.choices import Choices, verb
from faifo.cli.output import result
from faifo.demo import ACTS
from faifo.phrases import say


@verb(
    "demo",
    example="faifo demo --lang vi\nfaifo demo --act judging\nfaifo demo --commands",
    short_help="See what nodes do for each other.",
)
@click.option(
    "--act",
    type=click.Choice((*ACTS, "all", "list")),
    help="Play what leads to one act of the longer story; `list` names them.",
)
@click.option("--commands", is_flag=True, help="Show the command that does each step.")
@click.option("--keep", is_flag=True, help="Leave the nodes up, in ./.demo.")
def command(choices: Choices, act: str | None, commands: bool, keep: bool) -> int:
    """Show a story between nodes of invented organisations on this machine, with real data.

    At a terminal the nodes stay up at the end until Enter or Ctrl-C.
    """
    from faifo import demo

    if act == "list":
        lines = [f"{name.ljust(12)} {say(f'demo.{name}.title', choices.lang)}" for name in ACTS]
        result(choices, ACTS, lines)
        return 0
    return demo.run(choices.lang, act=act, commands=commands, keep=keep)
