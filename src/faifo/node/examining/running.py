"""What the running node says of itself: its answers, as findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faifo import clock
from faifo.api.credentials import Credential
from faifo.api.node import Lacking, Node
from faifo.node.examining.files import SOON
from faifo.node.examining.findings import Finding, good, warning
from faifo.node.settings.model import Settings


def of_running(node: Node, held: Sequence[Credential], settings: Settings) -> Iterator[Finding]:
    """Look at what the node answered; `held` are the credentials that it holds."""
    yield good("running", did=node.did, version=node.version)
    for one in node.lacking:
        yield _lacking(one)
    yield from _credentials(held, settings)


def _credentials(held: Sequence[Credential], settings: Settings) -> Iterator[Finding]:
    """Look whether the node can prove what nodes like it ask for."""
    in_force = {name for one in held if not one.withheld for name in one.types}
    for one in held:
        facts = {"type": ", ".join(one.types), "issuer": one.issuer}
        if not one.withheld and one.expires and one.expires <= clock.now() + SOON:
            yield warning("credential-ends", **facts, until=one.expires)
        elif not one.withheld:
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
