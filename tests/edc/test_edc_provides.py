"""A real EDC as provider for a Faifo node: its catalog, its terms, its data."""

from __future__ import annotations

from typing import Any

import pytest

from edc.conftest import BYTES, Node, Sink
from edc.connector import EDC, Connector, begun_again

FLOWS = 25


def permission(*constraints: dict[str, Any], **more: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"action": {"@id": "odrl:use"}, **more}
    if constraints:
        rule["constraint"] = list(constraints)
    return {"permission": [rule]}


def constraint(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": {"@id": f"odrl:{operator}"}, "rightOperand": right}


async def offered(
    edc: Connector, asset: str, backend: str, policy: dict[str, Any] | None = None, **more: Any
) -> str:
    await edc.offer(asset, {"type": "HttpData", "baseUrl": backend}, policy, **more)
    return asset


@begun_again
async def agreed(edc: Connector, node: Node, asset: str, **order: Any) -> dict[str, Any]:
    """Return a negotiation with the EDC that both have finalised."""
    body = {"node": edc.did, "dataset": asset, "reuse": False, **order}
    begun = await node.call("POST", "/negotiations", body)
    done = await node.settled(f"/negotiations/{begun['pid']}")
    assert done["state"] == "FINALIZED", done
    return dict(done)


async def data(node: Node, agreement: str) -> tuple[int, bytes]:
    begun = await node.call("POST", "/transfers", {"agreement": agreement})
    await started(node, begun["pid"])
    return await node.data(begun["pid"])


@begun_again
async def served(edc: Connector, node: Node, asset: str, **order: Any) -> tuple[int, bytes]:
    """Return the data of the EDC under an agreement of their own."""
    done = await agreed(edc, node, asset, **order)
    return await data(node, done["agreement"])


async def started(node: Node, transfer: str) -> None:
    seen = await node.settled(f"/transfers/{transfer}", "STARTED", "TERMINATED")
    assert seen["state"] == "STARTED", seen


async def test_flows(connector: Connector, node: Node, backend: str) -> None:
    asset = await offered(connector, "flows", backend)
    for _ in range(FLOWS):
        assert await served(connector, node, asset) == (200, BYTES)


async def test_catalog(connector: Connector, node: Node, backend: str) -> None:
    named = {"name": "Rice prices", "description": "Of the delta", "season": "wet"}
    await offered(connector, "named", backend, **named)
    await offered(connector, "nothing permitted", backend, {"permission": []})
    seen = await node.call("POST", "/catalog", {"node": connector.did})
    shown = {entry["id"]: entry for entry in seen["datasets"]}
    assert (shown["named"]["title"], shown["named"]["description"]) == (
        "Rice prices",
        "Of the delta",
    )
    assert shown["named"]["properties"]["season"] == "wet"
    assert any("nothing permitted" in str(entry) for entry in seen["left_out"])


@pytest.mark.parametrize(
    ("asset", "terms"),
    [
        ("one-purpose", constraint("odrl:purpose", "eq", "research")),
        ("purposes", constraint("odrl:purpose", "isAnyOf", ["research", "statistics"])),
        ("until", constraint("odrl:dateTime", "lteq", "2099-01-01T00:00:00Z")),
    ],
)
async def test_terms(
    connector: Connector, node: Node, backend: str, asset: str, terms: dict[str, Any]
) -> None:
    await offered(connector, asset, backend, permission(terms))
    order = {"purpose": "research"} if "purpose" in asset else {}
    assert await served(connector, node, asset, **order) == (200, BYTES)


async def test_a_purpose_that_the_offer_does_not_ask_for(
    connector: Connector, node: Node, backend: str
) -> None:
    asset = await offered(connector, "any-purpose", backend)
    done = await agreed(connector, node, asset, purpose="research")
    assert done["purpose"] == "research"


@pytest.mark.parametrize(
    ("asset", "policy", "name"),
    [
        ("located", permission(constraint("edc:location", "eq", "eu")), f"{EDC}location"),
        (
            "with-duty",
            {
                **permission(),
                "obligation": [{"action": {"@id": "odrl:attribute"}}],
            },
            "attribute",
        ),
    ],
)
async def test_foreign_terms(
    connector: Connector, node: Node, backend: str, asset: str, policy: dict[str, Any], name: str
) -> None:
    await offered(connector, asset, backend, policy)
    body = {"node": connector.did, "dataset": asset}
    status, problem = await node.process.raw("POST", "/negotiations", body)
    assert status == 403, problem
    assert name.encode() in problem
    assert await served(connector, node, asset, accept_terms=[name]) == (200, BYTES)


async def test_suspend_resume_terminate(connector: Connector, node: Node, backend: str) -> None:
    asset = await offered(connector, "paused", backend)
    await paused(connector, node, asset)


@begun_again
async def paused(connector: Connector, node: Node, asset: str) -> None:
    done = await agreed(connector, node, asset)
    begun = await node.call("POST", "/transfers", {"agreement": done["agreement"]})
    path = f"/transfers/{begun['pid']}"
    await started(node, begun["pid"])
    await node.call("POST", f"{path}/suspension", {"reason": "lunch"})
    await node.settled(path, "SUSPENDED")
    await node.call("POST", f"{path}/start", {})
    # The 200 makes it STARTED; the data address follows in a start of EDC's own.
    await node.process.until(path, lambda seen: seen["state"] == "STARTED" and seen["open"])
    assert await node.data(begun["pid"]) == (200, BYTES)
    await node.call("POST", f"{path}/termination", {"reason": "done"})
    await node.settled(path, "TERMINATED")


async def test_push(connector: Connector, node: Node, backend: str) -> None:
    asset = await offered(connector, "pushed", backend)
    transfer = await pushed(connector, node, asset, push=True)
    assert await node.data(transfer) == (200, BYTES)


@begun_again
async def pushed(connector: Connector, node: Node, asset: str, **where: Any) -> str:
    done = await agreed(connector, node, asset)
    begun = await node.call("POST", "/transfers", {"agreement": done["agreement"], **where})
    seen = await node.settled(f"/transfers/{begun['pid']}")
    assert seen["state"] == "COMPLETED", seen
    return str(begun["pid"])


async def test_push_to_another_address(
    connector: Connector, node: Node, backend: str, sink: Sink
) -> None:
    asset = await offered(connector, "pushed-elsewhere", backend)
    where = {"push_to": sink.url, "push_authorization": "Bearer secret"}
    await pushed(connector, node, asset, **where)
    assert set(sink.bodies) == {BYTES}  # now and then EDC 0.14 pushes twice
    assert sink.fields[0]["authorization"] == "Bearer secret"
