"""One that cannot be served is named, and takes nobody down with it."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import Any

from faifo.node.wiring.hosting import OPENED_AT_ONCE


async def test_one_that_cannot_be_opened_is_named_and_the_others_are_served(
    make_node: Any, join: Any, run_faifo: Any
) -> None:
    home = make_node("assoc")
    acme, beta, gamma = (join(home, one) for one in ("acme", "beta", "gamma"))
    text = (beta.path / "faifo.toml").read_text()
    (beta.path / "faifo.toml").write_text(text + "\n[bounds]\ndatasets = 0\n")
    (gamma.path / "faifo.db").write_bytes(b"no database" * 1000)
    await home.start()
    join(home, "delta", url=acme.public_url)
    async with asyncio.timeout(20):
        while "the participant delta is not served" not in home.log_tail():
            await asyncio.sleep(0.1)
    assert (await acme.call("GET", "/node"))["did"] == acme.did
    assert (await home.call("GET", "/node"))["did"] == home.did
    log = home.log_tail()
    for name in ("beta", "gamma", "delta"):
        assert f"the participant {name} is not served" in log, log
    assert "is the address of another participant of this installation" in log
    code, out, err = await run_faifo("participant", "list", "--json", home=home)
    found = {one["name"]: one for one in json.loads(out)}
    assert code == 1, err
    states = {name: one["state"] for name, one in found.items()}
    assert states == {"acme": "served", "beta": "broken", "gamma": "broken", "delta": "stopped"}
    code, out, _ = await run_faifo("participant", "list", home=home)
    assert "bounds.datasets" in out
    assert "gamma: " in out
    code, out, _ = await run_faifo("doctor", home=home)
    assert code == 1
    assert "The participant beta cannot be served" in out
    assert "The participant gamma cannot be served" in out
    assert "The participant delta is not served, though this node runs" in out
    assert "Participants: 4." in out
    # Mended, it is served without a restart.
    (beta.path / "faifo.toml").write_text(text)
    await beta.served()
    assert (await beta.call("GET", "/node"))["did"] == beta.did


async def test_one_whose_directory_goes_away_is_let_go_and_the_others_stay(
    installation: Any, run_faifo: Any
) -> None:
    acme, beta = installation.acme, installation.beta
    assert (await acme.call("GET", "/node"))["did"] == acme.did
    shutil.move(acme.path, acme.path.with_name(".acme.aside"))
    async with asyncio.timeout(20):
        while (await acme.raw("GET", "/node"))[0] != 404:
            await asyncio.sleep(0.1)
    assert (await beta.call("GET", "/node"))["did"] == beta.did
    shutil.move(acme.path.with_name(".acme.aside"), acme.path)
    async with asyncio.timeout(20):
        while (await acme.raw("GET", "/node"))[0] != 200:
            await asyncio.sleep(0.1)


async def test_more_than_are_opened_at_once_start_together(make_node: Any, join: Any) -> None:
    home = make_node("assoc")
    firms = [join(home, f"firm-{number}") for number in range(3 * OPENED_AT_ONCE)]
    await home.start()  # ready is said when all of them are, or after half a minute
    dids = [(await one.call("GET", "/node"))["did"] for one in firms]
    assert dids == [one.did for one in firms]
