"""`faifo evidence`: all that this node can show about an agreement, in one file."""

from __future__ import annotations

from pathlib import Path

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.files import write
from faifo.cli.output import result
from faifo.phrases import say


@verb(
    "evidence",
    example="faifo evidence urn:uuid:019aab3c-0000-7000-8000-000000000000 -o ours.zip",
    short_help="Write the evidence about an agreement.",
)
@click.argument("agreement")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The file to write."
)
def command(choices: Choices, agreement: str, output: Path) -> None:
    """Write a zip with all that this node can show about AGREEMENT.

    In it: receipts of both sides, decisions with reasons, what persons decided, passports,
    credentials as they were then, and a summary that prints well. Anybody can check it, without
    any network: faifo verify FILE. The node need not be running.
    """
    from faifo.ledger.bundle import RECEIPTS, read_bundle

    content = run(choices, lambda client: client.evidence(agreement), stopped=True)
    write(output, content)
    names = [name for name in read_bundle(content).files if name.startswith(RECEIPTS)]
    count = sum(name.endswith(".tlog-proof") for name in names)
    line = say("evidence.written", choices.lang, file=output, receipts=count)
    result(choices, {"file": str(output), "receipts": count, "bytes": len(content)}, [line])
