"""`faifo demo`: two nodes and a finished exchange on this machine."""

from __future__ import annotations

import click

from faifo.cli.choices import Choices, verb


@verb("demo", example="faifo demo --lang vi", short_help="See an exchange between two nodes.")
@click.option("--keep", is_flag=True, help="Leave the nodes up, in ./.demo.")
def command(choices: Choices, keep: bool) -> int:
    """Show a whole exchange between two nodes on this machine, with real data."""
    from faifo import demo

    return demo.run(keep=keep, lang=choices.lang)
