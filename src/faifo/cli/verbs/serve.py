"""`faifo serve`: the node itself, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from faifo.cli.choices import Choices, verb

if TYPE_CHECKING:
    from faifo.node.wiring import Node

LEVELS = ("debug", "info", "warning", "error")


@verb("serve", example="faifo serve --dir vietnam", short_help="Run the node.")
@click.option("--log-level", type=click.Choice(LEVELS), default="info", show_default=True)
def command(choices: Choices, log_level: str) -> None:
    """Run the node in --dir until Ctrl-C or SIGTERM. The log goes to stderr."""
    from faifo.cli.access import no_node
    from faifo.node.directory import Directory
    from faifo.node.wiring import run, serve

    path = Directory(choices.directory).path
    if not (path / "faifo.toml").exists():
        raise no_node(path)
    _log_to_stderr(log_level)

    def ready(node: Node, manage_url: str) -> None:
        url = node.settings.node.public_url
        record = {"did": node.did, "public_url": url, "manage_url": manage_url}
        if choices.json:
            print(msgspec.json.encode(record).decode(), flush=True)
        else:
            print(choices.say("serve.ready", **record), flush=True)

    run(serve(path, ready=ready))


class _Lines(logging.Formatter):
    """One line per record: time, level, logger, message; a traceback only at debug."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        message = " ".join(record.getMessage().split())
        if record.exc_info and record.exc_info[0]:
            message += f" ({record.exc_info[0].__name__})"
        return f"{at}Z {record.levelname.lower():7} {record.name}: {message}"


def _log_to_stderr(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("faifo").setLevel(level.upper())
