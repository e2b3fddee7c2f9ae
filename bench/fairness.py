"""One partner's flow beside sixty-four busy ones: what it has of the provider against its share."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec

from bench.figures import Effort, Figure, Part, ratios
from bench.flow import one_flow
from bench.nodes import PURPOSE, Home, Node, make_home, publish, serving
from bench.processes import free_port
from bench.wire import Connection
from faifo import clock, ids
from faifo.node.custody.keyring import Keyring, make_first_keys, read_keyring
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.http.public.wellknown import DSP_PATH
from faifo.trust import self_issued
from faifo.trust.did_document import write_did_document
from faifo.trust.keys import KeyPurpose

BUSY, AT_ONCE = 64, 3
SHARE = 0.5
FLOOD = 64
HELPS = 1.0
WITHOUT = "\n[shares]\nplaces = 10000\nwaiting = 10000\nrequests_per_second = 1000000\n"
REQUESTS_A_FLOW = 5  # to the provider: dataset, request, verification, transfer, data
CATALOG = msgspec.json.encode(
    {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@type": "CatalogRequestMessage",
    }
)


class Busy:
    """A partner that only asks for catalogs, `AT_ONCE` at a time."""

    def __init__(self, folder: Path, port: int, name: str) -> None:
        self.path = f"/{name}/did.json"
        self.did = f"did:web:localhost%3A{port}:{name}"
        make_first_keys(folder / name)
        self.keys: Keyring = read_keyring(folder / name, did=self.did)
        signing = self.keys.signing(KeyPurpose.TOKEN)
        self.document = write_did_document(self.did, [signing], ())
        self.answered = self.turned_away = 0

    async def ask(self, provider: Home, until: asyncio.Event) -> list[float]:
        """Ask again and again; return how long each answer took, in ms."""
        key, took = self.keys.signing(KeyPurpose.TOKEN), []
        while not until.is_set():
            now = clock.now()
            token = self_issued.issue(
                key=key, did=self.did, audience=provider.did, jti=ids.new_urn(now), now=now
            )
            headers = {"Authorization": f"Bearer {token}"}
            begin = time.perf_counter()
            async with Connection("127.0.0.1", provider.port, headers) as connection:
                status, _ = await connection.call("POST", f"{DSP_PATH}/catalog/request", CATALOG)
            took.append((time.perf_counter() - begin) * 1000)
            self.answered += status == 200
            self.turned_away += status == 429
        return took


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="fairness", title=f"A partner's flow beside {BUSY} busy ones")
    (folder / "data").mkdir(parents=True)
    (folder / "busy").mkdir()
    port = free_port()
    busy = [Busy(folder / "busy", port, f"p{number}") for number in range(BUSY)]
    provider = make_home(folder, "provider")
    good = make_home(folder, "good")
    trusted = (good.did, *(one.did for one in busy))
    write_trust(provider.path / "trust.toml", tuple(map(_trusted, trusted)))
    write_trust(good.path / "trust.toml", (_trusted(provider.did),))
    shares, alone = [], []
    async with _documents(port, busy):
        with serving(provider) as node, serving(good) as consumer:
            file = folder / "data" / "kib.bin"
            file.write_bytes(bytes(range(256)) * 4)
            order = {
                "node": provider.did,
                "dataset": await publish(node, str(file)),
                "purpose": PURPOSE,
                "reuse": False,
            }
            await _flows(consumer, order, effort.busy_seconds / 2)
            for _ in range(effort.rounds):
                alone.append(await _flows(consumer, order, effort.busy_seconds))
                shares.append(await _beside(consumer, order, busy, provider, effort.busy_seconds))
        with_, without = await _flooded(effort, folder, busy)
    helped = ratios(with_, without)
    part.figures = [
        Figure(
            name="requests of the good partner / its fair share of all",
            unit="×",
            values=[share for share, _ in shares],
            target=SHARE,
            better="more",
        ),
        Figure(name="its flows by themselves", unit="1/s", values=alone, better="more"),
        Figure(
            name="its flows beside the busy ones",
            unit="1/s",
            values=[rate for _, rate in shares],
            better="more",
        ),
        Figure(name="beside a flood, with shares: a partner's p95", unit="ms", values=with_),
        Figure(name="beside a flood, without shares: a partner's p95", unit="ms", values=without),
        Figure(name="the one ÷ the other", unit="×", values=helped, target=HELPS),
    ]
    part.notes = [
        (
            f"{BUSY} partners ask for the catalog, {AT_ONCE} at a time each, without a pause; one"
            " more has one whole flow after the other. Its fair share is one of all the requests"
            f" that were answered divided by {BUSY + 1}; a flow is {REQUESTS_A_FLOW} of them."
            " Busy partners, provider and consumer share the machine's cores."
        ),
        (
            f"The flood is one partner's, who asks for the catalog {FLOOD} at a time; another asks"
            " for the same, once at a time. Two providers in turn: as they are, and with more"
            " places, waiting and requests a second than anybody asks for."
        ),
    ]
    return part


async def _flooded(
    effort: Effort, folder: Path, busy: list[Busy]
) -> tuple[list[float], list[float]]:
    """Return a partner's p95 in ms beside one that floods, with shares and without, by round."""
    flooding, calm = busy[:2]
    homes = (
        make_home(folder, "sharing"),
        make_home(folder, "unsharing", lambda text: text + WITHOUT),
    )
    found: tuple[list[float], list[float]] = [], []
    for home in homes:
        write_trust(home.path / "trust.toml", (_trusted(flooding.did), _trusted(calm.did)))
    with serving(homes[0]), serving(homes[1]):
        for _ in range(effort.rounds):
            for home, values in zip(homes, found, strict=True):
                until = asyncio.Event()
                flood = [asyncio.create_task(flooding.ask(home, until)) for _ in range(FLOOD)]
                await asyncio.sleep(effort.busy_seconds / 4)
                one = asyncio.create_task(calm.ask(home, until))
                await asyncio.sleep(effort.busy_seconds)
                until.set()
                took = sorted(await one)
                await asyncio.gather(*flood)
                values.append(took[int(len(took) * 0.95)])
    return found


