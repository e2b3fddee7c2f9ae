"""The whole flow: dataset look-up, negotiation, transfer, first 1 KiB, against the bare loop.

The driver speaks to the consumer's side only: it begins the negotiation (the node looks the dataset
up with the provider first), is told of its end by long poll as `faifo.client` is (`settled=1`: not
of the states on the way), begins the transfer, is told, and fetches the data through the consumer's
node. The bare loop has the same driver. All three share the machine's cores.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench import bare_party, books
from bench.figures import BenchError, Effort, Figure, Part, percentile, ratios
from bench.nodes import PURPOSE, Pair, pair, publish, settled
from bench.processes import Process, free_port, python, started, wait_for_port
from bench.wire import Connection
from faifo import clock, ids
from faifo.node.custody.keyring import read_keyring
from faifo.node.http.public.wellknown import DSP_PATH
from faifo.trust import self_issued
from faifo.trust.keys import KeyPurpose

KIB = 1024
LOOP_RATIO, SEQUENTIAL_STRETCH = 2.0, 1.3
CPU_RATIO, CPU_STRETCH = 2.0, 1.0
AROUND_MS = 20.0
FLOWS_A_SECOND = 120.0


class Flow(msgspec.Struct, frozen=True):
    """One flow: milliseconds by phase, long polls, and the pids on the consumer's side."""

    negotiation: float
    transfer: float
    data: float
    polls: int
    pids: tuple[str, str]

    @property
    def whole(self) -> float:
        return self.negotiation + self.transfer + self.data


class Contender(msgspec.Struct, kw_only=True):
    """What is driven: two nodes or the bare loop; and what it did, by flows at once."""

    connect: Callable[[], Connection]
    order: dict[str, Any]
    processes: dict[str, Process]
    flows: dict[int, list[list[Flow]]] = {}
    rates: dict[int, list[float]] = {}
    cpu_ms: dict[int, list[dict[str, float]]] = {}


async def one_flow(connection: Connection, order: dict[str, Any]) -> Flow:
    begin = time.perf_counter()
    record = await connection.json("POST", "/manage/v1/negotiations", order)
    agreed, polls = await settled(connection, "negotiations", record, "FINALIZED")
    negotiated = time.perf_counter()
    record = await connection.json(
        "POST", "/manage/v1/transfers", {"agreement": agreed["agreement"]}
    )
    running, more = await settled(connection, "transfers", record, "STARTED")
    transferred = time.perf_counter()
    status, body = await connection.call("GET", f"/manage/v1/transfers/{running['pid']}/data")
    end = time.perf_counter()
    if status != 200 or len(body) != KIB:
        raise BenchError(f"the data came as {status} with {len(body)} bytes")
    return Flow(
        (negotiated - begin) * 1e3,
        (transferred - negotiated) * 1e3,
        (end - transferred) * 1e3,
        polls + more,
        (agreed["pid"], running["pid"]),
    )


async def drive(contender: Contender, *, at_once: int, count: int) -> tuple[list[Flow], float]:
    """Run `count` flows, `at_once` at a time; return them and the flows a second."""
    left = iter(range(count))
    flows: list[Flow] = []

    async def worker() -> None:
        async with contender.connect() as connection:
            for _ in left:
                flows.append(await one_flow(connection, contender.order))

    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return flows, count / (time.perf_counter() - begin)


async def measure(contender: Contender, *, at_once: int, count: int) -> None:
    before = {name: one.cpu_seconds() for name, one in contender.processes.items()}
    own = time.process_time()
    flows, rate = await drive(contender, at_once=at_once, count=count)
    own = time.process_time() - own
    spent = {
        name: (one.cpu_seconds() - before[name]) * 1e3 / count
        for name, one in contender.processes.items()
    }
    spent["driver"] = own * 1e3 / count
    contender.flows.setdefault(at_once, []).append(flows)
    contender.rates.setdefault(at_once, []).append(rate)
    contender.cpu_ms.setdefault(at_once, []).append(spent)


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="flow", title="Whole flow, two nodes, against the bare loop")
    with pair(folder) as both:
        nodes = await make_contender(both, folder)
        sample = (await drive(nodes, at_once=1, count=5))[0][-1]
        script = await _script(both, folder, nodes.order["dataset"], sample)
        lean_script = msgspec.structs.replace(
            script,
            folder=folder / "lean",
            ports={role: free_port() for role in script.ports},
        )
        with (
            _loop_of("bench.bare_party", script) as bare,
            _loop_of("bench.lean_party", lean_script) as lean,
        ):
            contenders = (nodes, bare, lean)
            for contender in contenders[1:]:
                await drive(contender, at_once=1, count=5)
            for _ in range(effort.rounds):
                for at_once, count in effort.flows.items():
                    for contender in contenders:
                        await measure(contender, at_once=at_once, count=count)
        written = books.spans(
            both.consumer.home.database, [one.pids for one in _all(nodes.flows[1])]
        )
    for at_once in effort.flows:
        part.figures += [*_figures(nodes, bare, at_once), *_floors(nodes, bare, lean, at_once)]
    part.figures += [
        _pooled("sequential, by the consumer's book: begun → FINALIZED", written.negotiation),
        _pooled("sequential, by the consumer's book: begun → STARTED", written.transfer),
    ]
    part.notes += _notes(nodes, script, effort)
    return part


