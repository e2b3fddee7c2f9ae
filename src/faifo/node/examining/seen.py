"""How a partner sees this node, as its probe tells; each of the probe's codes has words here."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from faifo.errors import FaifoError, PeerError
from faifo.node.examining.findings import Finding, fault, good, warning

if TYPE_CHECKING:
    from faifo.api.node import ProbeReport
    from faifo.node.outward.partners import Partner, Partners
    from faifo.node.settings.model import Settings

LONGEST_WAIT = 6
SOON = timedelta(days=14)

# From the probe's stable codes to the phrases `cli.doctor.<this>.what` and `.do`.
CHECKS = {
    "document-unreachable": "seen-unreachable",
    "document-slow": "seen-slow",
    "document-tls": "seen-tls",
    "document-refused": "seen-refused",
    "document-status": "seen-other",
    "document-too-large": "seen-other",
    "document-unreadable": "seen-other",
    "document-other": "seen-other",
    "document-did": "seen-other",
    "document-key": "seen-key",
    "endpoint-missing": "seen-endpoint",
    "endpoint-elsewhere": "seen-endpoint",
    "version-unreachable": "seen-unreachable",
    "version-slow": "seen-slow",
    "version-tls": "seen-tls",
    "version-refused": "seen-refused",
    "version-status": "seen-version",
    "version-too-large": "seen-version",
    "version-unreadable": "seen-version",
    "version-none": "seen-version",
    "callback-unreachable": "seen-unreachable",
    "callback-slow": "seen-slow",
    "callback-tls": "seen-tls",
    "callback-refused": "seen-refused",
    "callback-status": "seen-callback",
    "callback-too-large": "seen-callback",
    "clock-apart": "seen-clock",
}


async def seen_there(partners: Partners, partner: Partner, settings: Settings) -> list[Finding]:
    """Ask `partner` how it sees this node; waits once if it was asked a moment ago."""
    from faifo.node.examining.probe_call import TooSoonError, seen_from

    did = partner.did
    try:
        try:
            seen = await seen_from(partners, partner, did=settings.did)
        except TooSoonError as error:
            await asyncio.sleep(min(error.seconds, LONGEST_WAIT))
            seen = await seen_from(partners, partner, did=settings.did)
    except PeerError as error:
        return [fault("probe-failed", did=did, why="; ".join(map(str, error.reasons)))]
    except FaifoError as error:
        return [fault("probe-failed", did=did, why=error)]
    if seen is None:
        return [good("no-probe", did=did)]
    return _findings(seen, did, settings.node.public_url)


def _findings(seen: ProbeReport, did: str, url: str) -> list[Finding]:
    found = [
        fault(
            CHECKS.get(check.code, "seen-fault"), did=did, url=url, code=check.code, why=check.text
        )
        for check in seen.checks
        if not check.good
    ]
    if not found:
        total = sum(check.ms or 0 for check in seen.checks)
        found.append(good("seen-from-there", did=did, ms=total))
    until = seen.certificate_until
    if until is not None and until - seen.at < SOON:
        found.append(warning("seen-certificate-ends", did=did, until=until))
    return found
