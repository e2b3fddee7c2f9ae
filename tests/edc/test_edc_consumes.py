"""A real EDC as consumer of a Faifo node: what its users do, with what they get."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from edc.conftest import BYTES, Node, Sink
from edc.connector import Connector, begun_again, named, several

FLOWS = 25


@begun_again
async def agreed(edc: Connector, node: Node, dataset: str) -> str:
    """Return the id by which EDC knows its agreement on `dataset`."""
    catalog = await edc.catalog(node.did, node.base)
    entry = named(catalog["dataset"], dataset)
    offer = several(entry["hasPolicy"])[0]
    begun = await edc.negotiate(node.did, node.base, offer, dataset)
    seen = await edc.until(f"/contractnegotiations/{begun}", "FINALIZED")
    return str(seen["contractAgreementId"])


@begun_again
async def started(edc: Connector, node: Node, agreement: str) -> str:
    transfer = await edc.transfer(node.base, agreement)
    await edc.until(f"/transferprocesses/{transfer}", "STARTED")
    return transfer


async def fetched(edc: Connector, transfer: str, *, bearer: bool = False) -> tuple[int, bytes]:
    """Return what an EDC user gets with the address that EDC gives out."""
    address = await edc.address(transfer)
    token = address["authorization"]
    headers = {"Authorization": f"Bearer {token}" if bearer else token}
    async with (
        aiohttp.ClientSession() as session,
        session.get(address["endpoint"], headers=headers) as response,
    ):
        return response.status, await response.read()


async def test_flows(connector: Connector, node: Node) -> None:
    dataset = await node.publish("rice.csv")
    for _ in range(FLOWS):
        transfer = await started(connector, node, await agreed(connector, node, dataset))
        assert await fetched(connector, transfer) == (200, BYTES)
        await connector.call("POST", f"/transferprocesses/{transfer}/terminate", {"reason": "done"})


@pytest.mark.parametrize(
    "terms",
    [
        {"purposes": ["research"]},
        {"purposes": ["research", "statistics"]},
        {"economies": ["KR", "PE", "VN"]},
        {"until": "2099-01-01T00:00:00Z"},
    ],
    ids=["purpose", "purposes", "economies", "until"],
)
async def test_terms(connector: Connector, node: Node, terms: dict[str, Any]) -> None:
    dataset = await node.publish("rice.csv", terms=terms)
    transfer = await started(connector, node, await agreed(connector, node, dataset))
    assert await fetched(connector, transfer, bearer=True) == (200, BYTES)


async def test_suspend_resume_terminate(connector: Connector, node: Node) -> None:
    await paused(connector, node, await node.publish("rice.csv"))


@begun_again
async def paused(connector: Connector, node: Node, dataset: str) -> None:
    transfer = await started(connector, node, await agreed(connector, node, dataset))
    ours = f"/transfers/{await newest(node)}"
    path = f"/transferprocesses/{transfer}"
    await connector.call("POST", f"{path}/suspend", {"reason": "lunch"})
    await connector.until(path, "SUSPENDED")
    await connector.call("POST", f"{path}/resume", {})
    await connector.until(path, "STARTED")
    assert await fetched(connector, transfer) == (200, BYTES)
    await connector.call("POST", f"{path}/terminate", {"reason": "done"})
    await node.settled(ours, "TERMINATED")


async def newest(node: Node) -> str:
    """Return the pid of the newest transfer."""
    items = (await node.call("GET", "/transfers"))["items"]
    return str(max(items, key=lambda one: one["created"])["pid"])


async def test_provider_suspends_and_resumes(connector: Connector, node: Node) -> None:
    await paused_there(connector, node, await node.publish("rice.csv"))


@begun_again
async def paused_there(connector: Connector, node: Node, dataset: str) -> None:
    transfer = await started(connector, node, await agreed(connector, node, dataset))
    ours = f"/transfers/{await newest(node)}"
    await node.call("POST", f"{ours}/suspension", {"reason": "lunch"})
    await connector.until(f"/transferprocesses/{transfer}", "SUSPENDED")
    await node.settled(ours, "SUSPENDED")
    await node.call("POST", f"{ours}/start", {})
    await connector.until(f"/transferprocesses/{transfer}", "STARTED")
    assert await fetched(connector, transfer) == (200, BYTES)


async def test_query(connector: Connector, node: Node) -> None:
    ids = [await node.publish(f"set{number}.csv") for number in range(5)]
    query = {"offset": 1, "limit": 2, "sortField": "id", "sortOrder": "DESC"}
    page = await connector.catalog(node.did, node.base, query)
    assert [entry["@id"] for entry in several(page["dataset"])] == sorted(ids, reverse=True)[1:3]
    wanted = {"operandLeft": "title", "operator": "like", "operandRight": "set3%"}
    found = await connector.catalog(
        node.did, node.base, {"filterExpression": [{"@type": "Criterion", **wanted}]}
    )
    assert [entry["@id"] for entry in several(found["dataset"])] == [ids[3]]


async def test_push(connector: Connector, node: Node, sink: Sink) -> None:
    await pushed(connector, node, sink, await node.publish("rice.csv"))
    assert set(sink.bodies) == {BYTES}
    assert sink.fields[0]["x-api-key"] == "secret"


@begun_again
async def pushed(connector: Connector, node: Node, sink: Sink, dataset: str) -> None:
    agreement = await agreed(connector, node, dataset)
    where = {"type": "HttpData", "baseUrl": sink.url, "authKey": "x-api-key", "authCode": "secret"}
    transfer = await connector.transfer(node.base, agreement, kind="HttpData-PUSH", **where)
    await connector.until(f"/transferprocesses/{transfer}", "COMPLETED")
    await node.settled(f"/transfers/{await newest(node)}", "COMPLETED")
