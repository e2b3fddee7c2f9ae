"""`faifo catalog`: what another node offers to this one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from faifo.cli import exit_codes
from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.offers import made_up, persons, terms_of
from faifo.cli.output import fields, line_of, note, result
from faifo.errors import FaifoError, NotProvenError, PeerError, UnreachableError
from faifo.phrases.figures import size

if TYPE_CHECKING:
    from faifo.api.catalog import Catalog, OfferedDataset
    from faifo.client import Client


@verb(
    "catalog",
    example="faifo catalog did:web:node.example.org\n"
    "faifo catalog --where 'title contains rice' --search 'an giang'",
    short_help="See what other nodes offer.",
)
@click.argument("node", required=False)
@click.option(
    "--where",
    multiple=True,
    metavar="CONDITION",
    help="Only datasets for which it holds, such as 'title contains rice'; several times.",
)
@click.option("--search", default="", metavar="WORDS", help="Only datasets that mention all WORDS.")
def command(choices: Choices, node: str | None, where: tuple[str, ...], search: str) -> int:
    """Show what NODE offers to this node, or without NODE what all trusted partners do.

    NODE is a DID, a URL, or a name given to `trust add`.
    """
    if node is not None:
        found = run(choices, lambda client: client.catalog(node, where=where, search=search))
        result(choices, found, _lines(choices, found))
        return exit_codes.OK

    async def work(client: Client) -> list[tuple[str, Catalog | FaifoError]]:
        partners = await client.partners()
        asked = (_asked(client, one.did, where, search) for one in partners)
        return list(zip([one.did for one in partners], await asyncio.gather(*asked), strict=True))

    answers = run(choices, work)
    catalogs = [one for _, one in answers if not isinstance(one, FaifoError)]
    failed = [(did, one) for did, one in answers if isinstance(one, FaifoError)]
    errors = [{"participant": did, "error": error.sentence(choices.lang)} for did, error in failed]
    lines = (line for one in catalogs for line in (*_lines(choices, one), ""))
    result(choices, [*catalogs, *errors], lines)
    for did, error in failed:
        note(choices, f"faifo: {did}: {error.sentence(choices.lang)}")
    return exit_codes.ERROR if failed and not catalogs else exit_codes.OK


async def _asked(
    client: Client, node: str, where: tuple[str, ...], search: str
) -> Catalog | FaifoError:
    try:
        return await client.catalog(node, where=where, search=search)
    except (PeerError, UnreachableError, NotProvenError) as error:
        return error


def _lines(choices: Choices, catalog: Catalog) -> list[str]:
    count = len(catalog.datasets)
    lines = [choices.say("catalog.head", count=count, participant=catalog.participant)]
    for dataset in catalog.datasets:
        lines += ["", line_of(dataset.title or dataset.id), *_described(choices, dataset)]
    if catalog.left_out:
        lines += ["", choices.say("catalog.left-out", count=len(catalog.left_out))]
    for odd in catalog.left_out:
        lines.append(f"  {line_of(odd.name or odd.where)}: {line_of(odd.why)} ({odd.where})")
    return lines


def _described(choices: Choices, dataset: OfferedDataset) -> list[str]:
    kind = ", ".join(filter(None, [dataset.media_type, size(dataset.size)]))
    pairs = [
        ("id", dataset.id),
        ("description", dataset.description),
        ("keywords", ", ".join(dataset.keywords)),
        ("properties", made_up(dataset.properties)),
        ("licence", dataset.licence),
        ("data", kind),
        ("passport", dataset.passport_status and choices.label(dataset.passport_status)),
        *persons(dataset if dataset.contact else None),
        *(("terms", terms_of(choices, offer)) for offer in dataset.offers),
    ]
    return [f"  {line}" for line in fields(choices, pairs)]
