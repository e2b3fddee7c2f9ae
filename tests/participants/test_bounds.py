"""What one participant has is bounded, and what it does is never at the others' cost."""

from __future__ import annotations

import asyncio
import contextlib
import io
from typing import Any

import aiohttp
import pytest
from tests.conftest import Refused

TIGHT = """
[bounds]
requests_per_second = 5
requests_at_once = 2
datasets = 2
storage_bytes = {storage}
"""


@pytest.fixture
async def tight(make_node: Any, join: Any) -> Any:
    """An installation in which acme has little and beta what the installation says for all."""
    home = make_node("assoc", extra="\n[bounds]\nrequests_per_second = 300\n")
    acme = join(home, "acme", extra=TIGHT.format(storage=1_200_000))
    beta = join(home, "beta")
    await home.start()
    return home, acme, beta


async def test_too_many_requests_of_one_are_told_to_come_later(tight: Any) -> None:
    home, acme, beta = tight
    url = "http://127.0.0.1:{}{}/.well-known/dspace-version"
    async with aiohttp.ClientSession() as session:

        async def ask(path: str) -> tuple[int, Any, str]:
            async with session.get(url.format(home.port, path)) as answer:
                return answer.status, answer.headers.get("Retry-After"), await answer.text()

        answers = [await ask("/acme") for _ in range(30)]
        refused = [one for one in answers if one[0] == 429]
        assert refused
        assert [one[0] for one in answers[:5]] == [200] * 5
        assert refused[0][1] == "1"
        assert "5 requests in a second for one participant" in refused[0][2]
        # Neither the others, nor its own people, wait for its callers.
        assert {(await ask(path))[0] for path in ("/beta", "") for _ in range(30)} == {200}
        assert (await acme.call("GET", "/node"))["did"] == acme.did
    assert (await beta.call("GET", "/node"))["did"] == beta.did


async def test_what_is_under_way_at_once_is_bounded(tight: Any) -> None:
    _, acme, beta = tight
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(acme.opened("GET", "/events?after=0"))
        with pytest.raises(Refused) as refused:
            await acme.call("GET", "/node")
        assert refused.value.status == 429
        assert "2 requests for one participant at one time" in refused.value.problem["detail"]
        await beta.call("GET", "/node")
    async with asyncio.timeout(20):
        while (await acme.raw("GET", "/node"))[0] != 200:
            await asyncio.sleep(0.3)


async def test_datasets_are_bounded(tight: Any) -> None:
    _, acme, beta = tight

    async def publish(node: Any, name: str, **also: Any) -> Any:
        (node.data / name).write_text(name)
        body = {"location": str(node.data / name), "id": name, **also}
        return await node.call("POST", "/datasets", body)

    await publish(acme, "a")
    await publish(acme, "b")
    with pytest.raises(Refused) as refused:
        await publish(acme, "c")
    assert refused.value.status == 409
    assert refused.value.problem["detail"] == (
        "this participant has 2 datasets published, and may have no more; withdraw one, or ask"
        " whoever runs the installation for more (bounds.datasets)"
    )
    await publish(acme, "b", replace=True)
    await acme.call("DELETE", "/datasets/a")
    await publish(acme, "c")
    for name in "abc":
        await publish(beta, name)


async def test_a_full_participant_takes_nothing_in_and_is_read_all_the_same(
    tight: Any,
) -> None:
    home, acme, beta = tight

    async def upload(node: Any, size: int) -> int:
        headers = {"Authorization": f"Bearer {node.key()}"}
        url = f"{node.manage_url}/manage/v1/uploads?name=a.csv"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(url, data=io.BytesIO(b"x" * size)) as answer,
        ):
            text = await answer.text()
            assert answer.status in {201, 413}, text
            assert answer.status == 201 or "what this participant keeps" in text
            return answer.status

    assert await upload(acme, 2_000_000) == 413
    assert await upload(acme, 10) == 201  # what was refused takes no room
    assert len(list((acme.path / "uploads").glob("*/*"))) == 1
    assert await upload(beta, 2_000_000) == 201
    # A restart measures what is there; then it is full.
    await home.stop()
    (acme.path / "uploads" / "x").mkdir(parents=True, exist_ok=True)
    (acme.path / "inbox").mkdir(exist_ok=True)
    (acme.path / "inbox" / "y").write_bytes(b"x" * 2_000_000)
    await home.start()
    async with aiohttp.ClientSession() as session:
        for path, status in (("/acme", 503), ("/beta", 401)):
            url = f"http://127.0.0.1:{home.port}{path}/dsp/2025-1/catalog/request"
            async with session.post(url, json={}) as answer:
                text = await answer.text()
                assert answer.status == status, text
                assert (status == 503) == ("keeps 1200000 bytes" in text)
        url = f"http://127.0.0.1:{home.port}/acme/.well-known/dspace-version"
        async with session.get(url) as answer:
            assert answer.status == 200
