"""`faifo node`: what a node is made of: its settings, its keys, its log, and the shell's help."""

from __future__ import annotations

import click

from faifo.cli.choices import Family
from faifo.cli.verbs.node import completion, config, keys, logs, maintenance


@click.group("node", cls=Family, short_help="Settings, keys and log of a node.")
def command() -> None:
    """Look at a node's settings, keys and log file, and change its keys.

    \b
    Example:
      faifo node config check
      faifo node logs --follow
    """  # noqa: D301 - click wants the character itself


command.add_command(config.command)
command.add_command(keys.command)
command.add_command(logs.command)
command.add_command(maintenance.command)
command.add_command(completion.command)