async def make_contender(both: Pair, folder: Path) -> Contender:
    """Publish 1 KiB below `folder/data` at the provider, for flows of the consumer."""
    file = folder / "data" / "kib.bin"
    file.write_bytes(bytes(range(256)) * 4)
    dataset = await publish(both.provider, str(file))
    return Contender(
        connect=both.consumer.connection,
        order={
            "node": both.provider.home.did,
            "dataset": dataset,
            "purpose": PURPOSE,
            "reuse": False,
        },
        processes={"provider": both.provider.process, "consumer": both.consumer.process},
    )


async def _script(both: Pair, folder: Path, dataset: str, sample: Flow) -> bare_party.Script:
    """Take the sizes of the bare loop's messages from a flow between the nodes."""
    mine = both.consumer.home.database
    sizes = books.sizes(mine, sample.pids)
    sizes |= books.sizes(both.provider.home.database, books.counterparts(mine, *sample.pids))
    if sizes.keys() != bare_party.MESSAGES:
        differing = sorted(sizes.keys() ^ bare_party.MESSAGES)
        raise BenchError(f"the bare loop does not mirror the flow any more: {differing}")
    return bare_party.Script(
        folder=folder / "bare",
        ports={"provider": free_port(), "consumer": free_port()},
        sizes=sizes,
        dataset_bytes=await _dataset_bytes(both, dataset),
        data_file=folder / "data" / "kib.bin",
    )


async def _dataset_bytes(both: Pair, dataset: str) -> int:
    """Ask the provider for the dataset as the consumer does, and return the answer's size."""
    consumer, provider = both.consumer.home, both.provider.home
    now = clock.now()
    token = self_issued.issue(
        key=read_keyring(consumer.path / "keys", did=consumer.did).signing(KeyPurpose.TOKEN),
        did=consumer.did,
        audience=provider.did,
        jti=ids.new_urn(now),
        now=now,
    )
    headers = {"Authorization": f"Bearer {token}"}
    async with Connection("127.0.0.1", provider.port, headers) as connection:
        path = f"{DSP_PATH}/catalog/datasets/{quote(dataset, safe=':@')}"
        status, body = await connection.call("GET", path)
    if status != 200:
        raise BenchError(f"the dataset was answered {status}: {body.decode()}")
    return len(body)


