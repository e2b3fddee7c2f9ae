"""Two real nodes: the evidence of each is proven offline, and both say the same."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Any

import aiohttp

import commanding
from faifo.ledger.bundle import judge_bundle, read_bundle
from faifo.ledger.comparing import compare, entries_of
from faifo.ledger.page import verifier_page
from faifo.ledger.refused import Fault
from faifo.ledger.trust_policy import Policy, parse_policy
from faifo.ledger.verifying import judge

SOON = "\n[receipts]\ndelay_seconds = 0.05\n"
PATIENCE = 60.0


async def exchanged(pair: Any) -> str:
    """Agree on something and fetch it, and return the agreement once all receipts are there."""
    agreement: str = await pair.agreement(await pair.publish())
    transfer = await pair.transfer(agreement)
    status, _ = await pair.consumer.raw("GET", f"/transfers/{transfer['pid']}/data")
    assert status == 200
    await settled(pair, agreement)
    return agreement


async def settled(
    pair: Any, agreement: str, *, provider_has: int = 2, consumer_has: int = 2
) -> None:
    """Wait until each has so many receipts of the other, and owes none."""
    async with asyncio.timeout(PATIENCE):
        for node, wanted in ((pair.provider, provider_has), (pair.consumer, consumer_has)):
            while True:
                found = (await node.call("GET", f"/receipts?agreement={agreement}"))["items"]
                theirs = [one for one in found if one["whose"] == "theirs"]
                if len(theirs) == wanted and all(one["state"] != "owed" for one in found):
                    break
                await asyncio.sleep(0.05)


async def test_each_sides_evidence_is_proven_and_both_say_the_same(new_pair: Any, tmp_path: Path):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    judged = []
    for name, node in (("ours", pair.provider), ("theirs", pair.consumer)):
        answer = await node.call("GET", f"/evidence/{agreement}")
        raw = base64.b64decode(answer["content"])
        (tmp_path / f"{name}.zip").write_bytes(raw)
        key = (await node.call("GET", "/log"))["key"]
        judged.append(judge_bundle(name, raw, Policy()))
        bundle = judged[-1].bundle
        assert judged[-1].fault is None
        assert bundle is not None
        assert key in bundle.about.keys
        assert len(judged[-1].verdicts) == 4
        assert all(one.opening for one in judged[-1].verdicts)
        decisions = json.loads(bundle.files["decisions.json"])
        assert decisions
        assert all(one["document"]["reason"] for one in decisions)
        for lang, word in (("en", "Evidence about an agreement"), ("vi", "Bằng chứng")):
            page = bundle.files[f"summary.{lang}.html"].decode()
            assert word in page
            assert "@media print" in page
            assert agreement in page
        everything = b"".join(bundle.files.values())
        assert b"Bearer" not in everything
    found = compare(entries_of(one for each in judged for one in each.verdicts))
    assert (len(found.both), found.one_sided, found.contradictions) == (2, [], [])
    # With the one side's key alone the other side's receipts prove nothing.
    only = judge_bundle("b", (tmp_path / "ours.zip").read_bytes(), parse_policy(key))
    assert {one.fault.fault for one in only.verdicts if one.fault} == {Fault.ORIGIN}


async def test_a_forged_entry_in_a_bundle_is_caught(new_pair: Any):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    answer = await pair.provider.call("GET", f"/evidence/{agreement}")
    bundle = read_bundle(base64.b64decode(answer["content"]))
    name = next(one for one in bundle.files if one.endswith(".opening.json"))
    opening = json.loads(bundle.files[name])
    opening["record"] = opening["record"].replace('"agreement"', '"agreememt"')
    proof = name.replace(".opening.json", ".tlog-proof")
    policy = parse_policy("\n".join(bundle.about.keys))
    verdicts = judge({proof: bundle.files[proof], name: json.dumps(opening).encode()}, policy)
    assert {one.file: one.fault.fault if one.fault else None for one in verdicts} == {
        proof: None, name: Fault.OPENING,
    }  # fmt: skip


async def cli(node: Any, *words: Any) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(commanding.faifo(), *map(str, words), "--dir", str(node.path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""},
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_the_command_line_settles_a_dispute(new_pair: Any, tmp_path: Path):
    pair = await new_pair(SOON)
    agreement = await exchanged(pair)
    files = []
    for name, node in (("ours", pair.provider), ("theirs", pair.consumer)):
        files.append(tmp_path / f"{name}.zip")
        code, said = await cli(node, "evidence", agreement, "-o", files[-1])
        assert (code, said) == (
            0, f"{files[-1]}: 4 receipts; check it with: faifo verify {files[-1]}\n",
        )  # fmt: skip
        code, said = await cli(node, "reconcile", agreement)
        assert code == 0, said
        assert "Both sides wrote down the same (2):" in said
        assert "Only one side wrote down (0):" in said
    keys = [(await node.call("GET", "/log"))["key"] for node in (pair.provider, pair.consumer)]
    words = ("verify", *files, "--key", keys[0], "--key", keys[1])
    code, said = await cli(pair.consumer, *words)
    assert code == 0, said
    assert "which you gave" in said
    assert "Contradictions (0):" in said
    # What only one side wrote down is named.
    code, said = await cli(pair.consumer, "erase", agreement, "--reason", "mistake", "--yes")
    assert code == 0, said
    assert "No file of the database holds a copy any more." in said
    code, said = await cli(pair.consumer, "reconcile", agreement, "--json")
    assert code == 1
    assert [one["event"] for one in json.loads(said)["one_sided"]] == ["erased"]
    code, said = await cli(pair.provider, "erase", agreement, "--reason", "mistake", "--yes")
    assert code == 0, said
    for node in (pair.provider, pair.consumer):
        code, said = await cli(node, "reconcile", agreement)
        assert (code, "Only one side wrote down (0):" in said) == (0, True), said
        assert "Erased or not shown by both sides alike (4):" in said


async def test_every_node_serves_the_page_that_checks_receipts(new_pair: Any):
    pair = await new_pair(SOON)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{pair.provider.public_url}/log/verify.html") as answer,
    ):
        assert await answer.text() == verifier_page().text
        assert "script-src 'sha256-" in answer.headers["Content-Security-Policy"]
