"""One that cannot be served is named, and takes nobody down with it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
from typing import Any

import pytest
from tests.conftest import ON_POSTGRESQL, NodeProcess, free_port

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


async def test_a_participant_has_one_process_and_a_second_hears_who_has_it(
    installation: Any, forker: Any
) -> None:
    if ON_POSTGRESQL:
        pytest.skip("books in a database may be served by several processes")
    acme, home = installation.acme, installation.home
    other = NodeProcess(forker, acme.path, free_port())
    other.inner_port = other.port
    with pytest.raises(EOFError, match=f"acme is served already, by process {home.pid}"):
        await other.start()
    assert (await acme.call("GET", "/node"))["did"] == acme.did
    await home.kill()
    await other.start()
    await home.start()
    assert f"the participant acme is not served: the node in {acme.path}" in home.log_tail()
    assert f"is served already, by process {other.pid}" in home.log_tail()
    beta = installation.beta
    assert (await beta.call("GET", "/node"))["did"] == beta.did
    await other.close()


async def test_a_signal_has_the_files_of_participants_read_too(make_node: Any, join: Any) -> None:
    home = make_node("assoc")
    acme = join(home, "acme")
    text = (acme.path / "faifo.toml").read_text()
    assert text.count("[egress]\n") == 1
    text = text.replace("[egress]\n", '[egress]\nca_file = "authorities.pem"\n')
    (acme.path / "faifo.toml").write_text(text)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", "unused.key", "-out", "authorities.pem", "-subj", "/CN=one"],
        cwd=acme.path, check=True, capture_output=True,
    )  # fmt: skip
    await home.start()
    assert home.pid is not None
    os.kill(home.pid, signal.SIGHUP)
    async with asyncio.timeout(20):
        while "TLS files were read again: authorities.pem" not in home.log_tail():
            await asyncio.sleep(0.02)  # nobody tells a test
