"""A participant is carried out, in and across with all that it has, and its log goes on."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from faifo.errors import ConflictError
from faifo.node.custody import carrying
from faifo.node.custody.carrying import carry
from faifo.node.custody.directory import Directory
from faifo.node.custody.making import make_node as make_directory
from faifo.node.custody.participants import leaving

OTHER_DISK = Path("/dev/shm")


async def _head(node: Any) -> tuple[str, int]:
    log = await node.call("GET", "/log")
    return log["origin"], log["size"]


async def _upload(node: Any, content: bytes) -> str:
    headers = {"Authorization": f"Bearer {node.key()}"}
    url = f"{node.manage_url}/manage/v1/uploads?name=rice.csv"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, data=content) as answer,
    ):
        location = (await answer.json())["location"]
    return str((await node.call("POST", "/datasets", {"location": location}))["id"])


@pytest.mark.parametrize("disk", ["the same", "another"])
async def test_out_and_across_with_everything(
    installation: Any, make_node: Any, run_faifo: Any, tmp_path: Path, disk: str
) -> None:
    home, acme, beta, pair = (
        installation.home, installation.acme, installation.beta, installation.pair,
    )  # fmt: skip
    if disk == "another" and (
        not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == tmp_path.stat().st_dev
    ):
        pytest.skip("there is no other file system")
    place = tmp_path if disk == "the same" else OTHER_DISK / f"faifo-{os.getpid()}"
    dataset = await _upload(acme, b"rice\n" * 100)
    agreement = await pair.agreement(dataset)
    transfer = await pair.transfer(agreement)
    assert await pair.read(transfer["pid"]) == b"rice\n" * 100
    origin, size = await _head(acme)
    books = {table: acme.records(table) for table in ("agreement", "negotiation", "transfer")}
    alone = place / "alone"
    try:
        code, _, err = await run_faifo("participant", "move", "acme", alone, home=home)
        assert code == 0, err
        assert not acme.path.exists()
        assert (await beta.call("GET", "/node"))["did"] == beta.did
        # By itself, in the place of the installation: its address is the same one.
        await home.stop()
        with (alone / "faifo.toml").open("a") as settings:
            settings.write(f"\n[listen]\nport = {home.port}\n")
        node = type(home)(home._forker, alone, home.port)
        await node.start()
        assert (await node.call("GET", "/node"))["did"] == acme.did
        node.public_url = acme.public_url
        assert {one: node.records(one) for one in books} == books
        after = await _head(node)
        assert after[0] == origin
        assert after[1] >= size
        await node.stop()
        await node.close()
        # Into another installation, at the first one's port.
        other = make_node("other")
        settings = other.path / "faifo.toml"
        settings.write_text(settings.read_text().replace(str(other.port), str(home.port)))
        move = ("participant", "move", alone, "--as", "acme")
        code, _, err = await run_faifo(*move, home=other)
        assert code == 0, err
        assert not alone.exists()
        await other.start()
        there = type(acme)(other, "acme", acme.data)
        there.did, there.base, there.public_url = acme.did, acme.base, acme.public_url
        assert (await there.call("GET", "/node"))["did"] == acme.did
        assert (await _head(there))[0] == origin
        assert (await _head(there))[1] >= after[1]
        assert {one.document["@id"] for one in there.records("agreement")} == {agreement}
        # What was uploaded came along, and is given to others.
        consumer = make_node("consumer")
        await consumer.start()
        again = type(pair)(there, consumer)
        transfer = await again.transfer(await again.agreement(dataset))
        assert await again.read(transfer["pid"]) == b"rice\n" * 100
        (kept,) = (await there.call("GET", "/datasets"))["items"]
        assert Path(kept["location"]).is_relative_to(there.path)
        after, before = await _head(there), after
        assert after[0] == origin
        assert after[1] > before[1]
        await there.close()
    finally:
        if disk == "another":
            shutil.rmtree(place, ignore_errors=True)


async def test_what_is_carried_is_served_by_nobody(
    installation: Any, run_faifo: Any, tmp_path: Path
) -> None:
    home, acme = installation.home, installation.acme
    carrying._write(Directory(acme.path), tmp_path / "to")
    await acme.gone()
    code, out, err = await run_faifo("serve", "--participant", "acme", home=home)
    assert code == 7
    assert "is being carried to" in err
    code, out, err = await run_faifo("participant", "move", "acme", tmp_path / "no", home=home)
    assert code == 7
    code, out, err = await run_faifo("participant", "list", home=home)
    assert "leaving" in out
    code, out, err = await run_faifo("participant", "move", "acme", tmp_path / "to", home=home)
    assert code == 0, err
    assert (tmp_path / "to" / "faifo.db").exists()


async def test_an_installation_is_no_participant_of_another(
    installation: Any, make_node: Any, run_faifo: Any
) -> None:
    other = make_node("other")
    code, _, err = await run_faifo(
        "participant", "move", installation.home.path, "--as", "in", home=other
    )
    assert code == 7
    assert "has participants of its own" in err


async def test_a_node_that_runs_by_itself_is_not_carried(
    installation: Any, make_node: Any, run_faifo: Any
) -> None:
    node = make_node("alone")
    await node.start()
    code, _, err = await run_faifo(
        "participant", "move", node.path, "--as", "in", home=installation.home
    )
    assert code == 7, err
    assert leaving(Directory(node.path)) is None
    assert (await node.call("GET", "/node"))["did"] == node.did


# ── killed at each step ──────────────────────────────────────────────────────────────────────────

SETTINGS = '[node]\npublic_url = "https://acme.example"\n'


def _killed(source: Path, to: Path, step: int) -> bool:
    """Carry in a process that is killed before its `step`-th change; tell whether it was."""
    pid = os.fork()
    if pid == 0:
        left = step

        def counted(module: Any, name: str) -> None:
            before = getattr(module, name)

            def change(*arguments: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return before(*arguments, **named)

            setattr(module, name, change)

        for module, name in (
            (Path, "rename"), (Path, "unlink"), (Path, "mkdir"), (os, "fsync"),
            (os, "unlink"), (os, "rmdir"), (carrying.shutil, "copy2"),
        ):  # fmt: skip
            counted(module, name)
        try:
            carry(Directory(source), to)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def _whole(path: Path) -> bool:
    names = ("faifo.toml", "faifo.db", "manage.key", "keys", "trust.toml")
    return all((path / name).exists() for name in names)


def _may_be_served(path: Path) -> bool:
    return _whole(path) and leaving(Directory(path)) is None


@pytest.mark.parametrize("disk", ["the same", "another"])
def test_killed_at_any_step_it_is_in_one_place_and_goes_on(tmp_path: Path, disk: str) -> None:
    if disk == "another" and (
        not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == tmp_path.stat().st_dev
    ):
        pytest.skip("there is no other file system")
    place = tmp_path if disk == "the same" else OTHER_DISK / f"faifo-kill-{os.getpid()}"
    home = tmp_path / "home"
    make_directory(home, '[node]\npublic_url = "https://home.example"\n')
    steps = 0
    while True:
        steps += 1
        source, to = home / "participants" / f"p{steps}", place / f"to{steps}"
        make_directory(source, SETTINGS)
        (source / "uploads").mkdir()
        (source / "uploads" / "a.csv").write_bytes(b"a\n" * 10_000)
        key = (source / "manage.key").read_bytes()
        killed = _killed(source, to, steps)
        both = [_may_be_served(source), _may_be_served(to)]
        assert both != [True, True], steps
        assert _whole(source) or _whole(to), steps
        if source.exists():
            carry(Directory(source), to)
        assert _may_be_served(to), steps
        assert not source.exists()
        assert (to / "manage.key").read_bytes() == key
        assert (to / "uploads" / "a.csv").read_bytes() == b"a\n" * 10_000
        if not killed:
            break
    if disk == "another":
        shutil.rmtree(place, ignore_errors=True)
    assert steps > 5


def test_something_else_where_it_is_to_be_stays(tmp_path: Path) -> None:
    source, to = tmp_path / "home" / "participants" / "acme", tmp_path / "to"
    make_directory(tmp_path / "home", '[node]\npublic_url = "https://home.example"\n')
    make_directory(source, SETTINGS)
    to.mkdir()
    (to / "mine").write_text("mine")
    with pytest.raises(ConflictError):
        carry(Directory(source), to)
    assert leaving(Directory(source)) is None
    assert [one.name for one in to.iterdir()] == ["mine"]


# ── the process that serves them is killed ───────────────────────────────────────────────────────


async def test_killed_again_and_again_both_books_stay_whole(installation: Any) -> None:
    chosen = random.Random(22)
    home, acme, beta, pair = (
        installation.home, installation.acme, installation.beta, installation.pair,
    )  # fmt: skip
    datasets = [await pair.publish(f"{number}\n") for number in range(8)]
    order = {"node": acme.did, "reuse": False}
    begun = []
    for dataset in datasets:
        begun.append(await beta.call("POST", "/negotiations", {**order, "dataset": dataset}))
        if len(begun) % 2 == 0:
            await asyncio.sleep(chosen.uniform(0, 0.05))
            await home.kill()
            await home.start()
    done = [await beta.settled(f"/negotiations/{one['pid']}") for one in begun]
    assert {one["state"] for one in done} == {"FINALIZED"}
    for one in done:
        await acme.settled(f"/negotiations/{one['peer_pid']}")
    for node in (acme, beta):
        assert node.integrity() == "ok"
        assert len(node.records("agreement")) == len(datasets)
        found = {one.document["@id"] for one in node.records("agreement")}
        assert found == {one["agreement"] for one in done}
