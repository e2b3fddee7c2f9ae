"""One trace id runs through both nodes: request, messages, agreement, transfer, data."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from harness import did_of, free_port, peer, running, write_node
from test_secrets import BACKEND_PASSWORD, found, private_parts

from faifo.node.watching.logs import Context, JsonLines, TextLines
from faifo.store.contract import Transaction

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "X-Request-Id": "notebook-7"}


@pytest.fixture
def log() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """What the log would be, as JSON and as text, at debug."""
    texts, handlers = (io.StringIO(), io.StringIO()), []
    for text, form in zip(texts, (JsonLines(), TextLines()), strict=True):
        handler = logging.StreamHandler(text)
        handler.setFormatter(form)
        handler.addFilter(Context())
        handlers.append(handler)
    root = logging.getLogger("faifo")
    level = root.level
    root.setLevel(logging.DEBUG)
    for handler in handlers:
        root.addHandler(handler)
    yield texts
    for handler in handlers:
        root.removeHandler(handler)
    root.setLevel(level)


async def test_one_id_and_no_secret(tmp_path: Path, log: tuple[io.StringIO, io.StringIO]) -> None:
    seen: list[str] = []

    async def backend(request: web.Request) -> web.Response:
        seen.append(request.headers.get("traceparent", ""))
        return web.json_response({"answer": 42})

    ports = {"provider": free_port(), "consumer": free_port()}
    async with peer() as friend:
        friend.handlers["/api"] = backend
        for name, other in (("provider", "consumer"), ("consumer", "provider")):
            trusted = {other: did_of(ports[other]), "friend": friend.did}
            write_node(tmp_path / name, port=ports[name], trusted=trusted)
        (tmp_path / "provider" / "backend").write_text(f"X-Api-Key: {BACKEND_PASSWORD}\n")
        async with (
            running(tmp_path / "provider") as provider,
            running(tmp_path / "consumer") as consumer,
        ):
            location = f"http://localhost:{friend.port}/api"
            dataset = await provider.publish(location=location, credentials="backend")
            order = {"node": "provider", "dataset": dataset["id"]}
            begun = await consumer.manage("POST", "/negotiations", order, headers=PARENT)
            assert begun.headers["X-Request-Id"] == "notebook-7"
            deal = await consumer.settled("negotiations", begun.json["pid"], "FINALIZED")
            agreement = deal["agreement"]
            moving = await consumer.manage(
                "POST", "/transfers", {"agreement": agreement}, headers=PARENT
            )
            pid = (await consumer.settled("transfers", moving.json["pid"], "STARTED"))["pid"]
            data = await consumer.manage(
                "GET", f"/transfers/{pid}/data/x?password=canary-query-81", headers=PARENT
            )
            assert data.status == 200
            secrets = {
                **private_parts(provider),
                **private_parts(consumer),
                "backend password": BACKEND_PASSWORD,
                "query": "canary-query-81",
                "data token": await consumer.node.store.read(lambda tx: _token(tx, pid)),
            }
            for node in (provider, consumer):
                url = f"{node.manage_url}/metrics"
                headers = {"Authorization": f"Bearer {node.key}"}
                async with friend.client.get(url, headers=headers) as answer:
                    if answer.status == 200:  # else the library is not installed
                        assert found(secrets, await answer.text()) == []
            await asyncio.sleep(0)
    lines = [json.loads(line) for line in log[0].getvalue().splitlines()]
    assert len(lines) > 10
    public = [one for one in lines if one.get("face") == "public" and one.get("trace") == TRACE]
    told = {one["message"] for one in public}
    assert told >= {
        "POST /dsp/2025-1/negotiations/request",
        "POST /dsp/2025-1/negotiations/{pid}/agreement",
        "POST /dsp/2025-1/negotiations/{pid}/agreement/verification",
        "POST /dsp/2025-1/negotiations/{pid}/events",
        "POST /dsp/2025-1/transfers/request",
        "POST /dsp/2025-1/transfers/{pid}/start",
        "GET /data/{transfer}/{path}",
    }
    (access,) = [one for one in public if one["message"].startswith("GET /data/")]
    assert (access["agreement"], access["participant"]) == (agreement, did_of(ports["consumer"]))
    assert access["pid"].startswith("urn:uuid:")
    (relayed,) = [one for one in lines if one["message"].endswith("/data/{path}")]
    known = (relayed["trace"], relayed["request"], relayed["pid"], relayed["agreement"])
    assert known == (TRACE, "notebook-7", pid, agreement)
    assert relayed["key"] == "manage"
    for text in log:
        assert found(secrets, text.getvalue()) == []


async def _token(tx: Transaction, pid: str) -> str:
    record: Any = await tx.transfers.get(pid)
    values = record.data_address["endpointProperties"]
    return str({item["name"]: item["value"] for item in values}["authorization"])
