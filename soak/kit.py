"""Two nodes behind networks of the suite, and their flows. The machinery is that of the tests."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
from authority import Authority
from tests.conftest import ON_POSTGRESQL, Forker, NodeProcess, Pair, Refused, free_port

import postgresql_server
from faifo import ids
from faifo.machines import negotiation, transfer
from faifo.node.custody.directory import write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.settings.model import template
from soak import ROOT
from soak.proxy import Network

GONE = (aiohttp.ClientError, OSError, EOFError, TimeoutError, Refused, AssertionError)
TERMINAL = {*negotiation.TERMINAL, *transfer.TERMINAL}
# With libfaketime 0.9.10 `time.sleep` fails (EINVAL) in a thread that waits for its database.
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
FAKETIME = None if ON_POSTGRESQL else FAKETIME
DISK = "64m"
HASTE = "\n[protocol]\nask_seconds = 2\n\n[data]\nidle_seconds = 5\n"


class Node(NodeProcess):
    """A node that others reach through its network only."""

    network: Network
    inside: int
    disk = False
    authority: Authority
    moved: Path | None = None

    def clock(self, seconds: float) -> None:
        """Let its wall clock be wrong by that much: its process's own, or what it reads of it."""
        if self.moved is None:
            (self.path / "soak-clock").write_text(f"{seconds:.3f}".ljust(31))
            return
        new = self.moved.with_suffix(".new")
        new.write_text(f"{seconds:+.3f}s")
        new.replace(self.moved)

    def certificate(self, *, expired: bool) -> None:
        """Let it show a certificate of yesterday, or a good one again."""
        own = self.authority
        assert self.network.tls
        self.network.tls.load_cert_chain(own.expired if expired else own.certificate, own.key)

    def full(self, *, full: bool) -> None:
        """Let its disk be full, or its database grow no more; or again."""
        balloon = self.path / "balloon"
        if self.disk and full:
            with balloon.open("wb") as file:
                room = os.statvfs(self.path)
                os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
            return
        if self.disk:
            balloon.unlink(missing_ok=True)
            return
        assert self.pid is not None
        size = (self.path / "faifo.db-wal").stat().st_size if full else resource.RLIM_INFINITY
        hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, hard))

    def rss(self) -> int:
        """Return its resident bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def errors(self) -> list[str]:
        """Return what was raised in it, by its log: the last line of each traceback."""
        log = self.path / "node.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        found, inside = [], False
        for line in lines:
            if line.startswith("Traceback"):
                inside = True
            elif inside and not line.startswith(" "):
                found.append(line)
                inside = False
        # Who starts over a database with a wrong clock is refused, as it should be.
        return [one for one in found if not (ON_POSTGRESQL and "this machine's clock is" in one)]


def make_node(forker: Forker, folder: Path, name: str, own: Authority | None = None) -> Node:
    """Make the directory of a node that listens on one port and is reached on another.

    With an authority it is reached by TLS, and has a disk of its own where that can be.
    """
    path = folder / name
    path.mkdir(mode=0o700)
    disk = own is not None and _mounted(path)
    (folder / f"{path.name}-data").mkdir()
    outside, inside = free_port(), free_port()
    text = template(
        name=name, economy="VN", public_url=f"http://localhost:{outside}", port=inside,
        root=str(folder / f"{path.name}-data"), local=True,
    )  # fmt: skip
    if own:
        text = text.replace("http://", "https://").replace("did_web_http = true", "")
        text += f'ca_file = "{own.ca}"\n'
    if ON_POSTGRESQL:
        text += postgresql_server.section(path)
    (path / "faifo.toml").write_text(text + HASTE)
    make_first_keys(path / "keys")
    write_secret(path / "manage.key", ids.new_secret().encode())
    node = Node(forker, path, outside)
    node.inside = inside
    node.network = Network(outside, inside, random.Random(0), peace=1.0)
    node.disk = disk
    if own:
        node.authority = own
        node.network.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        node.certificate(expired=False)
    return node


def _mounted(path: Path) -> bool:
    options = ["-t", "tmpfs", "-o", f"size={DISK},mode=0700", "faifo-soak", str(path)]
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0
    return False


@contextlib.asynccontextmanager
async def world(seed: int) -> AsyncIterator[Pair]:
    """Give two nodes that run and trust each other, each behind TLS, with one clock."""
    with tempfile.TemporaryDirectory(prefix="faifo-soak-") as name:
        folder = Path(name)
        moved = folder / "clock"
        moved.write_text("+0s")
        preload = {
            "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(moved),
            "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Else it lets what waits for a moment of that clock wait for seconds.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
        }  # fmt: skip
        env = {**os.environ, **(preload if FAKETIME else {})}
        forker, own = Forker(ROOT / "soak" / "forking.py", env=env), Authority(folder, "soak")
        both = [make_node(forker, folder, one, own) for one in ("provider", "consumer")]
        for number, node in enumerate(both):
            node.moved = moved if FAKETIME else None
            node.network._chosen = random.Random(seed * 2 + number)
            await node.network.open()
        try:
            pair = Pair(*both)
            await asyncio.gather(*(node.start() for node in both))
            yield pair
        finally:
            for node in both:
                await node.close()
                await node.network.close()
                if node.disk:
                    subprocess.run(["umount", "--lazy", str(node.path)], check=False)
            forker.close()


class Flow:
    """Publish, negotiate, transfer, read, complete: again and again until it is through."""

    def __init__(self, pair: Pair, name: str, reads: int = 1) -> None:
        self.pair, self.name, self.reads = pair, name, reads
        self.content = f"{name}\n".encode() * 200
        self.begun_anew = 0
        self.done = False
        self.peer_pid = ""

    async def run(self) -> None:
        await self._patiently(self._published)
        while not self.done:
            self.done = await self._patiently(self._once)
            self.begun_anew += not self.done

    async def _published(self) -> bool:
        folder = self.pair.provider.path.with_name(self.pair.provider.path.name + "-data")
        (folder / f"{self.name}.csv").write_bytes(self.content)
        body = {"location": str(folder / f"{self.name}.csv"), "id": self.name}
        status, _ = await self.pair.provider.raw("POST", "/datasets", body)
        assert status in {201, 409}, status
        return True

    async def _once(self) -> bool:
        consumer = self.pair.consumer
        wish = {"node": self.pair.provider.did, "dataset": self.name, "reuse": True}
        begun = await consumer.call("POST", "/negotiations", wish)
        ours = await consumer.settled(f"/negotiations/{begun['pid']}")
        if ours["state"] != "FINALIZED":
            return False
        begun = await consumer.call("POST", "/transfers", {"agreement": ours["agreement"]})
        path = f"/transfers/{begun['pid']}"
        moving = await consumer.settled(path, "STARTED", "TERMINATED")
        if moving["state"] != "STARTED":
            return False
        for _ in range(self.reads):
            status, content = await consumer.raw("GET", f"{path}/data")
            if status != 200 or content != self.content:
                return False  # as `get`, which proves what came by the digest that was promised
        await consumer.call("POST", f"{path}/completion", {})
        ended = await consumer.settled(path)
        self.peer_pid = ended["peer_pid"]
        return bool(ended["state"] == "COMPLETED")

    async def _patiently(self, step: Any) -> Any:
        while True:
            try:
                return await step()
            except GONE:
                self.begun_anew += step == self._once
                await asyncio.gather(self.pair.provider.up(), self.pair.consumer.up())
                await asyncio.sleep(0.05)


async def at_rest(pair: Pair, seconds: float) -> list[str]:
    """Wait until nothing is under way; return what still is after `seconds`."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        waiting = []
        for node in (pair.provider, pair.consumer):
            waiting += [
                f"{node.path.name}: {one.message} since {one.created}, next at {one.not_before}"
                f" after {one.attempts} attempts: {one.last_error}"
                for one in node.records("outbox")
            ]
            waiting += [
                f"{node.path.name}: {one.pid} is {one.state}"
                for table in ("negotiation", "transfer")
                for one in node.records(table)
                if one.state not in TERMINAL and one.state != "STARTED"
            ]
        if not waiting or asyncio.get_running_loop().time() > until:
            return waiting
        await asyncio.sleep(0.2)


