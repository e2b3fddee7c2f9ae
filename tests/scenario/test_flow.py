"""The main job between two processes: publish, agree, transfer, read, complete."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aiohttp


async def test_a_file_reaches_the_consumer_and_both_books_say_the_same(pair: Any) -> None:
    dataset = await pair.publish("x\n" * 1000)
    agreement = await pair.agreement(dataset)
    transfer = await pair.transfer(agreement)
    status, content = await pair.consumer.raw("GET", f"/transfers/{transfer['pid']}/data")
    assert (status, content) == (200, b"x\n" * 1000)
    await pair.consumer.call("POST", f"/transfers/{transfer['pid']}/completion", {})
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    await pair.provider.settled(f"/transfers/{transfer['peer_pid']}", "COMPLETED")
    ours, theirs = (node.records("agreement") for node in (pair.consumer, pair.provider))
    assert [one.document for one in ours] == [one.document for one in theirs]
    assert [one.active for one in (*ours, *theirs)] == [True, True]
    assert [one.receipts for one in (*ours, *theirs)] == ["verified", "verified"]
    events = {
        one.event for node in (pair.consumer, pair.provider) for one in node.records("journal")
    }
    assert events.isdisjoint({"receipt-bad", "receipt-not-taken"})


async def test_waiting_until_it_is_settled_passes_over_the_way(pair: Any) -> None:
    dataset = await pair.publish("x\n")
    order = {"node": pair.provider.did, "dataset": dataset}
    begun = await pair.consumer.call("POST", "/negotiations", order)
    assert begun["state"] is None
    query = f"wait=30&revision={begun['revision']}&settled=1"
    after = await pair.consumer.call("GET", f"/negotiations/{begun['pid']}?{query}")
    assert after["state"] == "FINALIZED"
    assert after["revision"] > begun["revision"] + 1


async def test_a_client_behind_a_trusted_proxy_is_named_in_the_access_log(make_node: Any) -> None:
    said = {"X-Forwarded-For": "203.0.113.9", "X-Request-Id": "who-is-it"}
    for trusted, client in (('["127.0.0.0/8"]', "203.0.113.9"), ("[]", "127.0.0.1")):
        node = make_node("behind")
        settings = node.path / "faifo.toml"
        text = settings.read_text().replace(
            "[listen]\n", f"[listen]\ntrusted_proxies = {trusted}\n"
        )
        settings.write_text(text + '\n[log]\nformat = "json"\nfile = "faifo.log"\n')
        serving = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "faifo",
            "serve",
            "--dir",
            node.path,
            stdout=asyncio.subprocess.PIPE,
        )
        assert serving.stdout is not None
        assert b"is at" in await serving.stdout.readline()
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{node.port}/.well-known/dspace-version"
            async with session.get(url, headers=said) as answer:
                assert answer.status == 200
        serving.terminate()
        assert await serving.wait() == 0
        lines = [json.loads(line) for line in (node.path / "faifo.log").read_text().splitlines()]
        (line,) = [one for one in lines if "who-is-it" in json.dumps(one) and "client" in one]
        assert line["client"] == client
