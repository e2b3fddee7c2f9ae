"""What an administrator does, with two nodes that run."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import commanding
import faifo
from faifo.client import NotRunningError
from faifo.errors import NotProvenError


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


async def command(*arguments: Any) -> Ran:
    """Run the command line in a process of its own, while the nodes of the test work."""
    ran = await asyncio.to_thread(
        subprocess.run,
        [commanding.faifo(), *map(str, arguments)],
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


async def faults(node: Any, *arguments: str) -> list[str]:
    ran = await command("doctor", *arguments, "--json", "--dir", node.path)
    return [one["check"] for one in ran.json() if one["state"] == "fault"]


async def test_the_doctor_and_two_real_nodes(shared: Any):
    await shared.publish("a.csv", b"a\n")
    assert await faults(shared.consumer, "rice") == []
    assert await faults(shared.provider, shared.consumer.did) == []
    ran = await command("doctor", "rice", "--dir", shared.consumer.path)
    assert (
        f"  ok   seen from {shared.provider.did}, this node is as it should be: document, "
        "version and callback address (" in ran.out
    )
    shared.provider.trust()
    assert await faults(shared.consumer, "rice") == ["not-trusted-there"]
    await shared.provider.stop()
    assert await faults(shared.consumer, "rice") == ["peer-unreachable"]
    assert await faults(shared.provider) == []


async def test_a_public_url_that_leads_nowhere_is_named_from_the_other_side(shared: Any):
    """The partner remembers our document and lets us in; only its probe sees that we are gone."""
    consumer = shared.consumer
    assert await faults(consumer, "rice") == []
    await consumer.stop()
    file = consumer.path / "faifo.toml"
    text = file.read_text()
    assert f"\nport = {consumer.port}\n" in text
    file.write_text(text.replace(f"\nport = {consumer.port}\n", "\nport = 0\n"))
    await consumer.start()
    ran = await command("doctor", "rice", "--json", "--dir", consumer.path)
    found = {one["check"]: one for one in ran.json() if one["state"] == "fault"}
    assert list(found) == ["own-unreachable", "seen-unreachable"]
    seen = found["seen-unreachable"]
    assert seen["text"] == (
        f"seen from {shared.provider.did}, this node cannot be reached: {consumer.public_url}"
        "/.well-known/did.json cannot be reached: Connection refused"
    )
    assert seen["advice"].startswith(f"make {consumer.public_url} lead to this node from outside")


async def test_a_key_is_changed_while_partners_work(shared: Any):
    url = await shared.publish("a.csv", b"a,b\n1,2\n")
    node = shared.consumer
    ran = await command("node", "keys", "rotate", "--json", "--dir", node.path)
    assert ran.json() == {"key": "token-2", "purpose": "token", "restart": True}
    # The running node publishes both at once, and goes on with the old key.
    assert await faults(node) == []
    async with faifo.Client.connect(node.path) as client:
        await client.catalog("rice")
    await node.stop()
    await node.start()
    assert await faults(node, "rice") == []
    async with faifo.Client.connect(node.path) as client:
        done = await client.download("rice", url.rpartition("/")[2], node.path.parent / "got.csv")
    assert done.proven
    await command("node", "keys", "rotate", "--overlap-hours", "0", "--dir", node.path)
    assert await faults(node) == ["own-keys-retired"]
    await node.stop()
    await node.start()
    assert await faults(node) == []


async def test_a_transfer_is_paused_and_goes_on(shared: Any):
    await shared.publish("a.csv", b"a,b\n")
    async with faifo.Client.connect(shared.consumer.path) as client:
        agreed = await client.negotiate("rice", "a.csv")
        assert agreed.agreement is not None
        transfer = await client.start_transfer(agreed.agreement)
        ours = ["--dir", shared.provider.path]
        theirs = transfer.peer_pid
        ran = await command("exchange", "suspend", theirs, "--reason", "maintenance", *ours)
        assert ran.out == f"{theirs} is paused; {shared.consumer.did} knows.\n"
        assert (await client.get_transfer(transfer.pid)).state == "SUSPENDED"
        ran = await command("exchange", "resume", theirs, *ours)
        assert ran.out == f"{theirs} goes on; {shared.consumer.did} knows.\n"
        async with client.call(transfer.pid) as answer:
            assert await answer.read() == b"a,b\n"
        ran = await command("list", "transfers", "--state", "STARTED", "--json", *ours)
        assert [one["pid"] for one in ran.json()] == [theirs]
        ran = await command("list", "partners", "--json", *ours)
        (partner,) = ran.json()
        assert (partner["did"], partner["agreements"]) == (shared.consumer.did, 1)


async def test_a_backup_of_a_node_that_works_can_take_its_place(shared: Any, tmp_path: Path):
    await shared.publish("a.csv", b"a,b\n")
    async with faifo.Client.connect(shared.consumer.path) as client:
        agreed = await client.negotiate("rice", "a.csv")
        ran = await command("backup", tmp_path / "copy", "--dir", shared.consumer.path)
        assert ran.code == 0, ran.err
    await shared.consumer.stop()
    # As the restore note says.
    shared.consumer.path.rename(tmp_path / "away")
    ran = await command("restore", tmp_path / "copy", "--dir", shared.consumer.path)
    assert ran.code == 0, ran.err
    await shared.consumer.start()
    assert await faults(shared.consumer, "rice") == []
    async with faifo.Client.connect(shared.consumer.path) as client:
        again = await client.negotiate("rice", "a.csv")
        assert again.agreement == agreed.agreement
        done = await client.download("rice", "a.csv", tmp_path / "got.csv")
        assert done.agreement == agreed.agreement


async def test_the_client_without_await(shared: Any, tmp_path: Path):
    await shared.publish("a.csv", b"a,b\n")

    def work() -> tuple[str, str, list[str]]:
        with faifo.SyncClient.connect(shared.consumer.path) as client:
            found = client.catalog("rice").datasets[0].id
            done = client.download("rice", found, tmp_path / "got.csv")
            return found, done.sha256, [one.state or "" for one in client.transfers()]

    found, _, states = await asyncio.to_thread(work)
    assert (found, states) == ("a.csv", ["COMPLETED"])
    assert (tmp_path / "got.csv").read_bytes() == b"a,b\n"


async def test_a_wrong_key_and_a_stopped_node(shared: Any):
    await command("backup", shared.folder / "copy", "--dir", shared.consumer.path)
    key = shared.consumer.path / "manage.key"
    right = key.read_text()
    key.write_text("wrong")
    async with faifo.Client.connect(shared.consumer.path) as client:
        with pytest.raises(NotProvenError, match=r"^management key: "):
            await client.node()
    key.write_text(right)
    await shared.consumer.stop()
    with pytest.raises(NotRunningError, match=r"is not running; start it with: faifo serve"):
        faifo.Client.connect(shared.consumer.path)
