"""What a person stops ends at both ends, is refused from then on, and stays so after a restart."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest


@pytest.mark.parametrize("kind", ["partner", "dataset", "agreement"])
async def test_what_is_stopped_ends_and_is_refused_until_it_is_lifted(pair: Any, kind: str) -> None:
    dataset = await pair.publish()
    agreement = await pair.agreement(dataset)
    transfer = await pair.transfer(agreement)
    name = {"partner": pair.consumer.did, "dataset": dataset, "agreement": agreement}[kind]
    order = {"kind": kind, "name": name, "reason": "enough"}
    stopped = await pair.provider.call("POST", "/stops", order)
    assert stopped["agreements"] == [agreement]
    assert stopped["transfers"] == [transfer["peer_pid"]]
    ended = await pair.consumer.settled(f"/transfers/{transfer['pid']}", "TERMINATED")
    assert "enough" in ended["reason"]
    assert (await pair.provider.raw("POST", "/stops", order))[0] == 409

    await pair.provider.stop()
    await pair.provider.start()
    (listed,) = (await pair.provider.call("GET", "/stops"))["items"]
    assert (listed["kind"], listed["name"], listed["reason"]) == (kind, name, "enough")
    told = await pair.consumer.agreement_over(agreement)
    assert (told["ended_by"], told["reason"]) == ("provider", ["enough"])
    assert (await pair.consumer.raw("POST", "/transfers", {"agreement": agreement}))[0] == 403
    wish = {"node": pair.provider.did, "dataset": dataset, "reuse": False}
    if kind != "agreement":
        assert (await pair.consumer.raw("POST", "/negotiations", wish))[0] == 404
    await pair.provider.call("DELETE", f"/stops/{kind}/{quote(name)}")
    assert (await pair.provider.call("GET", "/stops"))["items"] == []
    assert await pair.agreement(dataset) != agreement


async def test_who_stops_its_provider_asks_it_no_more(pair: Any) -> None:
    dataset = await pair.publish()
    transfer = await pair.transfer(await pair.agreement(dataset))
    await pair.consumer.call("POST", "/stops", {"kind": "partner", "name": pair.provider.did})
    await pair.provider.settled(f"/transfers/{transfer['peer_pid']}", "TERMINATED")
    status, _ = await pair.consumer.raw(
        "POST", "/negotiations", {"node": pair.provider.did, "dataset": dataset}
    )
    assert status == 409


@pytest.mark.parametrize(("kind", "name"), [("dataset", "none"), ("agreement", "none")])
async def test_what_is_not_there_is_not_stopped(pair: Any, kind: str, name: str) -> None:
    assert (await pair.provider.raw("POST", "/stops", {"kind": kind, "name": name}))[0] == 404
