"""A token counts once: at several workers at once, in several requests at once, after a restart."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from impostor import Impostor

from faifo.node.custody.trust_file import TrustedIssuer
from faifo.store.sqlite.store import open_store

WORKER = Path(__file__).parent / "replay_worker.py"
TOKENS = 200


class Worker:
    """A process with its own connection to one store."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def begin(cls, database: Path) -> Worker:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(WORKER), str(database), str(TOKENS),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
        return cls(process)

    async def go(self) -> list[int]:
        """Let it claim all tokens; return for each whether it was accepted."""
        out, _ = await self._process.communicate(b"go\n")
        assert self._process.returncode == 0
        return [int(one) for one in out.decode().strip()]


async def test_of_two_workers_at_once_exactly_one_accepts_a_token(tmp_path: Path):
    database = tmp_path / "faifo.db"
    await (await open_store(database, sequencer=None)).close()
    workers = await asyncio.gather(*(Worker.begin(database) for _ in range(2)))
    one, other = await asyncio.gather(*(worker.go() for worker in workers))
    assert [a + b for a, b in zip(one, other, strict=True)] == [1] * TOKENS
    # A worker that starts later accepts none of them.
    assert sum(await (await Worker.begin(database)).go()) == 0


@pytest.fixture
async def peer(port: int):
    made = Impostor(port)
    async with TestServer(made.app(), host="127.0.0.1", port=port):
        yield made


async def test_of_many_requests_at_once_exactly_one_is_served(town: Any, peer: Any):
    issuer = TrustedIssuer(did=peer.did, types=("MembershipCredential",))
    node = await town.node("verifier", trusts=[issuer])
    peer.audience = node.did
    again = (401, "DCP 1.0 §4.3.3 step 6: the token was used before (jti)")
    token, path = peer.token(node.did), node.directory.path
    got = await asyncio.gather(*(peer.call(node, token) for _ in range(20)))
    assert sorted(status for status, _ in got) == [200] + [401] * 19
    assert [one for one in got if one[0] != 200] == [again] * 19
    await town.down(node)
    node = await town.serve(path)
    assert await asyncio.gather(*(peer.call(node, token) for _ in range(5))) == [again] * 5
    assert (await peer.call(node))[0] == 200
