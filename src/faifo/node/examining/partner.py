"""Another node, looked at in the way in which this one would deal with it: each step by itself.

The calls keep this node's own address rules and are signed with its own key; what is asked is the
catalog, and how the other side sees this node, so nothing changes there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

from faifo.dataplane.egress import UNRESOLVED
from faifo.errors import FaifoError, NotFoundError, PeerError, RefusedError, UnreachableError
from faifo.node.examining.certificates import trouble_with
from faifo.node.examining.findings import Finding, fault, good
from faifo.node.examining.seen import seen_there

if TYPE_CHECKING:
    from faifo.dataplane.certificates import Renewed
    from faifo.node.custody.directory import Directory
    from faifo.node.custody.trust_file import TrustFile
    from faifo.node.delivery.peer_answer import PeerAnswer
    from faifo.node.outward.outgoing import Outgoing
    from faifo.node.outward.partners import Partner, Partners
    from faifo.node.settings.model import Settings

SKEW_SECONDS = 20


class _Way(msgspec.Struct, frozen=True):
    """What is needed to deal with somebody."""

    settings: Settings
    tls: Renewed | None
    outgoing: Outgoing
    partners: Partners
    trust: TrustFile


async def partner(
    directory: Directory,
    settings: Settings,
    tls: Renewed | None,
    name: str,
    *,
    running: bool,
) -> AsyncIterator[Finding]:
    """Look at the node `name`; stops where going on makes no sense."""
    async with _way(directory, settings, tls) as way:
        try:
            did = way.partners.named(name)
        except NotFoundError:
            yield fault("peer-unknown", name=name)
            return
        # Who must present credentials may be a stranger until then.
        by_credentials = settings.trust.mode == "credentials"
        trusted = way.trust.get(did) is not None
        if trusted:
            yield good("peer-trusted", did=did)
            if needs := way.trust.needs(did):
                yield good("peer-needs", did=did, needs=", ".join(needs))
        elif not by_credentials:
            yield fault("peer-not-trusted", did=did)
        answer = None
        async for finding, found in _document(way, did):
            answer = found or answer
            yield finding
        if answer is None:
            return
        yield _clock(answer, did)
        if not (trusted or by_credentials):
            return
        try:
            found_partner = await way.partners.find(did)
        except FaifoError as error:
            yield _version_fault(error, did)
            return
        yield good("peer-version", did=did)
        asked = await _asked(way, found_partner)
        yield asked
        # A node that does not run cannot be seen; that was told.
        if asked.state == "good" and running:
            for finding in await seen_there(way.partners, found_partner, settings):
                yield finding


@asynccontextmanager
async def _way(
    directory: Directory, settings: Settings, tls: Renewed | None
) -> AsyncIterator[_Way]:
    from datetime import timedelta

    from faifo.dataplane.egress import Egress, open_session
    from faifo.node.custody.keyring import read_keyring
    from faifo.node.custody.trust_file import TrustFile
    from faifo.node.membership.access import AccessTokens
    from faifo.node.outward.outgoing import Outgoing
    from faifo.node.outward.partners import Partners
    from faifo.node.outward.resolver import WebResolver
    from faifo.node.outward.sources import Sources

    egress = settings.egress
    session = open_session(
        Egress(allowed_networks=egress.allow, proxy_from_env=egress.use_proxy, tls=tls)
    )
    try:
        outgoing = Outgoing(session, seconds=egress.timeout_seconds)
        resolver = WebResolver(
            Sources(outgoing), allow_http=settings.trust.did_web_http, memory=timedelta(minutes=1)
        )
        trust = TrustFile(directory.trust)
        keyring, roles = read_keyring(directory.keys, did=settings.did), settings.credentials
        access = AccessTokens(
            did=settings.did,
            keyring=keyring,
            published=lambda: keyring,
            types=roles.ask + roles.ask_also,
        )
        partners = Partners(
            did=settings.did,
            keyring=keyring,
            outgoing=outgoing,
            resolver=resolver,
            trust=trust,
            access=access.issue if settings.trust.mode == "credentials" else None,
        )
        yield _Way(settings, tls, outgoing, partners, trust)
    finally:
        await session.close()


async def _document(way: _Way, did: str) -> AsyncIterator[tuple[Finding, PeerAnswer | None]]:
    """Fetch the DID document; gives the answer too, if there is one to go on with."""
    from faifo.trust.did import did_web_url, read_did_document

    try:
        url = did_web_url(did, allow_http=way.settings.trust.did_web_http)
    except FaifoError as error:
        yield fault("peer-document", did=did, why=error), None
        return
    try:
        answer = await way.outgoing.get(url, who=did)
    except RefusedError as error:
        yield fault("egress", did=did, why=error.reasons[0]), None
        return
    except UnreachableError as error:
        yield await _unreachable(way, did, url, error), None
        return
    except FaifoError as error:
        yield fault("peer-document", did=did, why=error), None
        return
    if answer.status != 200:
        yield fault("peer-document", did=did, why=f"{url} answered {answer.status}"), None
        return
    try:
        read_did_document(answer.body, did=did)
    except FaifoError as error:
        yield fault("peer-document", did=did, why=error), None
        return
    yield good("peer-document", did=did, url=url), answer


async def _unreachable(way: _Way, did: str, url: str, error: UnreachableError) -> Finding:
    bad = await trouble_with(url, way.tls() if way.tls else None)
    if bad is not None:
        return fault(f"peer-certificate-{bad.kind}", host=bad.host, why=bad.why)
    if error.reason == UNRESOLVED:
        return fault("peer-name", did=did, url=url)
    return fault("peer-unreachable", did=did, url=url, why=error.reason)


def _clock(answer: PeerAnswer, did: str) -> Finding:
    from faifo import clock

    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return good("clock-unknown", did=did)
    seconds = round((clock.now() - theirs).total_seconds())
    if abs(seconds) > SKEW_SECONDS:
        check = "clock-ahead" if seconds > 0 else "clock-behind"
        return fault(check, did=did, seconds=abs(seconds))
    return good("clock", did=did)


def _version_fault(error: FaifoError, did: str) -> Finding:
    if isinstance(error, PeerError):
        return fault("peer-version", did=did, why="; ".join(map(str, error.reasons)))
    if isinstance(error, RefusedError):
        return fault("egress", did=did, why=error.reasons[0])
    return fault("peer-unreachable", did=did, url=did, why=error)


async def _asked(way: _Way, found: Partner) -> Finding:
    """Ask for the catalog, signed, and read from the answer whether they know us."""
    from faifo.api.processes import why_ended
    from faifo.messages.dsp_2025_1.catalog import CatalogRequestMessage
    from faifo.messages.dsp_2025_1.codec import write
    from faifo.node.delivery.outbox import read_reasons
    from faifo.node.outward.outgoing import CATALOG_LIMIT
    from faifo.node.outward.strangers import not_had

    did, us = found.did, way.settings.did
    try:
        url = f"{found.base}/catalog/request"
        answer = await way.partners.send(
            url, write(CatalogRequestMessage()), audience=did, limit=CATALOG_LIMIT
        )
    except FaifoError as error:
        return fault("peer-unreachable", did=did, url=found.base, why=error)
    if answer.status == 200:
        return good("trusted-there", did=did)
    why = "; ".join(read_reasons(answer)) or f"status {answer.status}"
    # It may as well be an authority that it cannot reach; that is not ours to mend.
    theirs = ("DID resolution", f"{us} cannot be reached", str(not_had()))
    if any(told in why for told in theirs):
        return fault("cannot-reach-us", did=did, why=why, url=way.settings.node.public_url)
    if answer.status in {401, 403, 404} and "clock" not in why:
        return fault("not-trusted-there", did=did, us=us, why=why_ended(why))
    return fault("peer-refuses", did=did, why=why_ended(why))
