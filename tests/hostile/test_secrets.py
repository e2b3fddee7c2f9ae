"""No secret of a node leaves it: not in DEBUG logs, errors, timelines, answers, nor the journal.

Two real nodes run a whole flow with everything that can go wrong on the way; then every text that
came out of them is searched for every secret, raw, in hex and in both kinds of base64.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from harness import CONTEXT, Peer, RunningNode, free_port, peer, running, write_node

from faifo.store.contract import Transaction

pytestmark = pytest.mark.asyncio(loop_scope="module")

BACKEND_PASSWORD = "canary-backend-5b1f77e2c9"
CATALOG = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}


class _Log(logging.Handler):
    """Keeps every record of every logger, with tracebacks, as they would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Any:
    handler, root = _Log(), logging.getLogger()
    names = ("", "asyncio", "aiohttp", "aiohttp.client", "faifo")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def forms(secret: str) -> dict[str, str]:
    """Return the ways in which a secret could be written."""
    raw = secret.encode()
    plain = base64.b64encode(raw).decode().rstrip("=")
    url = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    # The end of a base64 text depends on what follows; its stem does not.
    return {
        "raw": secret,
        "escaped": json.dumps(secret)[1:-1],
        "hex": raw.hex(),
        "base64": plain[: len(plain) // 4 * 4 - 4],
        "base64url": url[: len(url) // 4 * 4 - 4],
    }


def found(secrets: dict[str, str], text: str) -> list[str]:
    return [
        f"{name} ({form})"
        for name, secret in secrets.items()
        for form, shape in forms(secret).items()
        if shape in text
    ]


def private_parts(node: RunningNode) -> dict[str, str]:
    """Return the secrets that lie in a node's directory."""
    secrets = {f"manage key of {node.path.name}": node.key}
    for path in (node.path / "keys").glob("*.json"):
        pem = json.loads(path.read_text())["private_key"]
        body = "".join(pem.splitlines()[1:-1])
        secrets[f"{path.name} of {node.path.name}"] = pem
        secrets[f"body of {path.name} of {node.path.name}"] = body
        secrets[f"inside of {path.name} of {node.path.name}"] = body[48:96]
    return secrets


async def _everything(node: RunningNode) -> list[str]:
    """Return every record that a node shows, and its journal."""
    texts = []
    for kind in ("datasets", "negotiations", "transfers", "agreements"):
        listed = await node.manage("GET", f"/{kind}?limit=1000")
        texts.append(listed.body.decode())
        for item in listed.json["items"]:
            texts.append(json.dumps(await node.timeline(item.get("pid") or item["id"])))

    async def journal(tx: Transaction) -> list[str]:
        rows = [msgspec.json.encode(row).decode() for _, row in await tx.journal.find()]
        return rows + [msgspec.json.encode(row).decode() for row in await tx.decisions.find()]

    return texts + await node.node.store.read(journal)


async def _failures(provider: RunningNode, consumer: RunningNode, friend: Peer) -> list[str]:
    """Provoke what can go wrong; returns the bodies of the answers."""
    token, told = friend.token(provider.did), []
    for bad in (token[:-2], token + "x", token, token):
        answer = await friend.call(provider, "POST", "/catalog/request", CATALOG, token=bad)
        told.append(answer.body.decode())
    for path, body in (
        ("/catalog", {"node": "did:web:nobody.example"}),
        ("/negotiations", {"node": "provider", "dataset": "nothing"}),
        ("/transfers", {"agreement": "nothing"}),
        ("/datasets", {"location": str(consumer.path / "keys")}),
        ("/datasets", {"location": "http://localhost/", "credentials": "manage.key"}),
    ):
        told.append((await consumer.manage("POST", path, body)).body.decode())
    return told


async def test_no_secret_is_in_anything_that_comes_out(tmp_path: Path, log: _Log) -> None:
    ports = {"provider": free_port(), "consumer": free_port()}
    dids = {name: f"did:web:localhost%3A{port}" for name, port in ports.items()}
    down = False
    seen: list[str] = []

    async def backend(request: web.Request) -> web.Response:
        seen.append(request.headers.get("X-Api-Key", ""))
        if down:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"answer": 42})

    async with peer() as friend:
        friend.handlers["/api"] = backend
        for name, other in (("provider", "consumer"), ("consumer", "provider")):
            trusted = {other: dids[other], "friend": friend.did}
            write_node(tmp_path / name, port=ports[name], trusted=trusted)
        (tmp_path / "provider" / "backend").write_text(f"X-Api-Key: {BACKEND_PASSWORD}\n")
        async with (
            running(tmp_path / "provider") as provider,
            running(tmp_path / "consumer") as consumer,
        ):
            location = f"http://localhost:{friend.port}/api"
            dataset = await provider.publish(location=location, credentials="backend")
            order = {"node": "provider", "dataset": dataset["id"]}
            begun = (await consumer.manage("POST", "/negotiations", order)).json
            deal = await consumer.settled("negotiations", begun["pid"], "FINALIZED")
            moving = await consumer.manage("POST", "/transfers", {"agreement": deal["agreement"]})
            pid = (await consumer.settled("transfers", moving.json["pid"], "STARTED"))["pid"]

            async def data_token(tx: Transaction) -> str:
                record = await tx.transfers.get(pid)
                assert record is not None
                assert record.data_address is not None
                values = record.data_address["endpointProperties"]
                return str({item["name"]: item["value"] for item in values}["authorization"])

            secrets = {
                **private_parts(provider),
                **private_parts(consumer),
                "data token": await consumer.node.store.read(data_token),
                "backend password": BACKEND_PASSWORD,
            }
            texts = []
            good = await consumer.manage("GET", f"/transfers/{pid}/data/x")
            assert (good.status, good.json) == (200, {"answer": 42})
            assert seen == [BACKEND_PASSWORD]
            texts += [good.body.decode(), str(good.headers)]
            down = True
            bad = await consumer.manage("GET", f"/transfers/{pid}/data/x")
            assert bad.status == 502
            texts += [bad.body.decode(), str(bad.headers)]
            down = False
            (tmp_path / "provider" / "backend").write_text(f"no header {BACKEND_PASSWORD}\n")
            # The gate reads it again after the next change of the dataset.
            provider.node.changes.ring(dataset["id"])
            wrong = await consumer.manage("GET", f"/transfers/{pid}/data/x")
            assert (wrong.status, wrong.json["code"]) == (503, "source-unavailable")
            texts.append(wrong.body.decode())
            texts += await _failures(provider, consumer, friend)
            end = await consumer.manage("POST", f"/transfers/{pid}/termination", {})
            assert end.status == 200
            await consumer.settled("transfers", pid, "TERMINATED")
            closed = await consumer.manage("GET", f"/transfers/{pid}/data/x")
            assert closed.status == 409
            texts += [closed.body.decode(), *await _everything(provider)]
            texts += await _everything(consumer)
            await asyncio.sleep(0)

    for text in texts:
        assert found(secrets, text) == [], text[:500]
    assert len(log.lines) > 10
    for line in log.lines:
        assert found(secrets, line) == [], line[:500]


async def test_the_search_finds_a_secret_in_every_form() -> None:
    secrets = {"key": BACKEND_PASSWORD}
    for name, shape in forms(BACKEND_PASSWORD).items():
        assert f"key ({name})" in found(secrets, f"before {shape} after")
    assert found(secrets, "before canary after") == []
