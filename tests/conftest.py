"""Real nodes for tests: their directories, their processes, and a small management client.

A node is a process of its own with its own SQLite file or, with STORE=postgresql in the
environment, its own schema of one PostgreSQL server. With PARTS=2 beside that, it is two control
parts and a data part behind nginx. Processes are forked from one that has imported
everything already (`forking.py`): each starts in about a tenth of a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import itertools
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import hypothesis
import msgspec
import pytest

import balancing
import postgresql_server
from faifo import ids
from faifo.node.custody.directory import write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.settings.model import template
from faifo.store.postgresql import store as postgresql_store
from faifo.store.schema import (
    AGREEMENTS,
    HISTORY,
    JOURNAL,
    JUDGEMENTS,
    NEGOTIATIONS,
    OUTBOX,
    TRANSFERS,
    USES,
)
from faifo.store.sqlite import store as sqlite_store

# Properties are tried without a deadline: a loaded machine is no fault of the code. Their examples
# are the same each time, so more of them would say nothing new; `make soak` draws new ones, five
# times as many, and says from which seed.
_SOAKED = "FAIFO_SEED" in os.environ
hypothesis.settings.register_profile(
    "faifo", deadline=None, derandomize=not _SOAKED, max_examples=500 if _SOAKED else 100
)
hypothesis.settings.load_profile("faifo")

FINAL = frozenset({"FINALIZED", "COMPLETED", "TERMINATED"})
PATIENCE = 60.0
ON_POSTGRESQL = os.environ.get("STORE") == "postgresql"
PARTED = ON_POSTGRESQL and os.environ.get("PARTS") == "2"
_TABLES = {
    shape.name: shape
    for shape in (AGREEMENTS, HISTORY, JOURNAL, JUDGEMENTS, NEGOTIATIONS, OUTBOX, TRANSFERS, USES)
}


class Refused(Exception):  # noqa: N818
    """The management API answered with a problem."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem


_FORKING = Path(__file__).with_name("forking.py")


class Forker:
    """The process that all nodes are forked from."""

    def __init__(self, program: Path = _FORKING, *, env: Mapping[str, str] | None = None) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(program), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=env,
            )

    def fork(self, directory: Path, part: str = "all", port: int = 0) -> socket.socket:
        """Start a process for the node in `directory`; it waits for a byte on the socket.

        `port`: where it listens, if not where the node is reached.
        """
        ours, theirs = socket.socketpair()
        command = json.dumps([str(directory), part, port]).encode()
        with theirs:
            socket.send_fds(self._control, [command], [theirs.fileno()])
        return ours

    def close(self) -> None:
        self._control.close()
        self._process.wait(10)


