from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import quote, unquote

import pytest
from harness import CONTEXT, DSP, Answer, Peer
from published_schemas import errors_in
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

REQUEST = {"@context": [CONTEXT], "@type": "CatalogRequestMessage"}


async def _pages(there: World, caller: Peer) -> list[dict[str, Any]]:
    pages, path = [], "/catalog/request"
    while path:
        answer = await caller.call(there.node, "POST", path, REQUEST)
        assert answer.status == 200
        assert errors_in(answer.json) == []
        pages.append(answer.json)
        link = answer.headers.get("Link", "")
        if link:
            target, _, parameters = link.partition(";")
            assert parameters == ' rel="next"'
            start = f"<{there.node.url}{DSP}"
            assert target.startswith(start)
            path = target.removeprefix(start).removesuffix(">")
        else:
            path = ""
    return pages


async def test_an_empty_catalog_has_no_dataset_member(there: World) -> None:
    answer = await there.friend.call(there.node, "POST", "/catalog/request", REQUEST)
    catalog = answer.json
    assert errors_in(catalog) == []
    assert "dataset" not in catalog
    assert catalog["participantId"] == there.node.did
    assert catalog["service"][0]["endpointURL"] == there.node.url + DSP


async def test_all_pages_show_every_dataset_once_and_only_those_for_the_caller(
    there: World,
) -> None:
    common = [(await there.node.publish(title=f"table {n}"))["id"] for n in range(8)]
    rival_only = await there.node.publish(terms={"recipients": [there.rival.did]})
    gone = await there.node.publish()
    await there.node.manage("DELETE", f"/datasets/{gone['id']}")

    pages = await _pages(there, there.friend)
    shown = [entry["@id"] for page in pages for entry in page["dataset"]]
    assert sorted(shown) == sorted(common)
    assert [len(page["dataset"]) for page in pages] == [3, 3, 2]

    seen_by_rival = [
        entry["@id"] for page in await _pages(there, there.rival) for entry in page["dataset"]
    ]
    assert sorted(seen_by_rival) == sorted([*common, rival_only["id"]])

    path = f"/catalog/datasets/{rival_only['id']}"
    hidden = await there.friend.call(there.node, "GET", path)
    assert hidden.status == 404
    assert hidden.json["@type"] == "CatalogError"
    assert errors_in(hidden.json) == []
    assert hidden.reason == f"no dataset '{rival_only['id']}' here"
    assert (await there.rival.call(there.node, "GET", path)).status == 200
    withdrawn = await there.friend.call(there.node, "GET", f"/catalog/datasets/{gone['id']}")
    assert withdrawn.status == 404


async def test_a_node_follows_the_pages_of_another(there: World) -> None:
    """The friend's catalog has four pages; the node's own management API shows all of them."""

    async def page(request: Any) -> Any:
        from aiohttp import web

        number = int(request.query.get("after", "0"))
        offer = {"@id": f"o{number}", "@type": "Offer", "permission": [{"action": "use"}]}
        entry = {
            "@id": f"d{number}",
            "@type": "Dataset",
            "hasPolicy": [offer],
            "distribution": [{"format": "HttpData-PULL", "accessService": "s"}],
        }
        catalog = {
            "@context": [CONTEXT],
            "@id": "c",
            "@type": "Catalog",
            "participantId": there.friend.did,
            "dataset": [entry],
        }
        link = f'</dsp/catalog/request?after={number + 1}>; rel="next"'
        return web.json_response(catalog, headers={"Link": link} if number < 3 else {})

    there.friend.handlers["/dsp/catalog/request"] = page
    try:
        answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    finally:
        there.friend.handlers.clear()
    assert answer.status == 200, answer.body
    assert [entry["id"] for entry in answer.json["datasets"]] == ["d0", "d1", "d2", "d3"]


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("identity", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
    ],
)
async def test_the_catalog_is_zipped_for_who_wants_it(
    there: World, accepted: str, zipped: bool
) -> None:
    await there.node.publish(description="long " * 300)
    answer = await there.friend.call(
        there.node, "POST", "/catalog/request", REQUEST, headers={"Accept-Encoding": accepted}
    )
    assert answer.status == 200
    assert (answer.headers.get("Content-Encoding") == "gzip") is zipped
    assert answer.headers["Vary"] == "Accept-Encoding"
    body = gzip.decompress(answer.body) if zipped else answer.body
    assert errors_in(json.loads(body)) == []


REFUSED: list[Any] = [
    pytest.param(
        {**REQUEST, "filter": [{"x": 1}]},
        400,
        "a filter at $.filter[0].x",
        id="a filter",
    ),
    pytest.param(
        {"@context": {"dspace": "https://w3id.org/dspace/v0.8/"}, "@type": "dspace:CatalogRequest"},
        400,
        "this is DSP 0.8",
        id="an older version",
    ),
    pytest.param({"@type": "CatalogRequestMessage"}, 400, "@context", id="no context"),
    pytest.param(
        {**REQUEST, "@context": ["https://w3id.org/dspace/2024/1/context.json"]},
        400,
        "this is DSP 2024-1",
        id="another version",
    ),
    pytest.param({**REQUEST, "@type": "Catalog"}, 400, "$.@type", id="another type"),
    pytest.param({**REQUEST, "filter": 7}, 400, "$.filter", id="filter of a wrong type"),
    pytest.param(b"", 400, "", id="empty body"),
    pytest.param(b"{", 400, "", id="half a document"),
    pytest.param(b"[]", 400, "", id="an array"),
    pytest.param(b"\xff\xfe", 400, "a body that is not JSON", id="not UTF-8"),
    pytest.param(b"[" * 100_000, 400, "", id="deep nesting"),
    pytest.param(
        json.dumps(REQUEST)[:-1].encode() + b', "@type": "CatalogRequestMessage"}',
        400,
        "",
        id="a member twice",
    ),
    pytest.param(b'{"a": NaN}', 400, "", id="NaN"),
    pytest.param(b'{"a": "\\ud800"}', 400, "", id="lone surrogate"),
    pytest.param(b" " * 300_000, 413, "over the limit of 262144 bytes", id="over the limit"),
]


