"""A passport travels with its dataset; the other node proves it, judges it, and only then asks."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web

pytest.importorskip("polars", reason="needs faifo[ai]")
pytest.importorskip("sklearn", reason="needs faifo[ai]")

from faifo import clock, ids
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.ai.passport.build import build, read_description, sign, withdraw
from faifo.node.keyring import make_key, read_keyring
from faifo.trust.keys import KeyPurpose

ABOUT = b"""
name = "Loan scorer"
version = "1.0"
kind = "system"
purpose = "Proposes decisions"
users = "Clerks"
affected = "Applicants"
limits = "Not for firms"
issuer = {name = "Bank", economy = "VN"}
risk = {severity = 2, probability = 2, reason = "can be appealed"}
"""
PACK = """
id = "test"
version = "1"
title = {en = "Test", vi = "Thử"}
source = "this test"
note = {en = "-", vi = "-"}
valid_from = 2026-01-01

[[clauses]]
id = "impact"
source = "this test"
mapping = "evidence mapped to"
text = {en = "impact", vi = "tác động"}
method = "group-fairness"
figure = "disparate_impact_ratio"
slices = "attributes"
at_least = 0.8

[[clauses]]
id = "described"
source = "this test"
mapping = "evidence mapped to"
text = {en = "described", vi = "mô tả"}
part = "croissant"
kinds = ["dataset"]
"""
# group → (rows, selected)
FAIR = {"a": (9000, 4500), "b": (9000, 4500)}
UNFAIR = {"a": (9000, 6000), "b": (9000, 3000)}
FEW = {"a": (300, 150), "b": (150, 64)}


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Exchange:
    """A bank that offers models with passports, a regulator's node, and the model's own server."""

    def __init__(self, provider: Any, consumer: Any, folder: Path, backend: str) -> None:
        self.provider = provider
        self.consumer = consumer
        self.folder = folder
        self.backend = backend
        self.calls = 0
        self.table = folder
        self.pack = folder / "pack.toml"
        self.pack.write_text(PACK)
        ring = read_keyring(provider.path / "keys", did=provider.did)
        self.key = ring.signing(KeyPurpose.PASSPORT)

    def passport(
        self, counts: dict[str, tuple[int, int]], *, key: Any = None, kind: str = "system"
    ) -> Path:
        """Assess answers with these counts and write the signed passport."""
        rows = ["y,d,race"]
        for group, (n, selected) in counts.items():
            # A third of each is labelled otherwise than it is decided.
            for row in range(n):
                decided = int(row < selected)
                rows.append(f"{1 - decided if row % 3 == 0 else decided},{decided},{group}")
        table = self.folder / f"{ids.new_secret()[:8]}.csv"
        table.write_text("\n".join(rows) + "\n")
        others = ("calibration", "robustness", "attribute-flip", "membership", "data-quality")
        found = assess(
            Request(data=table, label="y", prediction="d", groups=("race",), without=others)
        ).found
        made = build(
            read_description(ABOUT.replace(b'"system"', f'"{kind}"'.encode())),
            found,
            id=ids.new_urn(clock.now()),
            did=(key or self.key).id.partition("#")[0],
            now=clock.now() - timedelta(seconds=1),
        )
        self.table = table
        path = table.with_suffix(".passport.json")
        path.write_bytes(sign(made, key or self.key))
        return path

    async def cli(self, *arguments: Any) -> Ran:
        environ = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "faifo", *map(str, arguments)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environ,
        )
        out, err = await process.communicate()
        return Ran(process.returncode or 0, out.decode(), err.decode())

    async def publish(self, name: str, passport: Path) -> Ran:
        """Publish the model's API under a name."""
        where = ("--id", name, "--passport", passport, "--dir", self.provider.path)
        return await self.cli("publish", self.backend, *where)

    async def call(self, name: str, *more: Any) -> Ran:
        """Call the model, if its passport is accepted."""
        pack = ("--require-passport", self.pack, "--dir", self.consumer.path)
        return await self.cli("call", self.provider.did, name, "/predict", *pack, *more)

    def agreements(self) -> int:
        return len(self.provider.records("agreement"))


