"""Bad peers at every endpoint and behind every call, with a good partner beside them.

The good partner stays within `SLOWER` times its undisturbed p99, resident memory grows by at most
`GROWTH`, and the node stops within `STOPS` seconds while all of it goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from harness import CONTEXT, DSP, Peer, peer

from soak import ROOT
from soak.attacks import ASKED, ENDPOINTS, MIB, WAYS, Caller, answers
from soak.kit import Forker, Node, make_node
from soak.report import Result

SLOWER = 5.0
GROWTH = 64 * MIB
STOPS = 10.0
PEACE = 3.0
LEAST = 30


class Good:
    """The good partner's process, and what it has measured."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "soak.good"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout
        self.did = json.loads(self._process.stdout.readline())["did"]
        self.calls: list[dict[str, float]] = []

    async def watch(self, **told: Any) -> None:
        """Let it begin, and take what it says."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, self._process.stdout.readline):
            self.calls.append(json.loads(line))

    def between(self, start: float, end: float) -> list[dict[str, float]]:
        return [
            one for one in self.calls if start <= one["at"] - one["ms"] / 1000 and one["at"] <= end
        ]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def p99(calls: list[dict[str, float]]) -> float:
    """Return the 99th percentile in ms."""
    times = sorted(one["ms"] for one in calls)
    return times[min(len(times) - 1, int(len(times) * 0.99))] if times else float("inf")


class Suite:
    """One node and who is around it."""

    def __init__(self, node: Node, good: Good, evil: Peer, stranger: Peer, seed: int) -> None:
        self.node, self.good, self.evil, self.stranger = node, good, evil, stranger
        self.seed = seed
        self.losses: list[str] = []
        self.each: dict[str, Any] = {}
        self.beside: dict[str, list[dict[str, float]]] = {}
        self.faults: Counter[str] = Counter()
        self.calm: list[dict[str, float]] = []
        self._lowest = 0
        self.grown: Counter[str] = Counter()
        self._now = ""
        self.stops: list[float] = []

    async def sample(self) -> None:
        """Watch the memory of the node."""
        while True:
            with contextlib.suppress(OSError, IndexError):
                rss = self.node.rss()
                self._lowest = self._lowest or rss
                grown = rss - self._lowest
                self.grown[self._now] = max(self.grown[self._now], grown)
            await asyncio.sleep(0.05)

    async def under(self, name: str, attack: Any, seconds: float) -> None:
        """Let `attack` go on for some seconds, and look how the good partner does beside it."""
        self._now = way = name.partition(":")[0].partition(" at ")[0] + " answers" * (":" in name)
        start = time.monotonic()
        task = asyncio.create_task(attack)
        await asyncio.sleep(seconds)
        end = time.monotonic()
        calls = self.good.between(start, end)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        while len(calls) < LEAST and time.monotonic() < end + 5:
            await asyncio.sleep(0.1)
            calls = self.good.between(start, time.monotonic())
        self.beside.setdefault(way, []).extend(calls)
        self.each[name] = {"p99_ms": round(p99(calls), 1), "calls": len(calls)}
        wrong = Counter(int(one["status"]) for one in calls if one["status"] not in {200, 201})
        if wrong:
            self.losses.append(f"{name}: the good partner was answered {dict(wrong)}")

    async def peace(self) -> None:
        """Look how the good partner does when nobody is beside it."""
        start = time.monotonic()
        await asyncio.sleep(PEACE)
        self.calm += self.good.between(start, time.monotonic())
        self._lowest = 0  # what is loaded at first use is there now

    async def stop_and_start(self, attack: Any, name: str) -> None:
        """Stop the node while it is attacked."""
        task = asyncio.create_task(attack)
        await asyncio.sleep(0.5)
        began = time.monotonic()
        await self.node.stop()
        self.stops.append(time.monotonic() - began)
        if self.stops[-1] > STOPS:
            self.losses.append(f"{name}: the node took {self.stops[-1]:.1f} s to stop")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._lowest = 0
        await self.node.start()
        await asyncio.sleep(1)


async def run(seed: int, seconds: float) -> Result:
    """Run the part."""
    began = time.monotonic()
    good, forker = Good(), Forker(ROOT / "soak" / "forking.py")
    with tempfile.TemporaryDirectory(prefix="faifo-soak-") as name:
        async with peer() as evil, peer() as stranger:
            node = make_node(forker, Path(name), "node")
            node.inside = node.network._behind  # type: ignore[attr-defined]
            await node.network.open()
            node.trust(good.did, evil.did)
            await node.start()
            suite = Suite(node, good, evil, stranger, seed)
            try:
                await _all(suite, seconds)
            finally:
                good.close()
                await node.close()
                await node.network.close()
                forker.close()
            log = node.errors()
    suite.losses += [f"the node's log: {line}" for line in log]
    calm = p99(suite.calm)
    ways = {way: p99(calls) for way, calls in suite.beside.items()}
    for way, beside in ways.items():
        if beside > SLOWER * calm:
            suite.losses.append(f"{way}: p99 {beside:.1f} ms, and {calm:.1f} ms undisturbed")
    for way, grown in suite.grown.items():
        if grown > GROWTH:
            suite.losses.append(f"{way}: resident memory grew by {grown / MIB:.0f} MiB")
    figures = {
        "p99 undisturbed, ms": round(calm, 1),
        "p99 beside, ms": {way: round(beside, 1) for way, beside in ways.items()},
        "ratio at worst": round(max(ways.values()) / calm, 2),
        "memory grown by, MiB": {
            way: round(one / MIB, 1) for way, one in suite.grown.items() if way
        },
        "stopped within, s": round(max(suite.stops), 1),
        "load average of the machine": round(os.getloadavg()[0], 1),
        "each": suite.each,
    }
    operations = {"good calls": len(good.calls), "attacks": len(suite.each)}
    spent = time.monotonic() - began
    return Result("hostile", seed, spent, operations, suite.faults, suite.losses, figures)


async def _all(suite: Suite, seconds: float) -> None:
    node, chosen = suite.node, random.Random(suite.seed)
    folder = node.path.with_name("node-data")
    (folder / "a.csv").write_text("a,b\n1,2\n")
    body = {"location": str(folder / "a.csv"), "id": "d"}
    dataset = await node.call("POST", "/datasets", body)
    url = f"http://127.0.0.1:{node.inside}"  # type: ignore[attr-defined]
    watching = [
        asyncio.create_task(suite.good.watch(did=node.did, url=url, dataset=dataset)),
        asyncio.create_task(suite.sample()),
    ]
    await asyncio.sleep(2)
    await suite.peace()
    each = max(1.0, (seconds - PEACE * 11) / (len(ENDPOINTS) * len(WAYS) + 5 * len(ASKED) + 10))
    for way in WAYS:
        order = list(ENDPOINTS)
        chosen.shuffle(order)
        for number, (method, path) in enumerate(order):
            who = suite.evil if number % 2 or way == "quadratic" else None
            caller = Caller(node, who, suite.seed + number)
            label = f"{way} at {method} {path.split('urn:')[0]}"
            await suite.under(label, caller.attack(way, method, path), each)
            suite.faults.update(caller.count)
        caller = Caller(node, suite.evil, suite.seed)
        await suite.stop_and_start(caller.attack(way, "POST", f"{DSP}/catalog/request"), way)
        await suite.peace()
    for how, answer in answers():
        for what, prefix in ASKED:
            suite.evil.handlers = suite.stranger.handlers = {prefix: answer}
            attack = _made_to_ask(suite, what, dataset)
            await suite.under(f"{how}: {what}", attack, each)
            suite.faults[f"{how} answer"] += 1
        await suite.stop_and_start(_made_to_ask(suite, ASKED[2][0], dataset), how)
        suite.evil.handlers = suite.stranger.handlers = {}
        await suite.peace()
    silent = _silent_names(suite)
    await suite.under("silent DNS", silent, 4 * each)
    await suite.stop_and_start(_silent_names(suite), "silent DNS")
    for task in watching:
        task.cancel()


async def _made_to_ask(suite: Suite, what: str, dataset: dict[str, Any]) -> None:
    """Make the node ask a bad peer, again and again."""

    async def again() -> None:
        while True:
            with contextlib.suppress(Exception):
                await _ask_once(suite, what, dataset)
            await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):
            tasks.create_task(again())


async def _ask_once(suite: Suite, what: str, dataset: dict[str, Any]) -> None:
    node, evil = suite.node, suite.evil
    match what:
        case "a stranger's DID document":
            await _post(
                suite, suite.stranger, "/catalog/request", {"@type": "CatalogRequestMessage"}
            )
        case "a message to a partner":
            offer = {"@type": "Offer", "@id": dataset["offer_id"], "target": dataset["id"]}
            await _post(suite, evil, "/negotiations/request", {
                "@type": "ContractRequestMessage", "@id": f"urn:uuid:{uuid.uuid4()}",
                "consumerPid": f"urn:uuid:{uuid.uuid4()}", "callbackAddress": f"{evil.root}/cb",
                "offer": {**offer, **dataset["policy"]},
            })  # fmt: skip
        case "a partner's dataset":
            wish = {"node": evil.did, "dataset": "d", "reuse": False}
            await node.raw("POST", "/negotiations", wish)
        case _:
            await node.raw("POST", "/catalog", {"node": evil.did})


async def _post(suite: Suite, who: Peer, path: str, body: dict[str, Any]) -> None:
    url = f"http://127.0.0.1:{suite.node.inside}{DSP}{path}"  # type: ignore[attr-defined]
    headers = {"Authorization": f"Bearer {who.token(suite.node.did)}"}
    document = {"@context": [CONTEXT], **body}
    async with who.client.post(url, json=document, headers=headers) as answer:
        await answer.read()


async def _silent_names(suite: Suite) -> None:
    """Be strangers whose names lead to a name server that says nothing."""
    for number in range(10_000):
        did = f"did:web:n{number}.silent.invalid"
        token = suite.stranger.token(suite.node.did, iss=did, sub=did, headers={"kid": f"{did}#k1"})
        with contextlib.suppress(Exception):
            url = f"http://127.0.0.1:{suite.node.inside}{DSP}/catalog/request"  # type: ignore[attr-defined]
            suite.faults["silent names"] += 1
            async with (
                asyncio.timeout(0.5),
                suite.stranger.client.post(
                    url, json={}, headers={"Authorization": f"Bearer {token}"}
                ) as answer,
            ):
                await answer.read()
        await asyncio.sleep(0.02)
