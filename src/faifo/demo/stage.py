"""What every act has at hand: the narrator, the cast, and their management APIs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import msgspec

from faifo.api.node import Entry, Timeline
from faifo.api.processes import Process, Transfer
from faifo.api.reviews import BookedDecision
from faifo.client import Client
from faifo.client.transport import HttpTransport, Request
from faifo.demo.cast import Cast, Organisation
from faifo.demo.checks import ensure
from faifo.demo.children import Child, Children
from faifo.demo.model_service import Ready
from faifo.demo.narrator import Narrator
from faifo.running import running

T = TypeVar("T")

NODE = "faifo.demo.node_process"
PURPOSE = "research"
TERMS_PURPOSES = ("research", "statistics")
FOREIGN_PURPOSE = "marketing"
LOOK_SECONDS = 0.005
PATIENCE_SECONDS = 20.0


class Told(msgspec.Struct, frozen=True):
    """A protocol message as one side's book has it."""

    direction: str
    name: str
    sha256: str


class Stage:
    """The stage of one demo; what an act finds out for later acts is kept here."""

    def __init__(self, tell: Narrator, cast: Cast, children: Children) -> None:
        self.tell = tell
        self.cast = cast
        self.children = children
        self.service: Ready | None = None
        self.clients: dict[str, Client] = {}
        self._nodes: dict[str, Child] = {}
        self.running: Transfer | None = None
        self.passport = b""
        self.booked: BookedDecision
        self.agreements: dict[str, str] = {}
        self.transfers: list[Transfer] = []
        self.refused = 0
        self.accesses: dict[str, int] = {}
        self.crossed = 0

    @property
    def provider(self) -> Client:
        return self.clients[self.cast.provider.nick]

    @property
    def consumer(self) -> Client:
        return self.clients[self.cast.consumer.nick]

    def ensure(self, holds: bool, claim: str, got: object) -> None:
        """Go on only if what is about to be said is so; see `checks.ensure`."""
        ensure(holds, claim, got=got, lang=self.tell.lang)

    def accessed(self, transfer: Transfer, size: int) -> None:
        """Count one access through the data plane, to be compared with the books."""
        pid = transfer.peer_pid or ""
        self.accesses[pid] = self.accesses.get(pid, 0) + 1
        self.crossed += size

    async def start(self, *organisations: Organisation) -> None:
        """Start nodes, and keep a client of each once it answers as itself."""
        started = [(side, self.children.start(NODE, side.folder)) for side in organisations]
        for side, child in started:
            self._nodes[side.nick] = child
            self.clients[side.nick] = await self._connect(side, child)

    async def stop(self, organisation: Organisation) -> None:
        """End a node; it stays a member of the cast."""
        await self.clients.pop(organisation.nick).__aexit__(None, None, None)
        await asyncio.to_thread(self.children.end_one, self._nodes.pop(organisation.nick))

    async def _connect(self, organisation: Organisation, child: Child) -> Client:
        found = await child.ready(partial(running, organisation.folder))
        key = organisation.directory.read_manage_key()
        client = Client(found.manage_url, key, language=self.tell.lang)
        try:
            node = await client.node()
            self.ensure(node.did == organisation.did, "who-answers", node.did)
        except BaseException:
            await client.__aexit__(None, None, None)
            raise
        return client

    async def close(self) -> None:
        for client in self.clients.values():
            await client.__aexit__(None, None, None)


async def get(url: str, target: str, headers: dict[str, str]) -> tuple[int, bytes]:
    """Return status and body of a plain GET, past any node."""
    return await send("GET", url, target, headers)


async def send(
    method: str, url: str, target: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, bytes]:
    """Return status and body of a plain HTTP request, past any node."""
    transport = HttpTransport(url)
    try:
        asked = Request(method, target, headers, body, PATIENCE_SECONDS)
        async with transport.request(asked) as answer:
            return answer.status, await answer.read()
    finally:
        await transport.close()


async def settled(look: Callable[[], Awaitable[T]], good: Callable[[T], object]) -> T:
    """Return what `look` gives once it is `good`, or as it is when our patience ends."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_SECONDS
    while True:
        found = await look()
        if good(found) or loop.time() > until:
            return found
        await asyncio.sleep(LOOK_SECONDS)


async def until_state(client: Client, kind: str, pid: str, wanted: str) -> Process:
    """Return the process once it is in the state, or as it is when our patience ends."""
    look: Any = client.get_negotiation if kind == "negotiation" else client.get_transfer
    return await settled(lambda: look(pid), lambda process: process.state == wanted)


def messages(timeline: Timeline) -> Iterator[tuple[Entry, Told]]:
    """Return the protocol messages in a timeline, oldest first."""
    for entry in timeline.entries:
        if entry.kind == "message":
            way = "received" if entry.code.startswith("in") else "sent"
            message = str(entry.facts["message"])
            yield entry, Told(way, message, str(entry.detail.get("sha256", "")))
