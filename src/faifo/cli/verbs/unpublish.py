"""`faifo unpublish`: take a dataset back."""

from __future__ import annotations

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.consequences import agree, yes
from faifo.cli.output import result


@verb(
    "unpublish",
    example="faifo unpublish ACN0101",
    short_help="Take a dataset back.",
)
@click.argument("dataset")
@yes
def command(choices: Choices, dataset: str, yes: bool) -> None:
    """Take DATASET out of the catalog. Every agreement about it ends, with what runs under it.

    Says which agreements these are, and asks. Published again under the same id it is another
    publication, with other agreements.

    The node need not be running.
    """
    question = choices.say("unpublish.ask", dataset=dataset)
    agree(choices, question, [(dataset, lambda _: False)], sure=yes)
    withdrawn = run(choices, lambda client: client.unpublish(dataset), stopped=True)
    result(choices, withdrawn, [choices.say("unpublish.done", title=withdrawn.title)])
