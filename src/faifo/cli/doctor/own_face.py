"""What the world sees of this node: is it up, and is it this one that answers at its public URL."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING

import aiohttp

from faifo.cli.doctor.certificates import trouble_with
from faifo.cli.doctor.findings import Finding, fault, good, warning
from faifo.cli.output import moment
from faifo.errors import FaifoError, NotProvenError, UnreachableError

if TYPE_CHECKING:
    from faifo.api.credentials import Credential
    from faifo.api.node import Lacking
    from faifo.node.custody.directory import Directory
    from faifo.node.settings.model import Settings

SECONDS = 10.0
LARGEST = 1024 * 1024


async def own_face(
    directory: Directory, settings: Settings, ca: ssl.SSLContext | None
) -> AsyncIterator[Finding]:
    """Look at the node from outside, as far as this machine can."""
    from faifo.client.finding import held

    if not held(directory.path):
        for finding in _stopped(directory, settings):
            yield finding
        return
    async for finding in _management(directory, settings):
        yield finding
    yield await _document(directory, settings, ca)


def _stopped(directory: Directory, settings: Settings) -> Iterator[Finding]:
    host, port = settings.listen.host, settings.listen.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            check = "port-taken" if taken else "port-not-ours"
            yield fault(check, host=host, port=port)
            return
    yield warning("not-running", directory=directory.path)


async def _management(directory: Directory, settings: Settings) -> AsyncIterator[Finding]:
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
    fine = moment(one.fine) if one.fine else "-"
    return warning(
        f"lacking-{one.what}",
        who=one.who,
        address=one.address,
        since=moment(one.since),
        fine=fine,
        why=one.why,
    )


async def _document(directory: Directory, settings: Settings, ca: ssl.SSLContext | None) -> Finding:
    from faifo.node.custody.keyring import read_keyring
    from faifo.trust.did import did_web_url, read_did_document

    url = did_web_url(settings.did, allow_http=settings.trust.did_web_http)
    facts = {
        "url": settings.node.public_url,
        "document": url,
        "listens": f"{settings.listen.host}:{settings.listen.port}",
    }
    try:
        status, body = await _get(url, ca)
    except UnreachableError as error:
        bad = await trouble_with(url, ca)
        if bad is not None:
            return fault(f"own-certificate-{bad.kind}", host=bad.host, why=bad.why)
        return fault("own-unreachable", why=error.reason, **facts)
    if status != 200:
        return fault("own-other", why=f"status {status}", **facts)
    try:
        document = read_did_document(body, did=settings.did)
        ring = list(read_keyring(directory.keys, did=settings.did))
    except FaifoError as error:
        return fault("own-other", why=error, **facts)
    for key in ring:
        try:
            shown = document.key(key.id).key
        except FaifoError:
            shown = None
        fits = shown == key.private_key.public_key()
        if fits is bool(key.retired):
            return fault("own-keys-retired" if fits else "own-keys", name=key.id, **facts)
    return good("own-document", **facts)


async def _get(url: str, ca: ssl.SSLContext | None) -> tuple[int, bytes]:
    """GET without the address rules: it is this node's own address that is asked."""
    from faifo.dataplane.egress import unreachable

    timeout = aiohttp.ClientTimeout(total=SECONDS)
    connector = aiohttp.TCPConnector(ssl=ca if ca is not None else True)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            return response.status, await response.content.read(LARGEST)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise unreachable(error, who=url) from None
