"""`faifo unpublish`: take a dataset back."""

from __future__ import annotations

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.output import result


@verb(
    "unpublish",
    example="faifo unpublish ACN0101 --dir vietnam",
    short_help="Take a dataset back.",
)
@click.argument("dataset")
def command(choices: Choices, dataset: str) -> None:
    """Take DATASET out of the catalog. Every agreement about it ends, with what runs under it.

    Published again under the same id it is another publication, with other agreements.

    The node need not be running.
    """
    withdrawn = run(choices, lambda client: client.unpublish(dataset), stopped=True)
    result(choices, withdrawn, [choices.say("unpublish.done", title=withdrawn.title)])
