"""Real nodes, each `faifo serve` in a process of its own; two of them that trust each other."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bench.figures import BenchError
from bench.processes import ROOT, Process, free_port, python, started
from bench.wire import Connection
from faifo import clock, ids
from faifo.node.custody.directory import write_secret
from faifo.node.custody.keyring import make_key
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.settings.model import template
from faifo.trust.keys import KeyPurpose

PURPOSE = "research"


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """A node's directory and what leads to it; `python` if it is not the one that runs here."""

    path: Path
    did: str
    port: int
    key: str
    log_level: str = "warning"
    python: str | None = None

    @property
    def database(self) -> Path:
        return self.path / "faifo.db"

    def command(self, port: int | None = None) -> list[str]:
        """Return how it is served: on its own port, or on another one behind a balancer."""
        words = [f"FAIFO_LISTEN_PORT={port}", "FAIFO_MANAGE_PORT=0"] if port else []
        command = python("faifo", "serve", "--dir", str(self.path))
        if self.python is not None:
            # Another build of the same version takes the packages that are there.
            packages = [str(ROOT / "src"), *(one for one in sys.path if one.endswith("packages"))]
            words.append(f"PYTHONPATH={os.pathsep.join(packages)}")
            command[0] = self.python
        return ["env", *words, *command, "--log-level", self.log_level, "--json"]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A running node."""

    home: Home
    process: Process
    manage_port: int

    def connection(self) -> Connection:
        """Return a connection to its management API, still to be opened."""
        return Connection(
            "127.0.0.1", self.manage_port, {"Authorization": f"Bearer {self.home.key}"}
        )


class Pair(msgspec.Struct, frozen=True):
    provider: Node
    consumer: Node


def make_homes(root: Path) -> tuple[Home, Home]:
    """Make directories for a provider, which may publish from `root/data`, and a consumer."""
    (root / "data").mkdir(parents=True)
    homes = (make_home(root, "provider"), make_home(root, "consumer"))
    for mine, other in (homes, homes[::-1]):
        write_trust(mine.path / "trust.toml", (TrustedParticipant(did=other.did),))
    return homes


def make_home(root: Path, name: str, change: Callable[[str], str] = str) -> Home:
    """Make a node's directory; `change` may rewrite its settings."""
    path = root / name
    path.mkdir(mode=0o700)
    port = free_port()
    settings = template(
        name=name,
        economy="",
        public_url=f"http://localhost:{port}",
        port=port,
        root=str(root / "data"),
        local=True,
    )
    (path / "faifo.toml").write_text(change(settings))
    # Those that every version knows; a node makes what it lacks at its start.
    for purpose in (KeyPurpose.TOKEN, KeyPurpose.PRESENTATION):
        make_key(path / "keys", purpose, now=clock.now())
    key = ids.new_secret()
    write_secret(path / "manage.key", key.encode())
    return Home(path=path, did=f"did:web:localhost%3A{port}", port=port, key=key)


@contextlib.contextmanager
def serving(home: Home, *, core: int | None = None, port: int | None = None) -> Iterator[Node]:
    """Serve `home` until the end of the block."""
    with started(Process(home.command(port), core=core, log=home.path / "log")) as process:
        record = msgspec.json.decode(process.first_line())
        port = urlsplit(record["manage_url"]).port
        assert port is not None
        yield Node(home=home, process=process, manage_port=port)


@contextlib.contextmanager
def pair(root: Path, *, core: int | None = None) -> Iterator[Pair]:
    """Make and serve two nodes; with `core` the provider has that core."""
    provider, consumer = make_homes(root)
    other = 1 - core if core is not None else None
    with serving(provider, core=core) as first, serving(consumer, core=other) as second:
        yield Pair(first, second)


async def publish(node: Node, location: str, **more: str) -> str:
    """Publish a file, an object or an HTTP API and return the id of the dataset."""
    async with node.connection() as connection:
        dataset = await connection.json(
            "POST",
            "/manage/v1/datasets",
            {
                **more,
                "location": location,
                "title": "A dataset to measure with",
                "terms": {"purposes": [PURPOSE, "statistics"]},
            },
        )
    return str(dataset["id"])


async def settled(
    connection: Connection, kind: str, record: dict[str, Any], wanted: str
) -> tuple[dict[str, Any], int]:
    """Follow a process as the client does, until it is in the wanted state; count the polls.

    With `settled=1` states on the way are not told.
    """
    polls = 0
    while record["state"] != wanted:
        if record["state"] == "TERMINATED":
            raise BenchError(f"{kind} {record['pid']} ended: {record.get('reason')}")
        polls += 1
        path = f"/manage/v1/{kind}/{record['pid']}?wait=30&revision={record['revision']}&settled=1"
        record = await connection.json("GET", path)
    return record, polls


@contextlib.asynccontextmanager
async def transfer(both: Pair, dataset: str) -> AsyncIterator[tuple[Connection, dict[str, Any]]]:
    """Negotiate and start a transfer; give a connection to the consumer and the transfer."""
    async with both.consumer.connection() as connection:
        order = {"node": both.provider.home.did, "dataset": dataset, "purpose": PURPOSE}
        begun = await connection.json("POST", "/manage/v1/negotiations", order)
        agreed, _ = await settled(connection, "negotiations", begun, "FINALIZED")
        begun = await connection.json(
            "POST", "/manage/v1/transfers", {"agreement": agreed["agreement"]}
        )
        running, _ = await settled(connection, "transfers", begun, "STARTED")
        yield connection, running
