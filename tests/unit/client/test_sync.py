"""The client without await is the client with it, method for method."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

import faifo
from faifo.client import Client, SyncClient, background
from faifo.client.client import StillWaitingError
from faifo.errors import NotFoundError

# What makes no sense without await: they give what must be read while something is open.
ASYNC_ONLY = {"call", "fetch", "read"}


def public(kind: type) -> dict[str, Any]:
    return {
        name: member
        for name, member in inspect.getmembers(kind, callable)
        if not name.startswith("_")
    }


def test_every_method_has_its_twin():
    theirs, ours = public(Client), public(SyncClient)
    assert set(ours) == set(theirs) - ASYNC_ONLY
    for name in ours:
        expected = inspect.signature(theirs[name]).parameters
        assert str(inspect.signature(ours[name]).parameters) == str(expected), name


def test_both_are_there_under_the_program_s_name():
    assert faifo.Client is Client
    assert faifo.SyncClient is SyncClient
    with pytest.raises(AttributeError, match="module 'faifo' has no attribute 'Nothing'"):
        _ = faifo.Nothing  # type: ignore[attr-defined]


async def test_results_and_errors_are_the_same(node: Any, make_problem: Any, tmp_path: Any):
    def work() -> tuple[Any, ...]:
        with SyncClient(node.url, "the-key") as client:
            catalog = client.catalog("rice")
            done = client.download("rice", "d", tmp_path / "prices.csv")
            transfers = [one.pid for one in client.transfers(state="COMPLETED")]
            node.answer = make_problem(404, "not-found", "no transfer 'x' here")
            with pytest.raises(NotFoundError, match=r"^no transfer 'x' here$"):
                client.get_transfer("x")
            return catalog.participant, done.size, transfers

    assert await asyncio.to_thread(work) == ("did:web:provider.example", 10_000, ["t1"])
    assert (tmp_path / "prices.csv").read_bytes() == node.content


async def test_an_end_of_patience(node: Any):
    node.negotiation = [{"state": "REQUESTED"}]

    def work() -> None:
        with SyncClient(node.url, "the-key") as client:
            client.negotiate("rice", "d", patience=0.01)

    with pytest.raises(StillWaitingError, match=r"is still REQUESTED after 0\.01 s"):
        await asyncio.to_thread(work)


def test_a_child_process_has_a_loop_of_its_own():
    import os

    async def answer() -> int:
        return 42

    assert background.run(answer()) == 42
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(background.run(answer())).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"42"
    os.close(read)
    os.close(write)