@pytest.mark.parametrize(("body", "status", "why"), REFUSED)
async def test_a_bad_catalog_request_gets_a_catalog_error(
    there: World, body: Any, status: int, why: str
) -> None:
    good = await there.friend.call(there.node, "POST", "/catalog/request", REQUEST)
    assert good.status == 200
    answer = await there.friend.call(there.node, "POST", "/catalog/request", body)
    assert answer.status == status
    assert answer.json["@type"] == "CatalogError"
    assert errors_in(answer.json) == []
    assert why in answer.reason
    assert len(answer.body) < 2048


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Content-Type": "text/plain"}, "the media type 'text/plain'"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "the media type"),
        ({"Content-Encoding": "gzip"}, "an encoded body (Content-Encoding)"),
    ],
)
async def test_another_media_type_or_encoding_is_refused(
    there: World, headers: dict[str, str], why: str
) -> None:
    answer = await there.friend.call(
        there.node, "POST", "/catalog/request", REQUEST, headers=headers
    )
    assert answer.status == 400
    assert answer.json["@type"] == "CatalogError"
    assert why in answer.reason


@pytest.mark.parametrize("type_", ["application/json; charset=utf-8", "application/ld+json"])
async def test_both_json_types_are_taken(there: World, type_: str) -> None:
    answer = await there.friend.call(
        there.node, "POST", "/catalog/request", REQUEST, headers={"Content-Type": type_}
    )
    assert answer.status == 200


async def test_an_unknown_dataset_and_no_token_are_catalog_errors(there: World) -> None:
    unknown = await there.friend.call(there.node, "GET", "/catalog/datasets/nothing")
    assert (unknown.status, unknown.json["@type"]) == (404, "CatalogError")
    nobody = await there.friend.call(there.node, "GET", "/catalog/datasets/nothing", token=None)
    assert (nobody.status, nobody.json["@type"]) == (401, "CatalogError")
    assert errors_in(nobody.json) == []


IDS: list[Any] = [
    pytest.param("ACN0101", id="plain"),
    pytest.param("CD123:ACN0101:456", id="colons"),
    pytest.param("a/b//c/", id="slashes"),
    pytest.param("100%25 of 50%", id="percent signs"),
    pytest.param("%2F%2f%252F", id="what looks encoded"),
    pytest.param("dữ liệu/số 1?x=1&y#z", id="Vietnamese, question mark and hash"),
    pytest.param("..", id="two dots"),
    pytest.param("../../etc/passwd", id="a path upwards"),
    pytest.param("./x", id="a dot"),
    pytest.param("+ a+b", id="plus and blank"),
    pytest.param("request", id="a word of the routes"),
    pytest.param("\U0001f30f" * 512, id="512 characters of four bytes"),
    pytest.param("x" * 2048, id="2,048 characters"),
]


@pytest.mark.parametrize("name", IDS)
async def test_any_id_finds_its_dataset_by_url_and_through_another_node(
    there: World, name: str
) -> None:
    await there.node.publish(id=name)
    escaped = quote(name, safe="").replace(".", "%2E")
    answer = await there.friend.call(there.node, "GET", f"/catalog/datasets/{escaped}")
    assert answer.status == 200, answer.body
    assert answer.json["@id"] == name
    assert errors_in(answer.json) == []

    managed = await there.node.manage("GET", f"/datasets/{escaped}")
    assert (managed.status, managed.json["id"]) == (200, name)
    shown = await there.node.manage("GET", f"/timeline/{escaped}")
    assert (shown.status, shown.json["id"]) == (200, name)

    asked: list[str] = []

    async def dataset(request: Any) -> Any:
        from aiohttp import web

        raw = request.raw_path.removeprefix("/dsp/catalog/datasets/")
        asked.append(unquote(raw))
        return web.json_response({**answer.json, "@id": unquote(raw)})

    there.friend.handlers["/dsp"] = dataset
    try:
        begun = await there.node.manage(
            "POST", "/negotiations", {"node": there.friend.did, "dataset": name, "reuse": False}
        )
    finally:
        there.friend.handlers.clear()
    assert begun.status == 201, begun.body
    # Requests of negotiations before, which found no protocol there, may come again in between.
    assert name in asked
    assert begun.json["dataset"] == name
    await there.node.manage("DELETE", f"/datasets/{escaped}")


async def test_the_catalog_answers_while_the_store_is_read(there: World) -> None:
    """The address of an answer never depends on the caller's Host field."""
    answer: Answer = await there.friend.call(
        there.node, "POST", "/catalog/request", REQUEST, headers={"Host": "evil.example"}
    )
    assert answer.status == 200
    assert "evil.example" not in answer.body.decode() + str(answer.headers)
