"""A witness that nobody here wrote (torchwood's litewitness) cosigns our log, and no fork of it.

Its program for adding logs needs a module that cannot be had everywhere, so the rows are written
into its database as that program would.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from tests.conftest import Pair, free_port
from tests.receipts.forging import Forger
from tests.receipts.test_handing_over import receipts
from tests.receipts.test_split_views import until_event

from faifo.ledger.note import WITNESS, parse_vkey
from faifo.ledger.receipt import check_receipt, read_receipt
from faifo.ledger.tree import EMPTY_ROOT

NAME = "witness.example/lw"


class Running(NamedTuple):
    url: str
    vkey: str
    database: Path

    def know(self, key: str) -> None:
        """Have it watch a log, from nothing on."""
        origin = key.partition("+")[0]
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(
                "INSERT INTO log VALUES (?, 0, ?)", (origin, base64.b64encode(EMPTY_ROOT).decode())
            )
            connection.execute("INSERT INTO key VALUES (?, ?)", (origin, key))


@pytest.fixture
def witness(foreign: Callable[[str], Path], tmp_path: Path) -> Iterator[Running]:
    """Run the witness; its key is in an agent, as it wants it."""
    program = foreign("litewitness")
    if shutil.which("ssh-agent") is None:
        if os.environ.get("CI"):
            pytest.fail("ssh-agent is not there: openssh-client")
        pytest.skip("ssh-agent is not there: openssh-client")
    key, agent, database = tmp_path / "key", tmp_path / "a.sock", tmp_path / "witness.db"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    listed = subprocess.run(["ssh-keygen", "-lf", key], check=True, stdout=subprocess.PIPE)
    place = f"127.0.0.1:{free_port()}"
    with ExitStack() as ended:

        def start(*command: object, **streams: Any) -> subprocess.Popen[str]:
            made = subprocess.Popen([*map(str, command)], text=True, **streams)
            ended.callback(made.wait, 10)
            ended.callback(made.terminate)
            return made

        holding = start("ssh-agent", "-D", "-a", agent, stdout=subprocess.PIPE)
        assert holding.stdout is not None
        holding.stdout.readline()
        ended.enter_context(holding.stdout)
        environment = {**os.environ, "SSH_AUTH_SOCK": str(agent)}
        subprocess.run(["ssh-add", "-q", key], check=True, env=environment)
        running = start(
            *(program, "-db", database, "-name", NAME, "-listen", place, "-ssh-agent", agent),
            *("-key", listed.stdout.decode().split()[1]),
            stderr=subprocess.PIPE,
        )
        assert running.stderr is not None
        ended.enter_context(running.stderr)
        said = ""
        while "msg=listening" not in said:
            line = running.stderr.readline()
            assert line, said
            said += line
        (vkey,) = re.findall(r"vkey=(\S+)", said)
        yield Running(f"http://{place}", vkey, database)


async def test_a_foreign_witness_cosigns_our_log_and_no_fork_of_it(
    make_node: Any, witness: Running
):
    pair = Pair(make_node("provider"), make_node("consumer"))
    await asyncio.gather(pair.provider.start(), pair.consumer.start())
    witness.know((await pair.provider.call("GET", "/log"))["key"])
    key = parse_vkey(witness.vkey)
    assert (key.name, key.type) == (NAME, WITNESS)
    line = f"{witness.vkey} {witness.url}"
    await asyncio.gather(pair.provider.stop(), pair.consumer.stop())
    for node, wanted in ((pair.provider, 0), (pair.consumer, 1)):
        said = (
            f'[receipts]\ndelay_seconds = 0.05\nwitnesses = ["{line}"]\ncosignatures = {wanted}\n'
        )
        with (Path(node.path) / "faifo.toml").open("a") as settings:
            settings.write(f"\n{said}")
    await asyncio.gather(pair.provider.start(), pair.consumer.start())
    begun = await pair.negotiate(await pair.publish())
    done = await pair.consumer.settled(f"/negotiations/{begun['pid']}")
    await until_event(pair.consumer, "agreement-proven")
    found = await receipts(pair.consumer, done["agreement"])
    (theirs,) = [one for one in found if one["whose"] == "theirs"]
    read = read_receipt(theirs["receipt"].encode())
    check_receipt(read, parse_vkey(theirs["key"]), witnesses=[key], quorum=1)
    assert read.checkpoint.note.signed_by([key])[NAME] > 0

    # It takes nothing that contradicts what it has seen, though our key signed it.
    size = read.checkpoint.size
    other = Forger(pair.provider).head(size, bytes(32))
    old = f"{size}".encode()
    async with aiohttp.ClientSession() as session:

        async def add(head: str) -> int:
            body = b"old " + old + b"\n\n" + head.encode()
            async with session.post(f"{witness.url}/add-checkpoint", data=body) as answer:
                return answer.status

        assert await add(read.checkpoint.note.text + "\n" + _own(read)) == 200
        assert await add(other) == 422


def _own(read: Any) -> str:
    """Return the line of the log alone, as it was sent to the witness."""
    return str(read.checkpoint.note.signatures[0].line)
