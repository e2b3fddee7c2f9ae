"""One warning to many subscribers: from the order to the last signed acknowledgement.

The sender is a real node, durable as always: the notice, a row for each receiver and what becomes
of it. The receivers are one process on the same machine (`bench.receivers`), with their own DIDs
and real signatures on both sides. Their agreements are written into the sender's store before it
starts; whose agreement stands is decided when the warning goes out.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bench.figures import BenchError, Effort, Figure, Part
from bench.flow import Contender, drive, make_contender
from bench.nodes import Home, Node, Pair, make_home, pair, serving, settled
from bench.processes import Process, free_port, python, started
from faifo.machines.negotiation import State
from faifo.machines.role import Role
from faifo.store.contract import Transaction
from faifo.store.records import Agreement, Negotiation, Proof
from faifo.store.sqlite.store import open_store

RECEIVERS = 200
SECONDS = 3.0
NOTICES = 50
BESIDE = 1.02
TURNS = 6


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="warning", title=f"One warning to {RECEIVERS} subscribers")
    home = _home(folder)
    port = free_port()
    cold: list[float] = []
    warm: list[float] = []
    ordered: list[float] = []
    command = python("bench.receivers", str(RECEIVERS), str(port))
    with started(Process(command, log=folder / "receivers.log")) as receivers:
        dids = msgspec.json.decode(receivers.first_line(60), type=list[str])
        with serving(home) as node:
            dataset = await _published(node)
        await _subscribe(home, dataset, dids)
        for _ in range(effort.rounds):
            with serving(home) as node:
                for values in (cold, warm):
                    took, last = await _warned(node)
                    ordered.append(took)
                    values.append(last)
    beside = await _beside(effort, folder)
    last = "the last acknowledgement, by the sender's book"
    part.figures = [
        Figure(name=f"{last}; nobody's keys known", unit="s", values=cold, target=SECONDS),
        Figure(name=f"{last}; keys known", unit="s", values=warm, target=SECONDS),
        Figure(name="the order, until it is durable and answered", unit="s", values=ordered),
        Figure(name="CPU of a flow: nodes that exchange notices ÷ nodes that never did", unit="×",
               values=beside, target=BESIDE),
    ]  # fmt: skip
    part.notes.append(
        f"The last figure: two pairs of nodes take turns; one pair has {NOTICES}"
        " warnings on its books, and agreements about both kinds."
    )
    part.notes.append(
        f"{RECEIVERS} receivers with DIDs of their own in one process beside the sender; each"
        " proves the warning's signature and signs its acknowledgement, which the sender proves"
        " and counts."
    )
    return part


def _home(folder: Path) -> Home:
    (folder / "data").mkdir(parents=True)
    return make_home(folder, "sender")


async def _published(node: Node) -> dict[str, Any]:
    async with node.connection() as connection:
        order = {"carries": "warnings", "id": "alerts"}
        return dict(await connection.json("POST", "/manage/v1/datasets", order))


async def _subscribe(home: Home, dataset: dict[str, Any], dids: list[str]) -> None:
    now = datetime.now(UTC)

    async def work(tx: Transaction) -> None:
        for number, did in enumerate(dids):
            pid, agreement = f"urn:bench:n{number}", f"urn:bench:a{number}"
            await tx.negotiations.put(
                Negotiation(
                    pid=pid,
                    role=Role.PROVIDER,
                    state=State.FINALIZED,
                    peer=did,
                    proof=Proof(did=did, claims={"economy": ("VN", "KR", "TH")[number % 3]}),
                    created=now,
                    updated=now,
                    callback="http://localhost",
                    dataset=dataset["id"],
                    offer_id=dataset["offer_id"],
                    offer={},
                    offered_by=Role.CONSUMER,
                    agreement=agreement,
                )
            )
            await tx.agreements.put(
                Agreement(
                    id=agreement,
                    role=Role.PROVIDER,
                    provider=home.did,
                    consumer=did,
                    dataset=dataset["id"],
                    document=dataset["policy"],
                    created=now,
                    negotiation=pid,
                    publication=dataset["offer_id"],
                    active=True,
                )
            )

    store = await open_store(home.database)
    await store.run(work)
    await store.close()


async def _beside(effort: Effort, folder: Path) -> list[float]:
    """Return the CPU of flows where notices are exchanged ÷ where none ever were, a round each."""
    with_kinds, without = folder / "with", folder / "without"
    with pair(with_kinds) as told, pair(without) as plain:
        await _exchanged(told)
        sides = [await make_contender(told, with_kinds), await make_contender(plain, without)]
        values = []
        for number in range(effort.rounds + 1):
            spent = [0.0, 0.0]
            for turn in range(TURNS):
                # Whoever goes second finds the machine as the first left it.
                for one in (0, 1) if turn % 2 else (1, 0):
                    before = _cpu(sides[one])
                    await drive(sides[one], at_once=1, count=effort.flows[1])
                    spent[one] += _cpu(sides[one]) - before
            if number:  # the first round is for warming up
                values.append(spent[0] / spent[1])
        return values


def _cpu(side: Contender) -> float:
    return sum(one.cpu_seconds() for one in side.processes.values())


async def _exchanged(both: Pair) -> None:
    """Let the consumer subscribe to both kinds, and the provider send what it has."""
    async with both.provider.connection() as sender, both.consumer.connection() as receiver:
        for kind in ("warnings", "ai-incidents"):
            order = {"carries": kind, "id": "alerts" if kind == "warnings" else kind}
            await sender.json("POST", "/manage/v1/datasets", order)
            asked = {"node": both.provider.home.did, "dataset": order["id"]}
            begun = await receiver.json("POST", "/manage/v1/negotiations", asked)
            await settled(receiver, "negotiations", begun, "FINALIZED")
        for _ in range(NOTICES):
            sent = await sender.json("POST", "/manage/v1/notices", _order(datetime.now(UTC)))
        await sender.json("GET", f"/manage/v1/notices/{sent['id']}/report?wait=30&stage=received")


async def _warned(node: Node) -> tuple[float, float]:
    """Send one; return the seconds of the order, and until the last acknowledgement."""
    async with node.connection() as connection:
        began = time.perf_counter()
        sent = await connection.json("POST", "/manage/v1/notices", _order(datetime.now(UTC)))
        took = time.perf_counter() - began
        report = await connection.json("GET", f"/manage/v1/notices/{sent['id']}/report?wait=30")
    seconds = [line["acknowledged"] for line in report["receivers"]]
    if len(seconds) != RECEIVERS or None in seconds:
        lacking = [line["trouble"] for line in report["receivers"] if line["acknowledged"] is None]
        raise BenchError(f"{len(lacking)} of {len(seconds)} did not acknowledge: {lacking[:3]}")
    return took, max(seconds)


def _order(now: datetime) -> dict[str, Any]:
    content = {
        "kind": "scam",
        "severity": "Severe",
        "area": "VN",
        "begins": now.isoformat(),
        "ends": (now + timedelta(days=1)).isoformat(),
        "texts": [
            {"lang": "vi", "title": "Cuộc gọi giả", "text": "hãy cúp máy"},
            {"lang": "en", "title": "Fake calls", "text": "hang up"},
        ],
    }
    return {
        "kind": "warnings", "dataset": "alerts", "content": content, "tlp": "GREEN",
        "confirmed": True,
    }  # fmt: skip
