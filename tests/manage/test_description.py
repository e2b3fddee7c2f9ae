"""The description of the management API is of the routes that are served, and of their answers."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from world import World

from faifo.api import operations

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = {"get", "head", "post", "put", "patch", "delete", "options"}


async def _document(there: World) -> dict[str, Any]:
    answer = await there.node.manage("GET", "/openapi.json")
    assert answer.status == 200
    return dict(answer.json)


async def test_each_route_is_described_and_nothing_else(there: World) -> None:
    document = await _document(there)
    described = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item.keys() & METHODS
    }
    served = set()
    for route in there.node.node.manage_app.routes:
        path = re.sub(r":path\}", "}", route.path)
        if path.startswith("/manage/v1"):
            methods = route.methods or set()
            # GET brings HEAD along.
            alone = methods == {"GET", "HEAD"}
            served |= {(method, path) for method in methods if not (alone and method == "HEAD")}
    assert described == served
    assert len(described) > 35


async def test_names_are_unique_and_every_reference_leads_somewhere(there: World) -> None:
    document = await _document(there)
    names = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert len(names) == len(set(names))
    text = msgspec.json.encode(document).decode()
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in document["components"]["schemas"]
    # Makers of clients name a class by the title: of two of one name they leave one out.
    titles = [one["title"] for one in document["components"]["schemas"].values()]
    assert len(titles) == len(set(titles))


async def test_bodies_that_are_read_are_the_ones_described(there: World) -> None:
    schemas = (await _document(there))["components"]["schemas"]
    taken = {one.takes for one in operations() if one.takes is not None}
    assert len(taken) > 10
    for kind in taken:
        fields = {field.encode_name for field in msgspec.structs.fields(kind)}
        assert schemas[kind.__name__]["properties"].keys() == fields
        assert schemas[kind.__name__]["additionalProperties"] is False


def _validator(
    document: dict[str, Any], path: str, method: str = "get", status: str = "200"
) -> Any:
    schema = document["paths"][path][method]["responses"][status]["content"]["application/json"]
    return jsonschema_rs.Draft202012Validator(
        {**schema["schema"], "components": document["components"]}
    )


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the description as one that allows no member beside the described ones."""
    schemas = {
        name: {"additionalProperties": False, **schema} if "properties" in schema else schema
        for name, schema in document["components"]["schemas"].items()
    }
    return {**document, "components": {"schemas": schemas}}


async def test_answers_have_every_member_that_is_described_and_no_other(there: World) -> None:
    document, node = await _document(there), there.node
    dataset = await node.publish(title="T", keywords=["a"], terms={"purposes": ["x"]})
    await node.manage("DELETE", f"/datasets/{(await node.publish())['id']}")
    body = {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@type": "ContractRequestMessage",
        "consumerPid": "urn:uuid:1",
        "callbackAddress": f"{there.friend.root}/callback",
        "offer": {
            "@type": "Offer",
            "@id": dataset["offer_id"],
            "target": dataset["id"],
            "assigner": node.did,
            "permission": dataset["policy"]["permission"],
        },
    }
    begun = await there.friend.call(node, "POST", "/negotiations/request", body)
    assert begun.status == 201, begun.body
    pid = begun.json["providerPid"]
    await node.settled("negotiations", pid, "AGREED")
    for path, given in (
        ("/manage/v1/node", "/node"),
        ("/manage/v1/partners", "/partners"),
        ("/manage/v1/datasets", "/datasets"),
        ("/manage/v1/datasets/{id}", f"/datasets/{dataset['id']}"),
        ("/manage/v1/negotiations", "/negotiations"),
        ("/manage/v1/negotiations/{pid}", f"/negotiations/{pid}"),
        ("/manage/v1/agreements", "/agreements"),
        ("/manage/v1/transfers", "/transfers"),
        ("/manage/v1/timeline/{id}", f"/timeline/{pid}"),
    ):
        answer = await node.manage("GET", given)
        assert answer.status == 200, (given, answer.body)
        _validator(_closed(document), path).validate(answer.json)
    agreements = (await node.manage("GET", "/agreements")).json["items"]
    assert len(agreements) == 1
    (partner,) = [
        one
        for one in (await node.manage("GET", "/partners")).json["items"]
        if one["name"] == "friend"
    ]
    assert (partner["did"], partner["reachable"], partner["agreements"]) == (
        there.friend.did,
        True,
        1,
    )
    assert partner["last_contact"] is not None
    (other,) = [
        one
        for one in (await node.manage("GET", "/partners")).json["items"]
        if one["name"] == "rival"
    ]
    assert (other["reachable"], other["last_contact"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("limit=0", "limit is '0'; expected a whole number from 1 to 1000"),
        ("limit=1001", "limit is '1001'; expected a whole number from 1 to 1000"),
        ("role=owner", "role is 'owner'; expected one of consumer, provider"),
        ("state=finalised", "state is 'finalised'; expected one of REQUESTED, OFFERED"),
        ("peer=", "peer is ''; expected a value"),
        ("peer=a&peer=b", "peer is given twice; expected one value"),
        ("token_digest=x", "/manage/v1/negotiations cannot be narrowed so: token_digest"),
    ],
)
async def test_a_query_is_checked_as_it_is_described(there: World, query: str, why: str) -> None:
    answer = await there.node.manage("GET", f"/negotiations?{query}")
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert answer.json["detail"].startswith(why)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/", 404, "not-found"),
        ("POST", "/node", 405, "method-not-allowed"),
        ("GET", "/datasets/none", 404, "not-found"),
    ],
)
async def test_every_error_is_a_problem_with_a_code(
    there: World, method: str, path: str, status: int, code: str
) -> None:
    answer = await there.node.manage(method, path)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["type"] == f"urn:faifo:problem:{code}"
    assert problem["status"] == status


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (None, "no dataset 'none' here"),
        ("fr", "no dataset 'none' here"),
        ("vi-VN,vi;q=0.9", "ở đây không có bộ dữ liệu 'none'"),
    ],
)
async def test_an_error_is_said_in_the_callers_language(
    there: World, wanted: str | None, sentence: str
) -> None:
    headers = {"Accept-Language": wanted} if wanted else {}
    answer = await there.node.manage("GET", "/datasets/none", headers=headers)
    assert (answer.status, answer.json["detail"]) == (404, sentence)
    what = {"phrase": "errors.told.thing.dataset", "facts": {}}
    assert answer.json["facts"] == {"what": what, "name": "none"}