class NodeProcess:
    """One node: its directory, and its process while there is one."""

    # What the process does of the node, and where it listens if not where the node is reached.
    part = "all"
    inner_port = 0

    def __init__(self, forker: Forker, path: Path, port: int) -> None:
        self.path = path
        self.port = port
        self.public_url = f"http://localhost:{port}"
        self.did = f"did:web:localhost%3A{port}"
        self.base = f"{self.public_url}/dsp/2025-1"
        self.pid: int | None = None
        self.starts = 0
        self._forker = forker
        self._url = ""
        self._dead: asyncio.Future[None] | None = None
        self._up = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    def trust(self, *others: str) -> None:
        write_trust(
            self.path / "trust.toml",
            tuple(TrustedParticipant(did=did, name=f"n{i}") for i, did in enumerate(others)),
        )

    async def start(self, *, before: Callable[[int], Any] | None = None) -> None:
        """Start the process and wait until it accepts; `before` is awaited with its pid first.

        Raises:
            EOFError: the process ended before it accepted.
        """
        reader, writer = await asyncio.open_connection(
            sock=self._forker.fork(self.path, self.part, self.inner_port)
        )
        try:
            self.pid = json.loads(await reader.readline())["pid"]
            self._dead = _death_of(self.pid)
            if before:
                await before(self.pid)
            writer.write(b"g")
            line = await asyncio.wait_for(reader.readline(), PATIENCE)
        finally:
            writer.close()
        if not line:
            await self._dead
            raise EOFError(f"{self.path.name} ended while it started: {self.log_tail()}")
        self._url = json.loads(line)["manage_url"]
        self.starts += 1
        self._up.set()
        self._dead.add_done_callback(lambda _: self._up.clear())

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill the process and wait until it is gone."""
        if self.alive:
            assert self.pid is not None
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
            await self.death()

    async def kill_some(self, _: random.Random) -> None:
        """Kill it, or one of its processes where it has several."""
        await self.kill()

    async def stop(self) -> None:
        await self.kill(signal.SIGTERM)

    async def death(self) -> None:
        """Wait until the process is gone, however long that takes."""
        assert self._dead is not None
        await asyncio.shield(self._dead)

    async def up(self) -> None:
        """Wait until the process accepts again; for after a call that failed."""
        # The death that broke the call may be known to the kernel and not yet to this loop.
        await asyncio.sleep(0.01)
        await asyncio.wait_for(self._up.wait(), PATIENCE)

    @property
    def manage_url(self) -> str:
        """Where the management API of the running process is."""
        return self._url

    @property
    def alive(self) -> bool:
        return self._dead is not None and not self._dead.done()

    def log_tail(self) -> str:
        log = self.path / "node.log"
        return log.read_text()[-4000:] if log.exists() else ""

    async def close(self) -> None:
        if self.alive:
            await self.kill()
        if self._session:
            await self._session.close()

    # ── the management API ───────────────────────────────────────────────────────────────────

    async def raw(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        async with self.opened(method, path, body) as response:
            return response.status, await response.read()

    @contextlib.asynccontextmanager
    async def opened(
        self, method: str, path: str, body: Any = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Give the answer as it comes."""
        if self._session is None:
            key = (self.path / "manage.key").read_text().strip()
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {key}"},
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=PATIENCE),
            )
        async with self._session.request(
            method, f"{self.manage_url}/manage/v1{path}", json=body if body is not None else None
        ) as response:
            yield response

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of a good answer.

        Raises:
            Refused: any other answer.
            aiohttp.ClientError, OSError: none.
        """
        status, content = await self.raw(method, path, body)
        if status >= 400:
            raise Refused(status, json.loads(content))
        return json.loads(content)

    async def until(
        self, path: str, good: Callable[[dict[str, Any]], bool], *, patience: float = PATIENCE
    ) -> dict[str, Any]:
        """Return the process at `path` once it is `good`: by long poll, never by polling."""
        revision = ""
        seen: dict[str, Any] = {}
        try:
            async with asyncio.timeout(patience):
                while True:
                    seen = await self.call("GET", f"{path}?wait=20{revision}")
                    if good(seen):
                        return seen
                    revision = f"&revision={seen['revision']}"
        except TimeoutError:
            raise AssertionError(f"{path} stayed {seen}; {self.log_tail()}") from None

    async def settled(self, path: str, *states: str) -> dict[str, Any]:
        """Return the process at `path` when it is in one of `states` and owes no message."""
        wanted = states or FINAL
        return await self.until(path, lambda seen: seen["state"] in wanted and not seen["outbox"])

    async def agreement_over(self, agreement: str) -> dict[str, Any]:
        """Return an agreement once it has ended in the book of this node."""
        async with asyncio.timeout(PATIENCE), self.opened("GET", "/events?after=0") as answer:
            async for line in answer.content:
                if b'"agreement-ended"' in line and agreement.encode() in line:
                    break
        return dict(await self.call("GET", f"/agreements/{agreement}"))

    # ── the books ────────────────────────────────────────────────────────────────────────────

    def records(self, table: str) -> list[Any]:
        """Return all records of a table, read from the file or database itself."""
        if ON_POSTGRESQL:
            texts = postgresql_server.records(self.path, table)
            return [msgspec.json.decode(text, type=_TABLES[table].record) for text in texts]
        connection = sqlite3.connect(f"file:{self.path / 'faifo.db'}?mode=ro", uri=True, timeout=10)
        try:
            rows = connection.execute(f"SELECT record FROM {table} ORDER BY rowid").fetchall()
        finally:
            connection.close()
        return [msgspec.json.decode(row[0], type=_TABLES[table].record) for row in rows]

    async def opened_books(self) -> Any:
        """Open the store of a node that is stopped."""
        if ON_POSTGRESQL:
            return await postgresql_store.open_store(postgresql_server.place(self.path))
        return await sqlite_store.open_store(self.path / "faifo.db")

    def integrity(self) -> str:
        if ON_POSTGRESQL:
            return "ok"
        connection = sqlite3.connect(self.path / "faifo.db", timeout=10)
        try:
            return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        finally:
            connection.close()


class Part(NodeProcess):
    """One process of several."""

    def __init__(self, node: NodeProcess, part: str) -> None:
        super().__init__(node._forker, node.path, node.port)
        self.part, self.inner_port = part, free_port()


class PartedNode(NodeProcess):
    """A node of three processes behind nginx.

    It is dead when one of them is, and up when a control part is. Each call of the management API
    goes to the next control part that is up.
    """

    def __init__(self, forker: Forker, path: Path, port: int) -> None:
        super().__init__(forker, path, port)
        self.control = [Part(self, "control"), Part(self, "control")]
        self.data = Part(self, "data")
        self._calls = itertools.count()
        self._front = contextlib.AsyncExitStack()
        self._in_front = False

    @property
    def parts(self) -> list[Part]:
        return [*self.control, self.data]

    async def start(self, *, before: Callable[[int], Any] | None = None) -> None:
        assert before is None
        if not self._in_front:
            listening = [[one.inner_port for one in self.control], [self.data.inner_port]]
            ports = balancing.Ports(self.port, *listening)
            await self._front.enter_async_context(balancing.balanced("nginx", self.path, ports))
            self._in_front = True
        missing = [one for one in self.parts if not one.alive]
        for result in await asyncio.gather(
            *(one.start() for one in missing), return_exceptions=True
        ):
            if isinstance(result, BaseException):
                raise result
        self.starts += 1

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        await asyncio.gather(*(one.kill(number) for one in self.parts))

    async def kill_some(self, chosen: random.Random) -> None:
        await chosen.choice(self.parts).kill()

    async def death(self) -> None:
        await _first(one.death() for one in self.parts)

    async def up(self) -> None:
        await _first(one.up() for one in self.control)

    @property
    def alive(self) -> bool:
        return all(one.alive for one in self.parts)

    @property
    def manage_url(self) -> str:
        up = [one for one in self.control if one.alive] or self.control
        return up[next(self._calls) % len(up)]._url

    async def close(self) -> None:
        await self.kill()
        await self._front.aclose()
        await super().close()


async def _first(awaited: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Wait until one of them has come."""
    tasks = [asyncio.ensure_future(one) for one in awaited]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


