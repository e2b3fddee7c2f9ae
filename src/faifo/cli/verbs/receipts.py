"""`faifo receipts`: what both sides can prove about an agreement or an exchange, as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.files import write_all
from faifo.cli.output import line_of, result
from faifo.phrases.figures import moment

if TYPE_CHECKING:
    from faifo.api.receipts import Receipt
    from faifo.client import Client


@verb(
    "receipts",
    example="faifo receipts urn:uuid:019aab3c-0000-7000-8000-000000000000\n"
    "faifo receipts urn:uuid:019aab3c-0000-7000-8000-000000000000 -o receipts",
    short_help="Receipts of an agreement or exchange.",
)
@click.argument("name", metavar="ID")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write them to this folder.")
def command(choices: Choices, name: str, output: Path | None) -> None:
    """List the receipts of an agreement, negotiation or transfer: ours, and those of the partner.

    With -o each becomes three files: NAME.tlog-proof (C2SP), NAME.opening.json with what it is
    about, which is private, and NAME.vkey with the key that it is checked with.
    """
    found = run(choices, lambda client: _found(client, name), stopped=True)
    if output is not None:
        for one in found:
            _write(output, one)
    lines = [_line(choices, one) for one in found] or [choices.say("receipts.none")]
    if output is not None and found:
        lines.append(choices.say("receipts.written", folder=output, count=len(found)))
    result(choices, found, lines)


async def _found(client: Client, name: str) -> list[Receipt]:
    found = [one async for one in client.receipts(agreement=name)]
    found = found or [one async for one in client.receipts(process=name)]
    if not found:
        await client.timeline(name)  # raises where there is no such thing
    return found


def _write(folder: Path, one: Receipt) -> None:
    stem = f"{one.whose}-{one.place}-{one.kind or 'leaf'}"
    files = {"tlog-proof": one.receipt, "opening.json": one.opening, "vkey": f"{one.key}\n"}
    paths = {folder / f"{stem}.{suffix}": text for suffix, text in files.items() if text}
    write_all(paths.items(), mode=0o600)


def _line(choices: Choices, one: Receipt) -> str:
    whose = choices.say(f"receipts.{one.whose}")
    kind = choices.say(f"receipts.kind.{one.kind or 'leaf'}")
    state = choices.say(f"receipts.state.{one.state}")
    return f"{moment(one.at)}  {whose}  {kind}  {line_of(one.origin)}#{one.place}  {state}"
