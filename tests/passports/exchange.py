"""Two nodes with AI passports between them, and assessments of known counts."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

import commanding

pytest.importorskip("polars", reason="needs faifo[ai]")

from faifo import clock, ids
from faifo.ai.assess.request import Request
from faifo.ai.assess.run import assess
from faifo.ai.passport.build import build, read_description, sign
from faifo.node.custody.keyring import read_keyring
from faifo.store.sqlite.speech import short
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
Counts = dict[str, tuple[int, int]]
# group → (rows, selected)
FAIR: Counts = {"a": (9000, 4500), "b": (9000, 4500)}
UNFAIR: Counts = {"a": (9000, 6000), "b": (9000, 3000)}
FEW: Counts = {"a": (300, 150), "b": (150, 64)}


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

    def passport(self, counts: Counts, *, key: Any = None, **about: Any) -> Path:
        """Assess answers with these counts and write the signed passport."""
        path = signed_passport(self.folder, counts, key or self.key, **about)
        self.table = path.with_suffix("").with_suffix(".csv")
        return path

    async def cli(self, *arguments: Any) -> Ran:
        environ = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""}
        process = await asyncio.create_subprocess_exec(
            *(commanding.faifo(), *map(str, arguments)),
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

    async def withdraw(self, passport: Path) -> Ran:
        """Withdraw with the provider's own key, and tell its node."""
        out = passport.with_suffix(".withdrawal.json")
        return await self.cli(
            "ai", "passport", "withdraw", passport, "--reason", "wrong labels", "--out", out,
            "--dir", self.provider.path,
        )  # fmt: skip

    async def check(self, name: str, **more: Any) -> Any:
        """Return what the consumer's node decides."""
        query = {"node": self.provider.did, "dataset": name, "pack_toml": self.pack.read_text()}
        return await self.consumer.call("POST", "/passports/check", query | more)

    async def review(self, name: str, outcome: str, **more: Any) -> Any:
        """Return what the consumer's node keeps of a person's decision."""
        query = {"node": self.provider.did, "dataset": name, "pack_toml": self.pack.read_text()}
        query |= {"person": "Lê Thị An", "outcome": outcome, "reason": "an officer sees refusals"}
        return await self.consumer.call("POST", "/passports/reviews", query | more)

    async def decisions(self, **narrowed: str) -> Any:
        asked = "&".join(f"{name}={value}" for name, value in narrowed.items())
        page = await self.consumer.call("GET", f"/passports/decisions?{asked}")
        return page["items"]

    async def fetch_did(self, node: Any) -> str:
        """Return the DID document that a node publishes now."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{node.public_url}/.well-known/did.json") as answer,
        ):
            return await answer.text()

    def change_passport(self, text: str) -> None:
        """Change the one passport that the stopped provider publishes, behind its back."""
        with closing(sqlite3.connect(self.provider.path / "faifo.db")) as database, database:
            record = json.loads(database.execute("SELECT record FROM dataset").fetchone()[0])
            record["passport"]["envelope"] = text
            database.execute("UPDATE dataset SET record = ?", (json.dumps(record),))

    def rename_dataset(self, name: str, other: str) -> None:
        """Have the stopped provider answer for `name` with a dataset that calls itself `other`."""
        with closing(sqlite3.connect(self.provider.path / "faifo.db")) as database, database:
            (text,) = database.execute(
                "SELECT record FROM dataset WHERE id = ?", (short(name),)
            ).fetchone()
            record = json.dumps(json.loads(text) | {"id": other})
            database.execute("UPDATE dataset SET record = ? WHERE id = ?", (record, short(name)))

    def agreements(self) -> int:
        return len(self.provider.records("agreement"))


def signed_passport(
    folder: Path, counts: Counts, key: Any, *, kind: str = "system", severity: int = 2
) -> Path:
    """Assess answers with these counts, and write them and the passport that `key` has signed."""
    rows = ["y,d,race"]
    for group, (n, selected) in counts.items():
        # A third of each is labelled otherwise than it is decided.
        for row in range(n):
            decided = int(row < selected)
            rows.append(f"{1 - decided if row % 3 == 0 else decided},{decided},{group}")
    table = folder / f"{ids.new_secret()[:8]}.csv"
    table.write_text("\n".join(rows) + "\n")
    others = ("calibration", "robustness", "attribute-flip", "membership")
    # What is about predictions makes a system.
    others += ("performance", "fairness") if kind == "dataset" else ("data-quality",)
    found = assess(
        Request(data=table, label="y", prediction="d", groups=("race",), without=others)
    ).found
    about = ABOUT.replace(b'"system"', f'"{kind}"'.encode())
    made = build(
        read_description(about.replace(b"severity = 2", f"severity = {severity}".encode())),
        found,
        id=ids.new_urn(clock.now()),
        did=key.id.partition("#")[0],
        now=clock.now() - timedelta(seconds=1),
    )
    path = table.with_suffix(".passport.json")
    path.write_bytes(sign(made, key))
    return path


def tampered(text: str) -> str:
    body = json.loads(text)
    payload = json.loads(base64.b64decode(body["payload"]))
    payload["predicate"]["purpose"] = "Decides alone"
    body["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
    return json.dumps(body)