MakeNode = Callable[..., NodeProcess]


def _death_of(pid: int) -> asyncio.Future[None]:
    loop = asyncio.get_running_loop()
    dead: asyncio.Future[None] = loop.create_future()
    descriptor = os.pidfd_open(pid)

    def gone() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        if not dead.done():
            dead.set_result(None)

    loop.add_reader(descriptor, gone)
    return dead


# Nothing listens yet on those that were given last.
_GIVEN: deque[int] = deque(maxlen=200)


def free_port() -> int:
    """Return a free port below those that the system gives to outgoing connections.

    No other worker of this run is given it, and this one not soon again.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = random.SystemRandom().randrange(20_000 + worker % 8, 32_000, 8)
        if port in _GIVEN:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _GIVEN.append(port)
        return port


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    process = Forker()
    yield process
    process.close()


@pytest.fixture
async def make_node(
    forker: Forker, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[MakeNode]:
    """Make a node's directory on a free port; all its processes end with the test."""
    made: list[NodeProcess] = []
    numbers = itertools.count(1)

    def make(name: str = "", *, extra: str = "") -> NodeProcess:
        path = tmp_path_factory.mktemp(f"node{next(numbers)}-{name}-")
        data = path.with_name(path.name + "-data")
        data.mkdir()
        port = free_port()
        text = template(
            name=name,
            economy="VN",
            public_url=f"http://localhost:{port}",
            port=port,
            root=str(data),
            local=True,
        )
        text += extra
        if ON_POSTGRESQL:
            text += postgresql_server.section(path)
        (path / "faifo.toml").write_text(text)
        make_first_keys(path / "keys")
        write_secret(path / "manage.key", ids.new_secret().encode())
        node = (PartedNode if PARTED else NodeProcess)(forker, path, port)
        made.append(node)
        return node

    yield make
    for node in made:
        await node.close()


