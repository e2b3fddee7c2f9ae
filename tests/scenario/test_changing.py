"""An agreement that is suspended, resumed, replaced or renewed is so in both books."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.conftest import Refused

from faifo.ai.passport.said import read_kept
from faifo.client import Client
from faifo.node.exchange.fulfilling import Fulfilment
from faifo.policy.plain import policy_of
from faifo.policy.plain_text import read_plain

AGAIN = "sensor calibration"


async def in_book(node: Any, agreement: str, event: str) -> dict[str, Any]:
    """Return an agreement once its book says `event` of it."""
    async with asyncio.timeout(60), node.opened("GET", "/events?after=0") as answer:
        async for line in answer.content:
            if f'"{event}"'.encode() in line and agreement.encode() in line:
                break
    return dict(await node.call("GET", f"/agreements/{agreement}"))


async def change(node: Any, agreement: str, action: str, **more: Any) -> dict[str, Any]:
    order = {"agreement": agreement, "action": action, **more}
    return dict(await node.call("POST", "/agreement-changes", order))


@pytest.mark.parametrize("who", ["provider", "consumer"])
async def test_nothing_is_used_while_it_is_suspended(pair: Any, who: str) -> None:
    ours, theirs = pair.provider, pair.consumer
    if who == "consumer":
        ours, theirs = theirs, ours
    agreement = await pair.agreement(await pair.publish())
    transfer = await pair.transfer(agreement)
    async with Client(
        pair.consumer.manage_url, (pair.consumer.path / "manage.key").read_text()
    ) as client:
        token = await client.token(agreement)
    kept = await change(ours, agreement, "suspend", reason=AGAIN)
    assert (kept["suspended_by"], kept["reason"]) == (who, [AGAIN])
    told = await in_book(theirs, agreement, "agreement-suspended")
    assert (told["suspended_by"], told["reason"], told["ended"]) == (who, [AGAIN], None)
    await pair.consumer.settled(f"/transfers/{transfer['pid']}", "SUSPENDED")
    headers = {"Authorization": token.authorization}
    async with (
        aiohttp.ClientSession() as session,
        session.get(token.endpoint, headers=headers) as answer,
    ):
        assert answer.status == 403
        assert "agreement-suspended" in await answer.text()
    status, why = await pair.consumer.raw("POST", "/transfers", {"agreement": agreement})
    assert status == 403
    assert AGAIN in why.decode()

    # Whoever did not suspend it does not resume it.
    with pytest.raises(Refused) as caught:
        await change(theirs, agreement, "resume")
    assert caught.value.status == 409
    await change(ours, agreement, "resume")
    assert (await in_book(theirs, agreement, "agreement-resumed"))["suspended"] is None
    await pair.transfer(agreement)
    with pytest.raises(Refused) as caught:
        await change(ours, agreement, "resume")
    assert caught.value.status == 409


async def test_another_agreement_takes_its_place(pair: Any) -> None:
    dataset = await pair.publish()
    old, new = await pair.agreement(dataset), await pair.agreement(dataset)
    other = await pair.agreement(await pair.publish())
    for replacement, status in ((old, 404), (other, 404), ("none", 404)):
        with pytest.raises(Refused) as caught:
            await change(pair.provider, old, "amend", replacement=replacement)
        assert caught.value.status == status
    ended = await change(pair.provider, old, "amend", replacement=new)
    assert ended["ended"]
    told = await pair.consumer.agreement_over(old)
    assert (told["ended_by"], told["reason"]) == ("provider", ended["reason"])
    assert new in told["reason"][0]
    with pytest.raises(Refused) as caught:
        await change(pair.consumer, new, "amend", replacement=old)
    assert caught.value.status == 409
    await pair.transfer(new)


async def test_a_new_version_is_told_without_a_transfer(pair: Any) -> None:
    dataset = await pair.publish()
    agreement = await pair.agreement(dataset)
    file = next(pair.provider.path.with_name(pair.provider.path.name + "-data").glob("*.csv"))
    file.write_text("a,b\n3,4\n")
    order = {"location": str(file), "title": "A", "id": dataset, "replace": True}
    await pair.provider.call("POST", "/datasets", order)
    assert (await in_book(pair.consumer, agreement, "agreement-renewed"))["version"] == 2


async def due(node: Any, good: Any) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            for one in (await node.call("GET", "/dues"))["items"]:
                if good(one):
                    return dict(one)
            await asyncio.sleep(0.05)


async def test_a_duty_that_comes_first_is_proven_by_what_the_partner_signs(pair: Any) -> None:
    plain = "allow: [{do: use, first: [{do: attribute}]}]\nmust: [{do: delete, by: PT0S}]"
    policy = policy_of(read_plain(plain))
    file = Path(pair.provider.path.with_name(pair.provider.path.name + "-data")) / "a.csv"
    file.write_text("a\n")
    order = {"location": str(file), "title": "A", "policy": policy}
    dataset = (await pair.provider.call("POST", "/datasets", order))["id"]
    agreement = await pair.agreement(dataset, accept_terms=["attribute", "delete", "duty"])
    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    refused = await pair.consumer.settled(f"/transfers/{begun['pid']}", "TERMINATED")
    assert "attribute" in " ".join(refused["reason"])

    first = await due(pair.consumer, lambda one: one["action"] == "attribute")
    done = await pair.consumer.call("POST", "/dues-done", {"id": first["id"], "note": "named"})
    assert done["signed"]
    there = await due(pair.provider, lambda one: one["action"] == "attribute" and one["done"])
    assert (there["signed"], there["note"]) == (True, "named")
    said = read_kept(there["detail"]["statement"], Fulfilment)
    assert (said.by, said.duty, said.agreement) == (pair.consumer.did, "attribute", agreement)
    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    await pair.consumer.settled(f"/transfers/{begun['pid']}", "STARTED")
    late = await due(pair.provider, lambda one: one["action"] == "delete")
    assert late["overdue"]
    # What the provider itself says of a duty is its own word: nothing is signed for the partner.
    own = await pair.provider.call("POST", "/dues-done", {"id": late["id"], "note": "told us"})
    assert (own["done"] is not None, own["signed"]) == (True, False)
