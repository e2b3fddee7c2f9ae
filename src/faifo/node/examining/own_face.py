"""What the world sees of this node: is it up, and is it this one that answers at its public URL."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

from faifo.errors import FaifoError, UnreachableError
from faifo.node.examining.certificates import trouble_with
from faifo.node.examining.findings import Finding, fault, good, warning

if TYPE_CHECKING:
    from faifo.dataplane.certificates import Renewed
    from faifo.node.custody.directory import Directory
    from faifo.node.settings.model import Settings

SECONDS = 10.0
LARGEST = 1024 * 1024


def stopped(directory: Directory, settings: Settings) -> Iterator[Finding]:
    """Look whether a node that does not run could take its place."""
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


async def own_face(directory: Directory, settings: Settings, tls: Renewed | None) -> Finding:
    """Look at the node that runs from outside, as far as this machine can."""
    from faifo.node.custody.keyring import read_keyring
    from faifo.trust.did import did_web_url, read_did_document

    url = did_web_url(settings.did, allow_http=settings.trust.did_web_http)
    facts = {
        "url": settings.node.public_url,
        "document": url,
        "listens": f"{settings.listen.host}:{settings.listen.port}",
    }
    try:
        status, body = await _get(url, tls)
    except UnreachableError as error:
        bad = await trouble_with(url, tls() if tls else None)
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


async def _get(url: str, tls: Renewed | None) -> tuple[int, bytes]:
    """GET without the address rules: it is this node's own address that is asked."""
    from faifo.dataplane.calling import CallError, Limits
    from faifo.dataplane.egress import Egress, open_session, unreachable

    async with open_session(Egress(anywhere=True, tls=tls)) as session:
        try:
            answer = await session.call("GET", url, limits=Limits(total=SECONDS))
            return answer.status, await answer.whole(LARGEST) or b""
        except CallError as error:
            raise unreachable(error, who=url) from None
