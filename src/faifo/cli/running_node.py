"""What the running node says of itself, for the doctor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING

from faifo.errors import FaifoError, NotProvenError
from faifo.node.examining.findings import Finding, fault, good, warning

if TYPE_CHECKING:
    from faifo.api.credentials import Credential
    from faifo.api.node import Lacking
    from faifo.node.custody.directory import Directory
    from faifo.node.settings.model import Settings


async def running_node(directory: Directory, settings: Settings) -> AsyncIterator[Finding]:
    """Ask the running node how it is, by its management API."""
    from faifo.client import Client

    running = directory.read_running()
    if running is None:
        return
    try:
        async with Client(running.manage_url, directory.read_manage_key()) as client:
            node = await client.node()
            held = await client.credentials() if settings.credentials.holder else ()
        yield good("running", did=node.did, version=node.version)
        for one in node.lacking:
            yield _lacking(one)
        for finding in _credentials(held, settings):
            yield finding
    except NotProvenError:
        yield fault("manage-key", path=directory.manage_key)
    except FaifoError as error:
        yield fault("manage", url=running.manage_url, error=error)


def _credentials(held: Sequence[Credential], settings: Settings) -> Iterator[Finding]:
    """Look whether the node can prove what nodes like it ask for."""
    in_force = {name for one in held if not one.withheld for name in one.types}
    for one in held:
        facts = {"type": ", ".join(one.types), "issuer": one.issuer}
        if not one.withheld:
            yield good("credential", **facts)
        elif not in_force & set(one.types):
            yield warning("credential-withheld", **facts, why=one.withheld)
    if settings.trust.mode == "credentials":
        known = {name for one in held for name in one.types}
        for name in settings.credentials.ask:
            if name not in known:
                yield warning("no-credential", type=name)


def _lacking(one: Lacking) -> Finding:
    return warning(
        f"lacking-{one.what}",
        who=one.who,
        address=one.address,
        since=one.since,
        fine=one.fine or "-",
        why=one.why,
    )
