"""`faifo doctor`: what is wrong with this node, or with the way to another, and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

import click

from faifo.cli import exit_codes
from faifo.cli.choices import Choices, verb
from faifo.cli.directory import here
from faifo.cli.output import line_of, note, result
from faifo.errors import FaifoError, NotProvenError
from faifo.running import held, running

if TYPE_CHECKING:
    from faifo.node.custody.directory import Directory
    from faifo.node.examining.findings import Finding
    from faifo.node.settings.model import Settings


@verb(
    "doctor",
    example="faifo doctor\nfaifo doctor Osaka",
    short_help="Say what is wrong, and what to do.",
)
@click.argument("node", required=False)
def command(choices: Choices, node: str | None) -> int:
    """Look at this node's files, database and public face; with NODE, also at the way to that node.

    Nothing is changed anywhere. Exit code 1 if there is a fault.
    """
    directory = here(choices)
    findings = asyncio.run(_look(directory, node))
    lines, views = [], []
    for finding in findings:
        text, advice = finding.words(choices.lang)
        lines.append(f"{choices.label(finding.state):^6} {line_of(text)}")
        if advice:
            lines.append(f"       → {line_of(advice)}")
        views.append(
            {
                "check": finding.check,
                "state": finding.state,
                "text": text,
                "advice": advice,
                "facts": finding.told(),
            }
        )
    faults = sum(finding.state == "fault" for finding in findings)
    phrase = "doctor.summary-good" if not faults else "doctor.summary"
    result(choices, views, lines)
    note(choices, choices.say(phrase, count=faults))
    return exit_codes.ERROR if faults else exit_codes.OK


async def _look(directory: Directory, node: str | None) -> list[Finding]:
    from faifo.node.examining.examination import examine
    from faifo.node.examining.participants import findings

    asks = partial(_running, directory) if held(directory.path) else None
    return [*await examine(directory, node, running=asks), *findings(directory.path)]


async def _running(directory: Directory, settings: Settings) -> AsyncIterator[Finding]:
    """Ask the running node how it is, by its management API."""
    from faifo.client import Client
    from faifo.node.examining.findings import fault
    from faifo.node.examining.running import of_running

    found = running(directory.path)
    if found is None:
        return
    try:
        async with Client(found.manage_url, directory.read_manage_key()) as client:
            node = await client.node()
            held = await client.credentials() if settings.credentials.holder else ()
        for finding in of_running(node, held, settings):
            yield finding
    except NotProvenError:
        yield fault("manage-key", path=directory.manage_key)
    except FaifoError as error:
        yield fault("manage", url=found.manage_url, error=error)