def _trusted(did: str) -> TrustedParticipant:
    return TrustedParticipant(did=did)


async def _flows(consumer: Node, order: dict[str, Any], seconds: float) -> float:
    end, done, begin = time.perf_counter() + seconds, 0, time.perf_counter()
    async with consumer.connection() as connection:
        while time.perf_counter() < end:
            await one_flow(connection, order)
            done += 1
    return done / (time.perf_counter() - begin)


async def _beside(
    consumer: Node, order: dict[str, Any], busy: list[Busy], provider: Home, seconds: float
) -> tuple[float, float]:
    """Return the good partner's part of its fair share, and its flows a second."""
    until = asyncio.Event()
    asking = [asyncio.create_task(one.ask(provider, until)) for one in busy * AT_ONCE]
    await asyncio.sleep(seconds / 4)
    before, begin = sum(one.answered for one in busy), time.perf_counter()
    rate = await _flows(consumer, order, seconds)
    took = time.perf_counter() - begin
    others = sum(one.answered for one in busy) - before
    until.set()
    await asyncio.gather(*asking)
    mine = rate * took * REQUESTS_A_FLOW
    return mine / ((mine + others) / (BUSY + 1)), rate


@contextlib.asynccontextmanager
async def _documents(port: int, busy: list[Busy]) -> AsyncIterator[None]:
    """Serve the DID documents of all busy partners."""
    known = {one.path: one.document for one in busy}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
                body = known.get(path, b"")
                status = b"200 OK" if body else b"404 Not Found"
                head = (
                    b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                )
                writer.write(head % (status, len(body)) + body)
        writer.close()

    async with await asyncio.start_server(serve, "localhost", port):
        yield
