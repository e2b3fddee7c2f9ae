"""The whole examination of a node: its files, its books, its face, and the way to another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from faifo.dataplane.certificates import Renewed
from faifo.errors import SettingsError
from faifo.node.custody.directory import Directory
from faifo.node.examining import books, files, interpreter, own_face, own_systems, partner
from faifo.node.examining.findings import Finding, fault, good
from faifo.node.outward.identity import of_settings
from faifo.node.settings.model import Settings, read_settings


async def examine(
    directory: Directory,
    node: str | None = None,
    *,
    running: Callable[[Settings], AsyncIterator[Finding]] | None,
) -> list[Finding]:
    """Return all that was found; nothing is changed. With `node` the way to it is looked at, too.

    `running` asks the node that runs in the directory how it is; None where none runs.
    """
    found: list[Finding] = [*files.permissions(directory), *files.disk(directory)]
    found += [*interpreter.interpreter(), *files.maintenance(directory)]
    try:
        settings = read_settings(directory.settings)
    except SettingsError as error:
        # Nothing of the rest can be looked at without them.
        return [fault("settings", error=error), *found, *books.books(directory, None)]
    found += books.books(directory, settings)
    found.insert(0, good("settings", did=settings.did))
    keys = list(files.keys(directory, settings))
    found += [*files.trust(directory, settings), *keys]
    found += files.named_files(directory.path, settings)
    found += own_systems.webhooks(directory, settings)
    tls = _calls(directory, settings)
    if any(finding.state == "fault" for finding in keys):
        return found
    if running is not None:
        found += [finding async for finding in running(settings)]
        found.append(await own_face.own_face(directory, settings, tls))
    else:
        found += own_face.stopped(directory, settings)
    if node is not None:
        looked = partner.partner(directory, settings, tls, node, running=running is not None)
        found += [finding async for finding in looked]
    return found


def _calls(directory: Directory, settings: Settings) -> Renewed | None:
    """Return the TLS of calls, without what is broken in it: that was told."""
    try:
        return of_settings(directory.path, settings.egress)
    except SettingsError:
        return None
