"""`faifo catalog`: what another node offers to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.offers import terms_of
from faifo.cli.output import fields, line_of, result, size

if TYPE_CHECKING:
    from faifo.api.catalog import Catalog, OfferedDataset


@verb(
    "catalog",
    example="faifo catalog did:web:node.example.org --dir vietnam",
    short_help="See what another node offers.",
)
@click.argument("node")
def command(choices: Choices, node: str) -> None:
    """Show what NODE offers to this node. NODE is a DID, a URL, or a name given to `trust add`."""
    found = run(choices, lambda client: client.catalog(node))
    result(choices, found, _lines(choices, found))


def _lines(choices: Choices, catalog: Catalog) -> list[str]:
    count = len(catalog.datasets)
    lines = [choices.say("catalog.head", count=count, participant=catalog.participant)]
    for dataset in catalog.datasets:
        lines += ["", line_of(dataset.title or dataset.id), *_described(choices, dataset)]
    return lines


def _described(choices: Choices, dataset: OfferedDataset) -> list[str]:
    kind = ", ".join(filter(None, [dataset.media_type, size(dataset.size)]))
    pairs = [
        ("id", dataset.id),
        ("description", dataset.description),
        ("keywords", ", ".join(dataset.keywords)),
        ("licence", dataset.licence),
        ("data", kind),
        ("passport", dataset.passport_status),
        *(("terms", terms_of(choices, offer)) for offer in dataset.offers),
    ]
    return [f"  {line}" for line in fields(pairs)]
