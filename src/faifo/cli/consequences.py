"""What taking back or replacing a dataset does to agreements: said, and asked about, before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from faifo.cli.access import run
from faifo.cli.choices import Choices
from faifo.cli.output import note
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.api.processes import Agreement
    from faifo.client import Client

yes = click.option("--yes", is_flag=True, help="Do not ask.")


class Consequence(msgspec.Struct, frozen=True):
    """One agreement, and whether it goes on."""

    agreement: str
    consumer: str
    goes_on: bool


async def consequences(
    client: Client, dataset: str, goes_on: Callable[[Agreement], bool]
) -> list[Consequence]:
    """Return what becomes of each agreement about a dataset of ours that is in force."""
    return [
        Consequence(one.id, one.consumer, goes_on(one))
        async for one in client.agreements(role="provider", dataset=dataset, limit="1000")
        if one.ended is None
    ]


def agree(
    choices: Choices,
    question: str,
    datasets: Sequence[tuple[str, Callable[[Agreement], bool]]],
    *,
    sure: bool,
) -> None:
    """Say which agreements go on and which end, and ask the `question` unless somebody is `sure`.

    Raises:
        click.UsageError: there is nobody to ask.
        click.Abort: the answer is no.
    """

    async def look(client: Client) -> list[Consequence]:
        return [
            one for name, goes_on in datasets for one in await consequences(client, name, goes_on)
        ]

    for one in run(choices, look, stopped=True):
        mark = "goes-on" if one.goes_on else "ends"
        note(choices, choices.say(f"agreement.{mark}", id=one.agreement, consumer=one.consumer))
    if sure:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(str(Phrase("cli.usage.unasked")))
    click.confirm(question, abort=True, err=True)
