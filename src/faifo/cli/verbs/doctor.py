"""`faifo doctor`: what is wrong with this node, or with the way to another, and what to do."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import click

from faifo.cli import exit_codes
from faifo.cli.choices import Choices, verb
from faifo.cli.directory import here
from faifo.cli.findings import words
from faifo.cli.output import line_of, note, result
from faifo.errors import SettingsError

if TYPE_CHECKING:
    from faifo.node.custody.directory import Directory
    from faifo.node.examining.findings import Finding


@verb(
    "doctor",
    example="faifo doctor --dir vietnam\nfaifo doctor Osaka --dir vietnam",
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
        text, advice = words(choices, finding)
        lines.append(f"{choices.label(finding.state):^6} {line_of(text)}")
        if advice:
            lines.append(f"       → {line_of(advice)}")
        views.append(
            {
                "check": finding.check,
                "state": finding.state,
                "text": text,
                "advice": advice,
                "facts": finding.facts,
            }
        )
    faults = sum(finding.state == "fault" for finding in findings)
    phrase = "doctor.summary-good" if not faults else "doctor.summary"
    result(choices, views, lines)
    note(choices, choices.say(phrase, count=faults))
    return exit_codes.ERROR if faults else exit_codes.OK


async def _look(directory: Directory, node: str | None) -> list[Finding]:
    from faifo.cli.running_node import running_node
    from faifo.client.finding import held
    from faifo.node.examining import books, files, own_face, partner
    from faifo.node.examining.findings import fault, good
    from faifo.node.settings.model import read_settings

    found: list[Finding] = [*files.permissions(directory), *files.disk(directory)]
    found += books.books(directory)
    try:
        settings = read_settings(directory.settings)
    except SettingsError as error:
        # Nothing of the rest can be looked at without them.
        return [fault("settings", error=error), *found]
    found.insert(0, good("settings", did=settings.did))
    keys = list(files.keys(directory, settings))
    found += [*files.trust(directory, settings), *keys]
    found += files.named_files(directory.path, settings)
    ca = _authorities(directory, settings.egress.ca_file)
    if any(finding.state == "fault" for finding in keys):
        return found
    running = held(directory.path)
    if running:
        found += [finding async for finding in running_node(directory, settings)]
        found.append(await own_face.own_face(directory, settings, ca))
    else:
        found += own_face.stopped(directory, settings)
    if node is not None:
        looked = partner.partner(directory, settings, ca, node, running=running)
        found += [finding async for finding in looked]
    return found


def _authorities(directory: Directory, name: str | None) -> ssl.SSLContext | None:
    """Return what the node believes besides the system's authorities; what is broken was told."""
    if name is None:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(directory.path / name)
    except (OSError, ssl.SSLError):
        return None
    return context
