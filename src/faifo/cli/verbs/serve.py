"""`faifo serve`: the node itself, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import click
import msgspec

from faifo.cli.choices import Choices, verb

if TYPE_CHECKING:
    from faifo.node.custody.books import Part
    from faifo.node.wiring import Node

PARTS = ("all", "control", "data")
LEVELS = ("debug", "info", "warning", "error")


@verb("serve", example="faifo serve", short_help="Run the node.")
@click.option("--log-level", type=click.Choice(LEVELS), help="Instead of log.level in faifo.toml.")
@click.option(
    "--part",
    type=click.Choice(PARTS),
    default="all",
    help="With books in PostgreSQL: only the protocol, or only the data, beside other processes.",
)
def command(choices: Choices, log_level: str | None, part: Part) -> None:
    """Run the node in --dir until Ctrl-C or SIGTERM. The log goes to stderr, or to log.file."""
    gc.disable()  # the modules of a node make much that stays and nothing to collect
    from faifo.cli.access import node_in
    from faifo.node.settings.model import read_settings
    from faifo.node.watching import logs
    from faifo.node.wiring import run, serve

    directory = node_in(choices.directory)
    path = directory.path
    logs.configure(read_settings(directory.settings).log, path, level=log_level)

    def ready(node: Node, manage_url: str) -> None:
        url = node.settings.node.public_url
        record = {"did": node.did, "public_url": url, "manage_url": manage_url}
        if choices.json:
            print(msgspec.json.encode(record).decode(), flush=True)
        else:
            print(choices.say("serve.ready", **record), flush=True)
            # The link opens the page: it is for eyes, not for a log.
            page = node.page_link(manage_url) if sys.stdout.isatty() else ""
            if page:
                print(choices.say("serve.page", page=page), flush=True)

    run(serve(path, ready=ready, part=part))
