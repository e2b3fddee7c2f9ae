"""Terms that count, between two nodes: what is used up is refused, also after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from faifo.client import Client

CONTENT = "a,b\n1,2\n"
Get = Callable[..., Awaitable[tuple[int, str]]]


async def opened(pair: Any, **terms: Any) -> tuple[Get, str]:
    """Return what fetches the data of a new transfer, and its agreement."""
    agreement = await pair.agreement(await pair.publish(CONTENT, **terms))
    key = (pair.consumer.path / "manage.key").read_text()
    async with Client(pair.consumer.manage_url, key) as client:
        token = await client.token(agreement)

    async def get(method: str = "GET", **fields: str) -> tuple[int, str]:
        headers = {"Authorization": token.authorization, **fields}
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
            session.request(method, token.endpoint, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    return get, agreement


def used(pair: Any, agreement: str) -> tuple[int, int]:
    (kept,) = [one for one in pair.provider.records("agreement_use") if one.agreement == agreement]
    return kept.uses, kept.bytes


async def test_the_number_of_uses_ends_and_a_restart_gives_none_back(pair: Any) -> None:
    get, agreement = await opened(pair, uses="2")
    assert await get() == (200, CONTENT)
    await pair.provider.stop()
    await pair.provider.start()
    assert (await get("HEAD"))[0] == 200
    assert await get() == (200, CONTENT)
    status, told = await get()
    assert status == 403
    assert "This would be use under the agreement number 3; at most 2 are allowed." in told
    assert (await get("HEAD"))[0] == 200
    assert used(pair, agreement)[0] == 2
    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    refused = await pair.consumer.settled(f"/transfers/{begun['pid']}", "TERMINATED")
    assert "number 3" in " ".join(refused["reason"])


async def test_of_many_at_once_no_more_than_agreed_are_let_through(pair: Any) -> None:
    get, agreement = await opened(pair, uses="3")
    answers = await asyncio.gather(*(get() for _ in range(8)))
    assert sorted(status for status, _ in answers) == [200] * 3 + [403] * 5
    assert used(pair, agreement)[0] == 3


async def test_bytes_are_reserved_before_the_first_one(pair: Any) -> None:
    get, agreement = await opened(pair, bytes="12")
    assert await get(Range="bytes=0-3") == (206, CONTENT[:4])
    assert used(pair, agreement) == (1, 4)
    assert (await get(**{"If-Match": '"another"'}))[0] == 412
    assert used(pair, agreement) == (2, 4)  # what was not sent is given back
    assert await get() == (200, CONTENT)
    status, told = await get(Range="bytes=0-0")
    assert status == 403
    assert "With this, 13 bytes would be handed out" in told
    assert used(pair, agreement) == (3, 12)


async def test_a_part_that_becomes_the_whole_is_counted_as_that(pair: Any) -> None:
    get, agreement = await opened(pair, bytes="8")
    assert await get(Range="bytes=0-0") == (206, CONTENT[:1])
    status, told = await get(Range="bytes=0-0", **{"If-Range": '"another"'})
    assert status == 403
    assert "With this, 9 bytes would be handed out" in told
    assert used(pair, agreement) == (1, 1)
    assert await get(Range="bytes=1-") == (206, CONTENT[1:])


async def test_time_since_the_agreement(pair: Any) -> None:
    agreement = await pair.agreement(await pair.publish(for_time="PT0S"))
    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    refused = await pair.consumer.settled(f"/transfers/{begun['pid']}", "TERMINATED")
    assert "it must be at most 0 seconds" in " ".join(refused["reason"])


async def test_a_transfer_that_runs_ends_when_its_time_is_over(pair: Any) -> None:
    agreement = await pair.agreement(await pair.publish(for_time="PT5S"))
    # A slow machine is over the time before it begins: the end and its reason are the same.
    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    ended = await pair.consumer.settled(f"/transfers/{begun['pid']}", "TERMINATED")
    assert "Since the agreement" in " ".join(ended["reason"])


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"for_time": "P1M"}, "at $.permission[0].constraint[0]: This node does not understand"),
        ({"uses": "many"}, "the right operand many of count lteq"),
        ({"approval": ["anybody"]}, "the right operand anybody of urn:faifo:odrl:approval"),
        ({"regions": ["Atlantis"]}, "the right operand Atlantis of urn:faifo:odrl:economy"),
    ],
)
async def test_what_cannot_be_enforced_is_not_published(
    pair: Any, terms: dict[str, Any], why: str
) -> None:
    from tests.conftest import Refused

    with pytest.raises(Refused) as caught:
        await pair.publish("a\n", **terms)
    assert caught.value.status == 400
    assert why in str(caught.value)


async def test_a_purpose_that_is_a_kind_of_the_offered_one(pair: Any) -> None:
    dataset = await pair.publish(purpose_kinds=["research"])
    assert await pair.agreement(dataset, purpose="academic-research")
    status, told = await pair.consumer.raw(
        "POST",
        "/negotiations",
        {"node": pair.provider.did, "dataset": dataset, "purpose": "marketing", "reuse": False},
    )
    assert status == 403, told
