"""Participants deal with each other, and with nodes outside, as nodes by themselves do."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest


async def _flow(pair: Any) -> None:
    dataset = await pair.publish("x\n" * 1000)
    agreement = await pair.agreement(dataset)
    transfer = await pair.transfer(agreement)
    assert await pair.read(transfer["pid"]) == b"x\n" * 1000
    await pair.consumer.call("POST", f"/transfers/{transfer['pid']}/completion", {})
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "COMPLETED")
    await pair.provider.settled(f"/transfers/{transfer['peer_pid']}", "COMPLETED")
    ours, theirs = (node.records("agreement") for node in (pair.consumer, pair.provider))
    assert [one.document for one in ours] == [one.document for one in theirs]


async def test_two_participants_of_one_installation_exchange_a_file(installation: Any) -> None:
    await _flow(installation.pair)
    assert installation.home.records("negotiation") == []
    dids = {node.records("agreement")[0].peer for node in (installation.acme, installation.beta)}
    assert dids == {installation.acme.did, installation.beta.did}


@pytest.mark.parametrize("way", ["out", "in"])
async def test_a_participant_and_a_node_outside_exchange_a_file(
    installation: Any, make_node: Any, way: str
) -> None:
    outside = make_node("outside")
    await outside.start()
    between = type(installation.pair)
    both = (installation.acme, outside) if way == "out" else (outside, installation.acme)
    pair = between(*both)
    pair.read = between.read.__get__(pair)
    await _flow(pair)
    assert installation.beta.records("agreement") == []


async def test_one_that_is_added_is_served_without_a_restart(
    installation: Any, run_faifo: Any
) -> None:
    home = installation.home
    code, out, err = await run_faifo("participant", "add", "gamma", home=home)
    assert code == 0, err
    running = home.path / "participants" / "gamma" / "running.json"
    async with asyncio.timeout(20):
        while not running.exists():
            await asyncio.sleep(0.02)
    code, out, err = await run_faifo("status", "--participant", "gamma", "--json", home=home)
    assert (code, f'"did":"{home.did}:gamma"' in out) == (0, True), err


async def test_one_with_a_host_of_its_own_is_found_by_host(make_node: Any, join: Any) -> None:
    home = make_node("assoc")
    url = f"http://gamma.localhost:{home.port}"
    gamma = join(home, "gamma", url=url)
    await home.start()
    async with aiohttp.ClientSession() as session:
        for host, did in (
            (f"gamma.localhost:{home.port}", f"did:web:gamma.localhost%3A{home.port}"),
            (f"GAMMA.localhost:{home.port}", f"did:web:gamma.localhost%3A{home.port}"),
            (f"localhost:{home.port}", home.did),
            ("elsewhere.example", home.did),
        ):
            where = f"http://127.0.0.1:{home.port}/.well-known/did.json"
            async with session.get(where, headers={"Host": host}) as answer:
                assert (await answer.json(content_type=None))["id"] == did
    assert gamma.public_url == url