@pytest.fixture
async def exchange(make_node: Any, tmp_path: Path) -> AsyncIterator[Exchange]:
    provider, consumer = make_node("bank"), make_node("regulator")
    provider.trust(consumer.did)
    consumer.trust(provider.did)
    make_key(provider.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    made: list[Exchange] = []

    async def predict(_: web.Request) -> web.Response:
        made[0].calls += 1
        return web.json_response({"approved": True})

    app = web.Application()
    app.router.add_get("/predict", predict)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    made.append(Exchange(provider, consumer, tmp_path, f"http://127.0.0.1:{port}"))
    await asyncio.gather(provider.start(), consumer.start())
    yield made[0]
    await runner.cleanup()


async def test_an_accepted_passport_lets_the_call_through_until_it_is_withdrawn(
    exchange: Exchange,
) -> None:
    passport = exchange.passport(FAIR)
    ran = await exchange.publish("fair", passport)
    assert ran.code == 0, ran.err
    called = await exchange.call("fair")
    assert (called.code, json.loads(called.out)) == (0, {"approved": True}), called.err
    assert "all of it at least 0.8" in called.err
    assert exchange.calls == 1

    out = exchange.folder / "gone.json"
    told = await exchange.cli(
        "ai", "passport", "withdraw", passport, "--reason", "wrong labels", "--out", out,
        "--dir", exchange.provider.path,
    )  # fmt: skip
    assert told.code == 0, told.err
    assert "withdrawn in the catalog: fair" in told.out

    called = await exchange.call("fair")
    assert (called.code, called.out) == (3, "")
    assert "status: withdrawn by its issuer" in called.err
    # Without the option, too: the provider's gate refuses the running transfer.
    plain = await exchange.cli(
        "call", exchange.provider.did, "fair", "/predict", "--dir", exchange.consumer.path
    )
    assert (plain.code, plain.out) == (3, "")
    assert "the provider has withdrawn this dataset's AI passport" in plain.err
    assert exchange.calls == 1
    shown = await exchange.consumer.call("POST", "/catalog", {"node": exchange.provider.did})
    assert [one["passport_status"] for one in shown["datasets"]] == ["withdrawn"]


async def test_a_key_made_since_the_start_may_withdraw(exchange: Exchange) -> None:
    passport = exchange.passport(FAIR)
    await exchange.publish("fair", passport)
    make_key(exchange.provider.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    out = exchange.folder / "gone.json"
    told = await exchange.cli(
        "ai", "passport", "withdraw", passport, "--reason", "wrong labels", "--out", out,
        "--dir", exchange.provider.path,
    )  # fmt: skip
    assert told.code == 0, told.err
    called = await exchange.call("fair")
    assert (called.code, exchange.calls) == (3, 0)
    assert "status: its issuer shows it as withdrawn" in called.err


async def test_a_disparate_impact_is_refused_with_the_figure_and_its_interval(
    exchange: Exchange,
) -> None:
    await exchange.publish("unfair", exchange.passport(UNFAIR))
    called = await exchange.call("unfair")
    assert (called.code, called.out) == (3, "")
    assert "“disparate impact ratio” of race is 0.5 (0.4" in called.err
    assert "all of it under 0.8" in called.err
    assert (exchange.calls, exchange.agreements()) == (0, 0)
    vi = await exchange.call("unfair", "--lang", "vi")
    assert "0.5 (0.4" in vi.err
    assert vi.err != called.err
    got = await exchange.cli(
        "get", exchange.provider.did, "unfair", "-o", exchange.folder / "x",
        "--require-passport", exchange.pack, "--dir", exchange.consumer.path,
    )  # fmt: skip
    assert got.code == 3
    assert not (exchange.folder / "x").exists()


async def test_an_interval_that_is_too_wide_asks_for_more(exchange: Exchange) -> None:
    await exchange.publish("few", exchange.passport(FEW))
    called = await exchange.call("few")
    assert (called.code, called.out) == (3, "")
    assert "too wide to tell whether it is at least 0.8; more data is needed" in called.err
    assert (exchange.calls, exchange.agreements()) == (0, 0)


async def test_a_dataset_without_a_passport_is_refused(exchange: Exchange) -> None:
    body = {"location": exchange.backend, "id": "bare"}
    await exchange.provider.call("POST", "/datasets", body)
    called = await exchange.call("bare")
    assert called.code == 3
    assert "the dataset bare has no passport" in called.err


async def test_the_envelope_travels_as_it_was_signed(exchange: Exchange) -> None:
    passport = exchange.passport(FEW)
    await exchange.publish("few", passport)
    query = {"node": exchange.provider.did, "dataset": "few"}
    shown = (await exchange.consumer.call("POST", "/catalog", query))["datasets"][0]
    assert shown["passport"] == passport.read_text()
    assert shown["passport_status"] == "valid"
    whole = await exchange.consumer.call("POST", "/catalog", {"node": exchange.provider.did})
    assert whole["datasets"][0]["passport"] is None
    assert whole["datasets"][0]["passport_sha256"] == shown["passport_sha256"]


async def test_a_passport_of_data_stands_beside_these_data_only(exchange: Exchange) -> None:
    passport = exchange.passport(FEW, kind="dataset")
    folder = exchange.provider.path.with_name(exchange.provider.path.name + "-data")
    same, other = folder / "same.csv", folder / "other.csv"
    same.write_bytes(exchange.table.read_bytes())
    other.write_bytes(b"y,d,race\n")
    where = ("--passport", passport, "--dir", exchange.provider.path)
    ran = await exchange.cli("publish", other, "--id", "other", *where)
    assert (ran.code, "artefact digest: the published file" in ran.err) == (6, True), ran.err
    ran = await exchange.cli("publish", same, "--id", "same", *where)
    assert ran.code == 0, ran.err
    got = await exchange.cli(
        "get", exchange.provider.did, "same", "-o", exchange.folder / "got.csv",
        "--require-passport", exchange.pack, "--dir", exchange.consumer.path,
    )  # fmt: skip
    assert got.code == 0, got.err
    assert "The passport holds the part: croissant." in got.err
    assert (exchange.folder / "got.csv").read_bytes() == same.read_bytes()


async def test_a_pack_may_be_named(exchange: Exchange) -> None:
    await exchange.publish("few", exchange.passport(FEW))
    where = ("--dir", exchange.consumer.path)
    ran = await exchange.cli(
        "call", exchange.provider.did, "few", "--require-passport", "asean", *where
    )
    assert (ran.code, "[asean-2024/fairness.impact]" in ran.err) == (3, True), ran.err
    ran = await exchange.cli(
        "call", exchange.provider.did, "few", "--require-passport", "nowhere", *where
    )
    assert (ran.code, "there is no policy pack nowhere" in ran.err) == (2, True), ran.err


def tampered(text: str) -> str:
    body = json.loads(text)
    payload = json.loads(base64.b64decode(body["payload"]))
    payload["predicate"]["purpose"] = "Decides alone"
    body["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
    return json.dumps(body)


async def test_a_passport_that_was_changed_is_not_published(exchange: Exchange) -> None:
    passport = exchange.passport(FEW)
    passport.write_text(tampered(passport.read_text()))
    ran = await exchange.publish("few", passport)
    assert ran.code == 6
    assert "the signature was not made with the key" in ran.err
    assert (await exchange.provider.call("GET", "/datasets"))["items"] == []


async def test_a_provider_that_changes_a_passport_is_found_out(exchange: Exchange) -> None:
    await exchange.publish("fair", exchange.passport(FAIR))
    await exchange.provider.stop()
    database = sqlite3.connect(exchange.provider.path / "faifo.db")
    record = json.loads(database.execute("SELECT record FROM dataset").fetchone()[0])
    record["passport"]["envelope"] = tampered(record["passport"]["envelope"])
    database.execute("UPDATE dataset SET record = ?", (json.dumps(record),))
    database.commit()
    database.close()
    await exchange.provider.start()
    called = await exchange.call("fair")
    assert (called.code, called.out) == (3, "")
    assert "the signature was not made with the key" in called.err
    assert (exchange.calls, exchange.agreements()) == (0, 0)


async def test_a_passport_of_another_issuer_is_not_published(exchange: Exchange) -> None:
    make_key(exchange.consumer.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    ring = read_keyring(exchange.consumer.path / "keys", did=exchange.consumer.did)
    other = ring.signing(KeyPurpose.PASSPORT)
    ran = await exchange.publish("few", exchange.passport(FEW, key=other))
    assert ran.code == 6
    assert "is no passport key that this node publishes" in ran.err


async def test_nobody_else_withdraws_a_passport(exchange: Exchange) -> None:
    passport = exchange.passport(FEW)
    await exchange.publish("few", passport)
    make_key(exchange.consumer.path / "keys", KeyPurpose.PASSPORT, now=clock.now())
    other = read_keyring(exchange.consumer.path / "keys", did=exchange.consumer.did).signing(
        KeyPurpose.PASSPORT
    )
    did = exchange.consumer.did
    body = withdraw(passport.read_bytes(), issuer=did, reason="no", now=clock.now(), key=other)
    status, _ = await exchange.provider.raw(
        "POST", "/passports/withdrawals", {"withdrawal": body.decode()}
    )
    assert status == 401
    items = (await exchange.provider.call("GET", "/datasets"))["items"]
    assert [one["passport_status"] for one in items] == ["valid"]


async def test_a_passport_over_the_limit_is_refused(exchange: Exchange) -> None:
    body = {"location": exchange.backend, "id": "x", "passport": "x" * (256 * 1024 + 1)}
    status, answer = await exchange.provider.raw("POST", "/datasets", body)
    assert (status, json.loads(answer)["code"]) == (413, "too-large")


async def test_a_caller_cannot_make_the_node_read_its_files(exchange: Exchange) -> None:
    query = {"node": exchange.provider.did, "dataset": "x", "pack": "/etc/passwd"}
    status, answer = await exchange.consumer.raw("POST", "/passports/check", query)
    assert (status, json.loads(answer)["code"]) == (404, "not-found")
