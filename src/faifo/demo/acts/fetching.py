"""The consumer reads the catalog, agrees, and gets two tables that are proven whole."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import msgspec

from faifo.api.processes import Negotiation, Transfer
from faifo.client import Wanted, download
from faifo.demo.acts.publishing import AIRPORTS, ECONOMIES
from faifo.demo.stage import PURPOSE, Stage, messages, until_state

MEMBERS = {"apec_since": 21, "asean_since": 11}


async def play(stage: Stage) -> None:
    stage.tell.act("fetching")
    await _catalog(stage)
    negotiation = await agree(stage, AIRPORTS)
    transfer = await start(stage, negotiation)
    await _bring(stage, transfer)
    await _bring_small(stage)


async def _catalog(stage: Stage) -> None:
    with stage.tell.step("fetching.catalog") as facts:
        catalog = await stage.consumer.catalog(stage.cast.provider.nick)
        facts.update(count=len(catalog.datasets), provider=catalog.participant)
    shown = {entry.id for entry in catalog.datasets}
    stage.ensure(shown == {AIRPORTS, ECONOMIES}, "catalog", sorted(shown))
    for entry in catalog.datasets:
        size = (stage.cast.published / f"{entry.id}.csv").stat().st_size
        stage.ensure(entry.size == size, "published-size", entry.size)
        stage.tell.quote(f"{entry.id}: {entry.title}, {stage.tell.size(entry.size or 0)}")


async def agree(stage: Stage, dataset: str) -> Negotiation:
    """Negotiate for `dataset` until both sides have finalised, and show every message."""
    tell = stage.tell
    with tell.step("fetching.agreed", dataset=dataset, purpose=PURPOSE) as facts:
        negotiation = await stage.consumer.negotiate(
            stage.cast.provider.nick, dataset, purpose=PURPOSE
        )
        facts["agreement"] = negotiation.agreement
    stage.ensure(negotiation.state == "FINALIZED", "finalized", negotiation.state)
    timeline = await stage.consumer.timeline(negotiation.pid)
    begun = negotiation.created
    for entry, message in messages(timeline):
        after = (entry.at - begun).total_seconds() * 1000
        key = "fetching.we-said" if message.direction == "sent" else "fetching.they-said"
        tell.note(key, message=message.name, after=tell.number(after, digits=1))
    return negotiation


async def start(stage: Stage, negotiation: Negotiation) -> Transfer:
    """Request a transfer under the agreement, and have it started."""
    with stage.tell.step("fetching.started") as facts:
        transfer = await stage.consumer.start_transfer(negotiation.agreement or "")
        facts["transfer"] = transfer.pid
    stage.ensure(transfer.state == "STARTED", "started", transfer.state)
    stage.transfers.append(transfer)
    return transfer


async def _bring(stage: Stage, transfer: Transfer) -> None:
    tell, target = stage.tell, stage.cast.received / "airports.csv"
    with tell.step("fetching.arrived") as facts:
        async with stage.consumer.fetch(transfer.pid) as answer:
            stage.ensure(answer.status == 200, "data-status", answer.status)
            with target.open("wb") as file:
                async for chunk in answer.chunks():
                    file.write(chunk)
        facts.update(file=target.name, size=tell.size(target.stat().st_size))
    stage.accessed(transfer, target.stat().st_size)
    with tell.step("fetching.digest") as facts:
        here = _sha256(target)
        there = [entry.sha256 async for entry in stage.provider.datasets() if entry.id == AIRPORTS]
        original = _sha256(stage.cast.published / target.name)
        stage.ensure([here] == there and here == original, "same-digest", f"{here}, {there}")
        facts["sha256"] = here
    with tell.step("fetching.completed"):
        await stage.consumer.complete(transfer.pid)
        ours = await until_state(stage.consumer, "transfer", transfer.pid, "COMPLETED")
        theirs = await stage.provider.get_transfer(transfer.peer_pid or "")
        states = (ours.state, theirs.state)
        stage.ensure(states == ("COMPLETED", "COMPLETED"), "completed", states)


async def bring_at_once(stage: Stage, dataset: str) -> Path:
    """Bring a table in one call, as `faifo get` does, prove it and count the access."""
    target = stage.cast.received / f"{dataset}.csv"
    wanted = Wanted(node=stage.cast.provider.nick, dataset=dataset, purpose=PURPOSE)
    done = await download(stage.consumer, wanted, target, stage.cast.received)
    stage.ensure(done.proven, "same-digest", done.sha256)
    transfer = await until_state(stage.consumer, "transfer", done.transfer, "COMPLETED")
    completed = msgspec.convert(transfer, Transfer, from_attributes=True)
    stage.transfers.append(completed)
    stage.accessed(completed, done.size)
    return target


async def _bring_small(stage: Stage) -> None:
    with stage.tell.step("fetching.get") as facts:
        arrived = await bring_at_once(stage, ECONOMIES)
        facts.update(file=arrived.name, size=stage.tell.size(arrived.stat().st_size))
    with stage.tell.step("fetching.counted") as facts:
        counted = count_members(arrived)
        facts.update(apec=counted["apec_since"], asean=counted["asean_since"])
    stage.ensure(counted == MEMBERS, "members", counted)


def count_members(table: Path) -> dict[str, int]:
    """Return how many rows have a year in each column of years."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {column: sum(bool(row[column]) for row in rows) for column in MEMBERS}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