@contextlib.contextmanager
def _loop_of(module: str, script: bare_party.Script) -> Iterator[Contender]:
    script.folder.mkdir()
    for role in script.ports:
        key = ec.generate_private_key(ec.SECP256R1())
        (script.folder / f"{role}.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        (script.folder / f"{role}.pub").write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    path = script.folder / "script.json"
    path.write_bytes(msgspec.json.encode(script, enc_hook=str))
    with contextlib.ExitStack() as stack:
        processes = {
            role: stack.enter_context(
                started(
                    Process(
                        python(module, role, str(path)),
                        log=script.folder / f"{role}.log",
                    )
                )
            )
            for role in script.ports
        }
        for role, process in processes.items():
            process.first_line()
            wait_for_port(script.ports[role])
        port = script.ports["consumer"]
        yield Contender(
            connect=lambda: Connection("127.0.0.1", port),
            order={"dataset": "urn:uuid:01a20431-f765-767d-8227-eb0e338b7c45", "purpose": PURPOSE},
            processes=processes,
        )


def _figures(nodes: Contender, bare: Contender, at_once: int) -> list[Figure]:
    label = "sequential" if at_once == 1 else f"{at_once} at once"
    ours, its = nodes.flows[at_once], bare.flows[at_once]
    p50, bare_p50 = _medians(ours), _medians(its)
    figures = [
        Figure(
            name=f"{label}: whole flow, p50",
            unit="ms",
            values=p50,
            target=AROUND_MS if at_once == 1 else None,
        ),
        Figure(
            name=f"{label}: whole flow, p99 (all rounds)",
            unit="ms",
            values=[percentile([one.whole for one in _all(ours)], 0.99)],
        ),
        Figure(name=f"{label}: bare loop, p50", unit="ms", values=bare_p50),
        Figure(
            name=f"{label}: bare loop, p99 (all rounds)",
            unit="ms",
            values=[percentile([one.whole for one in _all(its)], 0.99)],
        ),
        Figure(
            name=f"{label}: whole flow ÷ bare loop, p50",
            unit="×",
            values=ratios(p50, bare_p50),
            target=LOOP_RATIO if at_once == 1 else None,
            stretch=SEQUENTIAL_STRETCH if at_once == 1 else None,
        ),
        Figure(
            name=f"{label}: flows a second",
            unit="1/s",
            values=nodes.rates[at_once],
            better="more",
            target=FLOWS_A_SECOND if at_once == 32 else None,
        ),
        Figure(name=f"{label}: bare loop, flows a second", unit="1/s", values=bare.rates[at_once]),
    ]
    if at_once == 1:
        figures += [
            _pooled("sequential: look-up and negotiation", [one.negotiation for one in _all(ours)]),
            _pooled("sequential: transfer", [one.transfer for one in _all(ours)]),
            _pooled("sequential: first 1 KiB", [one.data for one in _all(ours)]),
        ]
    figures += [
        Figure(
            name=f"{label}: CPU a flow, {name}, {role}",
            unit="ms",
            values=[spent[role] for spent in contender.cpu_ms[at_once]],
        )
        for name, contender in (("node", nodes), ("bare loop", bare))
        for role in ("provider", "consumer", "driver")
    ]
    return figures


def _floors(nodes: Contender, bare: Contender, lean: Contender, at_once: int) -> list[Figure]:
    """Return CPU of both sides, against the bare loop and against the floor below it."""
    label = "sequential" if at_once == 1 else f"{at_once} at once"
    own, its, floor = (
        [spent["provider"] + spent["consumer"] for spent in one.cpu_ms[at_once]]
        for one in (nodes, bare, lean)
    )
    return [
        Figure(name=f"{label}: lean floor, flows a second", unit="1/s", values=lean.rates[at_once]),
        Figure(name=f"{label}: CPU a flow, lean floor, both sides", unit="ms", values=floor),
        Figure(
            name=f"{label}: CPU a flow ÷ bare loop",
            unit="×",
            values=ratios(own, its),
            target=CPU_RATIO if at_once == 32 else None,
            stretch=CPU_STRETCH if at_once == 32 else None,
        ),
        Figure(name=f"{label}: CPU a flow ÷ lean floor", unit="×", values=ratios(own, floor)),
    ]


def _notes(nodes: Contender, script: bare_party.Script, effort: Effort) -> list[str]:
    flows = _all(nodes.flows[1])
    polls = sum(one.polls for one in flows) / len(flows)
    messages = ", ".join(f"{name} {body}/{answer}" for name, (body, answer) in script.sizes.items())
    counts = ", ".join(f"{count} flows at {at_once}" for at_once, count in effort.flows.items())
    return [
        f"A round is {counts} at once, nodes and bare loop in turn.",
        (
            f"Bytes of body/answer, mirrored by the bare loop: {messages}; dataset"
            f" {script.dataset_bytes}."
        ),
        f"The driver needed {polls:.1f} long polls a flow with the nodes, 2 with the bare loop.",
        (
            "What the bare loop does and leaves out stands in bench/bare_party.py. The lean floor"
            " is the same without libraries for HTTP and tokens (bench/lean_party.py)."
        ),
    ]


def _pooled(name: str, values: list[float]) -> Figure:
    """Return the median of single flows; minimum and maximum would be outliers, so p5 and p95."""
    return Figure(
        name=f"{name}, p50 (p5–p95)",
        unit="ms",
        values=[percentile(values, share) for share in (0.05, 0.5, 0.95)],
    )


def _medians(rounds: list[list[Flow]]) -> list[float]:
    return [percentile([one.whole for one in flows], 0.5) for flows in rounds]


def _all(rounds: list[list[Flow]]) -> list[Flow]:
    return [one for flows in rounds for one in flows]