class Pair:
    """A provider and a consumer that trust each other, and the ways between them."""

    def __init__(self, provider: NodeProcess, consumer: NodeProcess) -> None:
        self.provider = provider
        self.consumer = consumer
        provider.trust(consumer.did)
        consumer.trust(provider.did)

    async def publish(self, content: str = "a,b\n1,2\n", **terms: Any) -> str:
        """Publish a small file and return the dataset's id."""
        folder = self.provider.path.with_name(self.provider.path.name + "-data")
        file = folder / f"{ids.new_secret()[:8]}.csv"
        file.write_text(content)
        body = {"location": str(file), "title": "A", **({"terms": terms} if terms else {})}
        return str((await self.provider.call("POST", "/datasets", body))["id"])

    async def negotiate(self, dataset: str, **order: Any) -> dict[str, Any]:
        body = {"node": self.provider.did, "dataset": dataset, "reuse": False, **order}
        return dict(await self.consumer.call("POST", "/negotiations", body))

    async def agreement(self, dataset: str, **order: Any) -> str:
        """Return the agreement of a negotiation that both sides have finalised."""
        begun = await self.negotiate(dataset, **order)
        done = await self.consumer.settled(f"/negotiations/{begun['pid']}")
        await self.provider.settled(f"/negotiations/{done['peer_pid']}")
        return str(done["agreement"])

    async def transfer(self, agreement: str) -> dict[str, Any]:
        """Return a transfer that both sides have started."""
        begun = await self.consumer.call("POST", "/transfers", {"agreement": agreement})
        done = await self.consumer.settled(f"/transfers/{begun['pid']}", "STARTED")
        await self.provider.settled(f"/transfers/{done['peer_pid']}", "STARTED")
        return done


@pytest.fixture
async def pair(make_node: MakeNode) -> Pair:
    """Two nodes that run."""
    both = Pair(make_node("provider"), make_node("consumer"))
    await asyncio.gather(both.provider.start(), both.consumer.start())
    return both


class TurnedAway:
    """What the log of nodes in this process says of callers: they themselves hear one sentence."""

    HEARD = "DCP 1.0 §4.3.3: the caller is not let in; why stands in the log of this node"
    NOT_HAD = "what the caller named cannot be reached: why stands in the log of this node"

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    @property
    def whys(self) -> list[str]:
        """The reasons, the newest last."""
        records = [one for one in self._caplog.records if one.name == "faifo.callers"]
        return [one.getMessage().partition(": ")[2] for one in records]

    @property
    def why(self) -> str:
        return self.whys[-1]


@pytest.fixture
def turned_away(caplog: pytest.LogCaptureFixture) -> TurnedAway:
    caplog.set_level("INFO", logger="faifo.callers")
    return TurnedAway(caplog)


@pytest.fixture
def die_at() -> Callable[..., contextlib.AbstractAsyncContextManager[None]]:
    """Let a process die in its n-th system call of a kind; without strace this proves nothing."""
    if ON_POSTGRESQL:
        pytest.skip("the system calls in which a process dies are SQLite's")
    strace = shutil.which("strace")
    if strace is None:
        reason = "strace is not installed (Debian: apt-get install strace)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return functools.partial(_die_at, strace)


@contextlib.asynccontextmanager
async def _die_at(strace: str, pid: int, call: str, number: int = 1) -> AsyncIterator[None]:
    inject = f"inject={call}:signal=KILL:when={number}"
    tracer = await asyncio.create_subprocess_exec(
        *(strace, "-f", "-p", str(pid), "-e", f"trace={call}", "-e", inject, "-o", "/dev/null"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert tracer.stderr
    told = await tracer.stderr.readline()
    assert b"attached" in told, told
    watch = asyncio.create_task(_let_die(pid, tracer))
    try:
        yield
    finally:
        watch.cancel()
        with contextlib.suppress(ProcessLookupError):
            tracer.kill()
        await tracer.communicate()


async def _let_die(pid: int, tracer: asyncio.subprocess.Process) -> None:
    """End strace where it waits for ever for a thread of the process that it has killed.

    Until then the process is a zombie that nobody can wait for, and there is no event to await.
    """
    status = Path(f"/proc/{pid}/status")
    while status.exists() and "State:\tZ" not in status.read_text():
        await asyncio.sleep(1)
    await asyncio.sleep(5)
    with contextlib.suppress(ProcessLookupError):
        tracer.kill()


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over all that was imported and collected: it stays."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers `-n auto` starts: many tests wait for another process."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return 2 * (cores or 1)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from spreading import Spreading

    config.option.loadscopereorder = False
    return Spreading(config, log)