async def settled(pair: Pair, flows: list[Flow], seconds: float) -> list[str]:
    """Return what `losses` finds once the nodes had time to ask each other and repair it."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        found = losses(pair, flows)
        if not found or asyncio.get_running_loop().time() > until:
            return found
        await asyncio.sleep(1)


def losses(pair: Pair, flows: list[Flow]) -> list[str]:
    """Return everything in which the two books do not tell the same story, or lack something."""
    found = [f"{one.name} never came to its end" for one in flows if not one.done]
    for node in (pair.provider, pair.consumer):
        found += [f"{node.path.name}: {line}" for line in node.errors()]
        if node.integrity() != "ok":
            found.append(f"{node.path.name}: the database is damaged")
    served = {e.process for e in pair.provider.records("journal") if e.event == "access-served"}
    found += [
        f"{one.name}: no access is written down"
        for one in flows
        if one.done and one.peer_pid not in served
    ]
    for table in ("negotiation", "transfer"):
        found += _apart(table, pair.provider.records(table), pair.consumer.records(table))
    found += _agreements(pair)
    found += _unkept(pair.provider, pair.consumer) + _unkept(pair.consumer, pair.provider)
    return found


def _apart(table: str, theirs: list[Any], ours: list[Any]) -> list[str]:
    found, known = [], {one.pid: one for one in theirs}
    met = set()
    for one in ours:
        other = known.get(one.peer_pid or "")
        if other is None and one.state != "TERMINATED":
            found.append(f"{table} {one.pid} is {one.state}, and the provider has none")
        elif other is not None:
            met.add(other.pid)
            if one.state != other.state:
                why = f"{one.reason} {one.one_sided}, {other.reason} {other.one_sided}"
                found.append(f"{table} {one.pid} is {one.state} and {other.state}: {why}")
            elif one.state == "TERMINATED" and not (one.reason and other.reason):
                found.append(f"{table} {one.pid} ended without a reason")
    found += [
        f"{table} {one.pid} is {one.state}, and the consumer has none"
        for one in theirs
        if one.pid not in met and one.state != "TERMINATED"
    ]
    return found


def _agreements(pair: Pair) -> list[str]:
    theirs = {one.id: one for one in pair.provider.records("agreement")}
    found = []
    for one in pair.consumer.records("agreement"):
        other = theirs.get(one.id)
        if other is None or other.document != one.document:
            found.append(f"agreement {one.id} is another one at the provider, or none")
        elif one.active and not one.ended and not (other.active and not other.ended):
            found.append(f"agreement {one.id} is in force at the consumer only")
    return found


def _unkept(sender: Any, receiver: Any) -> list[str]:
    """Return messages that were acknowledged, and are not in the receiver's history."""
    kept = {one.digest for one in receiver.records("history") if one.direction == "in"}
    return [
        f"{one.message} was acknowledged and is not kept"
        for one in sender.records("history")
        if one.direction == "out" and 200 <= one.status < 300 and one.answer.startswith(b"{")
        and b"Log in" not in one.answer and one.digest not in kept and not one.note
    ]  # fmt: skip
