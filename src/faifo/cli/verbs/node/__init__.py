"""`faifo node`: what a node is made of: its settings, its keys, its log, and the shell's help."""

from __future__ import annotations

from faifo.cli.choices import family
from faifo.cli.verbs.node import completion, config, keys, logs, maintenance


@family(
    "node",
    example="faifo node config check\nfaifo node logs --follow",
    short_help="Settings, keys and log of a node.",
)
def command() -> None:
    """Look at a node's settings, keys and log file, and change its keys."""


for _one in (config, keys, logs, maintenance, completion):
    command.add_command(_one.command)
