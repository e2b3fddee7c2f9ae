"""What the kit expects to find: datasets with known offers, and agreements in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from faifo import clock
from faifo.machines.role import Role
from faifo.policy.terms import Terms, offer
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Dataset, StoredSource
from tck.node.caller import KIT
from tck.node.scripts import Group, Script

SHARED = "ATP"
"""The dataset that all agreements are about."""

USE = offer(Terms())
OFFERED = frozenset({Group.CATALOG, Group.PROVIDER_NEGOTIATION})
AGREED = {
    Group.PROVIDER_TRANSFER: Role.PROVIDER,
    Group.CONSUMER_TRANSFER: Role.CONSUMER,
}


def offer_id(dataset: str) -> str:
    """Return the id of a dataset's offer, in the form that the kit fixes for CN:01-02."""
    return f"CD123:{dataset}:456"


async def seed(
    tx: Transaction, scripts: Iterable[Script], source: StoredSource, *, did: str, now: datetime
) -> None:
    """Put in what is not there yet."""
    scripts = [script for script in scripts if script.subject and not script.absent]
    offered = [script.subject for script in scripts if script.group in OFFERED]
    for name in (*offered, SHARED):
        if await tx.datasets.get(name) is None:
            await tx.datasets.put(_dataset(name, source, now=now))
    for script in scripts:
        role = AGREED.get(script.group)
        if role and await tx.agreements.get(script.subject, role) is None:
            await tx.agreements.put(_agreement(script.subject, role, did=did, now=now))


def _dataset(name: str, source: StoredSource, *, now: datetime) -> Dataset:
    return Dataset(
        id=name,
        title=f"conformance test {name}",
        offer_id=offer_id(name),
        policy=USE,
        source=source,
        media_type="text/csv",
        published=now,
    )


def _agreement(name: str, role: Role, *, did: str, now: datetime) -> Agreement:
    provider, consumer = (did, KIT) if role is Role.PROVIDER else (KIT, did)
    document = {
        "@id": name,
        "@type": "Agreement",
        "target": SHARED,
        "assigner": provider,
        "assignee": consumer,
        "timestamp": clock.text(now),
        **USE,
    }
    return Agreement(
        id=name,
        role=role,
        provider=provider,
        consumer=consumer,
        dataset=SHARED,
        document=document,
        created=now,
        publication=offer_id(SHARED),
        active=True,
    )
