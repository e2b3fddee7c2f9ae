"""Duties and dossiers with a day, between two nodes: opened, listed, done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Refused

from faifo.packs.terms import open_pack, with_packs
from faifo.policy.plain import policy_of
from faifo.policy.plain_text import read_plain

PACK = "viet-nam-transfer"


async def published(pair: Any, policy: dict[str, Any], **more: Any) -> str:
    file = pair.provider.path.with_name(pair.provider.path.name + "-data") / "a.csv"
    file.write_text("a\n")
    order = {"location": str(file), "title": "A", "policy": policy, **more}
    return str((await pair.provider.call("POST", "/datasets", order))["id"])


def known(pair: Any, economy: str) -> None:
    trust = pair.provider.path / "trust.toml"
    text = trust.read_text().replace('name = "n0"', f'name = "n0"\neconomy = "{economy}"')
    trust.write_text(text)


async def dues(node: Any) -> list[dict[str, Any]]:
    return list((await node.call("GET", "/dues"))["items"])


async def test_a_duty_stands_in_both_books_and_is_overdue_after_its_day(pair: Any) -> None:
    policy = policy_of(read_plain("must: [{do: delete, by: PT0S}, {do: inform, by: P30D}]"))
    dataset = await published(pair, policy)
    agreement = await pair.agreement(dataset, accept_terms=["delete", "inform"])
    for node in (pair.provider, pair.consumer):
        found = {one["action"]: one for one in await dues(node)}
        assert found["delete"]["overdue"]
        assert not found["inform"]["overdue"]
        assert {one["agreement"] for one in found.values()} == {agreement}
        points = (await node.call("GET", "/status"))["points"]
        assert [(one["group"], one["subject"]) for one in points if one["code"] == "due"] == [
            ("waits", found["delete"]["id"])
        ]
    name = found["inform"]["id"]
    kept = await pair.consumer.call("POST", "/dues-done", {"id": name, "note": "sent"})
    assert kept["done"]
    assert kept["note"] == "sent"
    with pytest.raises(Refused) as caught:
        await pair.consumer.call("POST", "/dues-done", {"id": name})
    assert caught.value.status == 409
    with pytest.raises(Refused) as caught:
        await pair.consumer.call("POST", "/dues-done", {"id": "nothing"})
    assert caught.value.status == 404
    events = [one.event for one in pair.consumer.records("journal")]
    assert events.count("duty-opened") == 2
    assert events.count("due-done") == 1


async def test_what_comes_first_is_done_once_and_then_the_data_flow(pair: Any) -> None:
    policy = policy_of(read_plain("allow: [{do: use, first: [inform]}]"))
    dataset = await published(pair, policy)
    accepted = {"accept_terms": ["inform"]}
    agreement = await pair.agreement(dataset, **accepted)
    begun = await pair.consumer.call("POST", "/transfers", {"agreement": agreement})
    place = f"/transfers/{begun['pid']}"
    refused = await pair.consumer.until(place, lambda one: one["state"] == "TERMINATED")
    assert refused["reason"] == ["First the duty to inform must be proven to be done."]

    wanted = {"node": pair.provider.did, "dataset": dataset, **accepted}
    again = await pair.consumer.call("POST", "/negotiations", wanted)
    assert again["agreement"] == agreement
    (due,) = await dues(pair.consumer)
    await pair.consumer.call("POST", "/dues-done", {"id": due["id"], "note": "told them"})
    async with pair.provider.opened("GET", "/events") as events:
        while not (await dues(pair.provider))[0]["signed"]:
            await events.content.readline()
    await pair.transfer(agreement)
    assert len(await dues(pair.provider)) == 1


async def test_the_first_transfer_abroad_opens_the_dossier_and_no_other(pair: Any) -> None:
    known(pair, "JP")
    policy = with_packs(policy_of({}), (open_pack(PACK),))
    dataset = await published(pair, policy, packs=[PACK], citizens=250_000, sensitive=False)
    agreement = await pair.agreement(dataset, accept_terms=["distribute"])
    assert await dues(pair.provider) == []
    await pair.transfer(agreement)
    (first,) = await dues(pair.provider)
    await pair.transfer(agreement)
    assert await dues(pair.provider) == [first]
    assert first["kind"] == "dossier"
    assert first["detail"]["class"] == "important"
    assert first["detail"]["to"] == "JP"
    opened, due = (datetime.fromisoformat(first[name]) for name in ("opened", "due"))
    assert due - opened == timedelta(days=60)
    assert await dues(pair.consumer) == []
    await pair.provider.stop()
    await pair.provider.start()
    assert await dues(pair.provider) == [first]


async def test_within_the_country_no_dossier_is_opened(pair: Any) -> None:
    known(pair, "VN")
    policy = with_packs(policy_of({}), (open_pack(PACK),))
    dataset = await published(pair, policy, packs=[PACK])
    await pair.transfer(await pair.agreement(dataset, accept_terms=["distribute"]))
    assert await dues(pair.provider) == []
