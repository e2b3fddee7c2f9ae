"""`faifo get`: a dataset of another node, as a whole and proven file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from faifo.cli import exit_codes, passports
from faifo.cli.asking import accepting, patient, with_purpose
from faifo.cli.choices import Choices, verb
from faifo.cli.output import note, result
from faifo.cli.progress import line
from faifo.cli.waiting import watcher
from faifo.dataplane.locations import is_object
from faifo.phrases.figures import size

if TYPE_CHECKING:
    from faifo.api.processes import Transfer
    from faifo.client import Client, Downloaded
    from faifo.client.download import Progress

STDOUT = "-"


@verb(
    "get",
    example="faifo get did:web:node.example.org ACN0101 -o prices.csv --purpose research\n"
    "faifo get did:web:node.example.org loans -o loans.csv --require-passport asean",
    short_help="Bring a dataset to a file.",
)
@click.argument("node")
@click.argument("dataset")
@click.option("-o", "--output", help="The file, a folder, s3://bucket/key, or - for stdout.")
@click.option(
    "--store-options",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With an object of a store: a file with what its client needs, one `name: value` a line.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@click.option("--purpose", help="What the data are for; stands in the agreement.")
@click.option("--offer", help="Which offer to take, by its id, where there are several.")
@accepting
@click.option("--push", is_flag=True, help="Have the provider push it to this node.")
@click.option(
    "--push-to",
    metavar="URL",
    help="Have the provider push it to another address, or to s3://bucket/key.",
)
@click.option(
    "--push-authorization",
    type=click.File("r"),
    metavar="FILE",
    help="The value of the Authorization field for that address.",
)
@patient
@passports.option
def command(
    choices: Choices,
    node: str,
    dataset: str,
    output: str | None,
    store_options: Path | None,
    overwrite: bool,
    purpose: str | None,
    offer: str | None,
    accept_terms: tuple[str, ...],
    push: bool,
    push_to: str | None,
    push_authorization: TextIO | None,
    patience: float,
    pack: str | None,
) -> int:
    """Bring DATASET of NODE to a file: negotiate if need be, stream, prove, and only then name it.

    What has arrived when something breaks is kept in FILE.part; the same command goes on from
    there.
    """
    if not passports.accepted(choices, node, dataset, pack):
        return exit_codes.REFUSED
    import msgspec

    from faifo.client import Wanted, download, stream
    from faifo.client.download import place, pushed, written
    from faifo.client.into_store import into_store, writable

    progress, clear = _progress(choices, output)
    wanted = Wanted(
        node=node,
        dataset=dataset,
        purpose=purpose,
        offer=offer,
        accept_terms=accept_terms,
        push=push,
        patience=patience,
        overwrite=overwrite,
        watch=watcher(choices),
        progress=progress,
        kept=lambda path, count: note(
            choices, choices.say("get.kept", path=path, size=size(count))
        ),
    )
    options = {} if store_options is None else _options(store_options)
    if push_to is not None:
        secret = push_authorization.read().strip() if push_authorization else None
        stored = is_object(push_to)
        to = writable(push_to, options) if stored else push_to

        async def push_there(client: Client, purpose: str | None) -> Transfer:
            named = msgspec.structs.replace(wanted, purpose=purpose)
            return await pushed(client, named, to, secret, "PUT" if stored else "POST")

        try:
            moved = with_purpose(choices, purpose, push_there)
        finally:
            clear()
        told = choices.say("get.pushed", transfer=moved.pid, url=push_to)
        view = {"transfer": moved.pid, "url": push_to, "agreement": moved.agreement}
        result(choices, view, [told])
        return exit_codes.OK
    if in_store := is_object(output or ""):
        take = into_store(output or "", options, overwrite=overwrite)
    else:
        take = written(sys.stdout.buffer)
    target, folder = place(None if in_store else output)

    async def work(client: Client, purpose: str | None) -> Downloaded:
        named = msgspec.structs.replace(wanted, purpose=purpose)
        if in_store or output == STDOUT:
            return await stream(client, named, take)
        return await download(client, named, target, folder)

    try:
        done = with_purpose(choices, purpose, work)
    finally:
        clear()
    if output == STDOUT:
        sys.stdout.flush()
        note(choices, _line(choices, done, STDOUT))
    else:
        where = output or STDOUT
        result(choices, _view(done, where), [_line(choices, done, where)])
    return exit_codes.OK


def _options(path: Path) -> dict[str, str]:
    from faifo.node.offering.sources import read_credentials

    return read_credentials(path.absolute().parent, path.name)


def _line(choices: Choices, done: Downloaded, place: str) -> str:
    facts = {
        "path": done.path or place,
        "size": size(done.size),
        "sha256": done.sha256,
        "transfer": done.transfer,
    }
    return choices.say("get.done" if done.proven else "get.done-without-digest", **facts)


def _view(done: Downloaded, place: str) -> dict[str, object]:
    return {
        "path": str(done.path or place),
        "size": done.size,
        "sha256": done.sha256,
        "proven": done.proven,
        "agreement": done.agreement,
        "transfer": done.transfer,
        "resumed_at": done.resumed_at,
    }


def _progress(choices: Choices, output: str | None) -> tuple[Progress, Callable[[], None]]:
    """Return what shows the progress, and what wipes it out."""
    show, clear = line(choices, quiet=output == STDOUT and sys.stdout.isatty())
    return (
        lambda done, total: show(f"{size(done)} / {size(total)}" if total else size(done))
    ), clear
