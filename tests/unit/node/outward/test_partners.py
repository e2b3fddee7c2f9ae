"""Other people's nodes through a real node: what they may answer, and what is made of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from harness import CONTEXT, Peer
from world import World, world

from faifo.messages.agreement_notice import EXTENSION
from faifo.messages.dsp_2025_1.foreign_catalog import ForeignCatalog, read_catalog
from faifo.messages.dsp_2025_1.narrowing import read_where
from faifo.messages.dsp_2025_1.query import read_query
from faifo.node.outward.whole_catalog import CatalogBounds, WholeCatalog

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFER = {"@id": "o", "@type": "Offer", "permission": [{"action": "use"}]}
ENTRY = {
    "@id": "d",
    "@type": "Dataset",
    "hasPolicy": [OFFER],
    "distribution": [{"format": "HttpData-PULL", "accessService": "s"}],
}


@pytest_asyncio.fixture(loop_scope="module")
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


def _catalog(peer: Peer, *entries: Any, **members: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT],
        "@id": "c",
        "@type": "Catalog",
        "participantId": peer.did,
        **({"dataset": list(entries)} if entries else {}),
        **members,
    }


def _answering(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    async def handler(_: web.Request) -> web.Response:
        return web.json_response(body, status=status, headers=headers)

    return handler


@pytest.mark.parametrize("by", ["name", "did", "url", "url with slash"])
async def test_a_node_is_found_by_name_did_and_url(there: World, by: str) -> None:
    friend = there.friend
    names = {"name": "friend", "did": friend.did, "url": friend.root}
    name = names.get(by, friend.root + "/")
    friend.handlers["/dsp/catalog"] = _answering(_catalog(friend, ENTRY))
    answer = await there.node.manage("POST", "/catalog", {"node": name})
    assert answer.status == 200, answer.body
    assert answer.json["participant"] == friend.did
    (shown,) = answer.json["datasets"]
    assert (shown["id"], shown["offers"]) == ("d", [OFFER])


async def test_an_odd_version_hides_none_beside_it(there: World) -> None:
    good = {"version": "2025-1", "path": {"@value": "/dsp/"}, "binding": "HTTPS", "auth": 7}
    body = {"protocolVersions": [7, {"version": "x"}, {"version": "0.8", "path": 5}, good]}
    there.friend.handlers["/.well-known/dspace-version"] = _answering(body)
    there.friend.handlers["/dsp/catalog"] = _answering(_catalog(there.friend, ENTRY))
    answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert answer.status == 200, answer.json


async def test_an_odd_dataset_is_named_and_a_document_of_another_kind_is_the_partner_s_fault(
    there: World,
) -> None:
    there.friend.handlers["/dsp/catalog"] = _answering(_catalog(there.friend, ENTRY, {"x": 1}))
    answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert [one["id"] for one in answer.json["datasets"]] == ["d"]
    assert answer.json["left_out"] == [
        {"where": "$.dataset[1]", "name": "", "why": "a dataset without an @id"}
    ]
    there.friend.handlers["/dsp/catalog"] = _answering([1])
    answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert (answer.status, answer.json["code"]) == (502, "peer-error")
    assert "cannot be read" in answer.json["detail"]


VERSIONS: list[Any] = [
    ({"protocolVersions": []}, 502, ""),
    ({"protocolVersions": [{"version": "2024-1", "path": "/", "binding": "HTTPS"}]}, 502, "2024-1"),
    ({}, 502, "cannot be read"),
    ("x", 502, "cannot be read"),
]


@pytest.mark.parametrize(("body", "status", "why"), VERSIONS)
async def test_a_node_that_speaks_nothing_of_ours_is_told_so(
    there: World, body: Any, status: int, why: str
) -> None:
    there.friend.handlers["/.well-known/dspace-version"] = _answering(body)
    answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert (answer.status, answer.json["code"]) == (status, "peer-error")
    assert why in answer.json["detail"]


CATALOGS: list[Any] = [
    pytest.param(
        {"body": {"code": "x", "reason": ["no"]}, "status": 401},
        "not-admitted",
        "answered 401: no; how it sees this node: faifo doctor ",
        id="refused",
    ),
    pytest.param({"body": [], "status": 500}, "peer-error", "answered 500", id="broken"),
]


@pytest.mark.parametrize(("given", "code", "why"), CATALOGS)
async def test_an_error_of_the_other_side_is_passed_on(
    there: World, given: Any, code: str, why: str
) -> None:
    there.friend.handlers["/dsp/catalog"] = _answering(**given)
    answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert (answer.status, answer.json["code"]) == (502, code)
    assert why in answer.json["detail"]


async def test_why_the_other_side_lets_nobody_in_is_told_in_the_language_of_who_asks(
    there: World,
) -> None:
    told = "DCP 1.0 §4.3.3: the caller is not let in; why stands in the log of this node"
    there.friend.handlers["/dsp/catalog"] = _answering({"reason": [told]}, status=401)
    for lang, said in (("en", told), ("vi", "DCP 1.0 §4.3.3: bên gọi không được vào; lý do")):
        headers = {"Accept-Language": lang}
        answer = await there.node.manage("POST", "/catalog", {"node": "friend"}, headers=headers)
        assert said in answer.json["detail"]


async def test_a_next_page_elsewhere_is_not_fetched(there: World) -> None:
    link = f'<{there.rival.root}/dsp/catalog/request>; rel="next"'
    body = _catalog(there.friend, ENTRY)
    there.friend.handlers["/dsp/catalog"] = _answering(body, headers={"Link": link})
    answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert answer.status == 502
    assert "its next page is at another host" in answer.json["detail"]
    assert there.rival.inbox.empty()


async def test_somebody_who_is_not_trusted_is_not_called(there: World) -> None:
    answer = await there.node.manage("POST", "/catalog", {"node": there.stranger.did})
    assert (answer.status, answer.json["code"]) == (401, "not-proven")
    assert f"faifo trust add {there.stranger.did}" in answer.json["detail"]
    assert there.stranger.documents_served == 0


async def test_a_message_carries_a_fresh_token_for_its_receiver(there: World) -> None:
    seen: list[str] = []
    body = _catalog(there.friend)

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.json_response(body)

    there.friend.handlers["/dsp/catalog"] = handler
    for _ in range(2):
        await there.node.manage("POST", "/catalog", {"node": "friend"})
    from faifo.trust import self_issued

    first, second = (self_issued.read(token.removeprefix("Bearer ")) for token in seen)
    assert first.claims["aud"] == there.friend.did
    assert first.claims["iss"] == there.node.did
    assert first.claims["jti"] != second.claims["jti"]


async def test_a_catalog_without_end_is_read_within_its_bound(tmp_path: Path) -> None:
    asked = 0

    async def handler(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        entries = [{**ENTRY, "@id": f"urn:{asked}:{number}"} for number in range(100)]
        link = {"Link": f'</dsp/catalog/request?after={asked}>; rel="next"'}
        return web.json_response(_catalog(there.friend, *entries), headers=link)

    async with world(tmp_path, shares={"catalog_datasets": 250}) as there:
        there.friend.handlers["/dsp/catalog"] = handler
        answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert (answer.status, asked) == (200, 3)
    assert len(answer.json["datasets"]) == 250
    assert "more than 250 datasets: the rest" in answer.json["left_out"][0]["why"]


async def test_the_rest_of_a_catalog_that_is_too_large_is_named() -> None:
    def page(*names: str) -> ForeignCatalog:
        entry = {"@type": "Dataset", "distribution": [{"format": "x"}], "hasPolicy": []}
        entries = [{"@id": name, **entry} for name in names]
        said = {"@context": [CONTEXT], "@type": "Catalog", "dataset": entries}
        return read_catalog(json.dumps(said).encode())

    whole = WholeCatalog("did:web:a", CatalogBounds(size=100, datasets=2))
    assert whole.add(page("a"), 60)
    assert not whole.add(page("b", "c"), 10)
    assert [one.id for one in whole.read().datasets] == ["a", "b"]
    assert "more than 2 datasets: the rest" in str(whole.read().left_out[0].why)
    large = WholeCatalog("did:web:a", CatalogBounds(size=100, datasets=2))
    assert not large.add(page("a"), 101)
    assert "more than 100 bytes" in str(large.read().left_out[0].why)


async def test_a_linked_catalog_is_followed_at_the_partner_s_own_place(there: World) -> None:
    friend = there.friend
    asked: list[str] = []

    def nested(name: str, url: str, **members: Any) -> dict[str, Any]:
        service = {"@id": f"{name}-s", "@type": "DataService", "endpointURL": url}
        one = {"@type": "Distribution", "format": "HttpData-PULL", "accessService": service}
        return {"@id": name, "@type": "Catalog", "distribution": [one], **members}

    here = nested("here", f"{friend.root}/part/")
    once = nested("once", f"{friend.root}/part")  # the same again, and it names itself
    elsewhere = nested("elsewhere", "http://elsewhere.example/dsp")
    another = nested("another", f"{friend.root}/other", participantId="did:web:other.example")
    top = _catalog(friend, ENTRY, catalog=[here, once, elsewhere, another])
    friend.handlers["/dsp/catalog"] = _answering(top)

    async def part(_: web.Request) -> web.Response:
        asked.append("part")
        return web.json_response(_catalog(friend, {**ENTRY, "@id": "e"}, catalog=[once]))

    friend.handlers["/part/catalog"] = part
    answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert [one["id"] for one in answer.json["datasets"]] == ["d", "e"]
    assert asked == ["part"]
    left = {one["name"] for one in answer.json["left_out"]}
    assert left == {"http://elsewhere.example/dsp", "did:web:other.example"}


async def test_a_linked_catalog_that_fails_hides_nothing(there: World) -> None:
    friend = there.friend
    service = {"@id": "s", "@type": "DataService", "endpointURL": f"{friend.root}/broken"}
    nested = {"@id": "n", "@type": "Catalog", "service": [service]}
    friend.handlers["/dsp/catalog"] = _answering(_catalog(friend, ENTRY, catalog=[nested]))
    friend.handlers["/broken/catalog"] = _answering({"code": "no"}, status=500)
    answer = await there.node.manage("POST", "/catalog", {"node": "friend"})
    assert [one["id"] for one in answer.json["datasets"]] == ["d"]
    assert len(answer.json["left_out"]) == 1


@pytest.mark.parametrize(
    ("knows", "refuses", "asked"),
    [(True, False, [True]), (True, True, [True, False]), (False, False, [False])],
    ids=["one of ours", "an older one of ours", "another's"],
)
async def test_a_catalog_is_narrowed_there_by_who_understands_it(
    there: World, knows: bool, refuses: bool, asked: list[bool]
) -> None:
    friend = there.friend
    extensions = [EXTENSION] if knows else []
    version = {"version": "2025-1", "path": "/dsp", "extensions": extensions}
    friend.handlers["/.well-known/dspace-version"] = _answering({"protocolVersions": [version]})
    filters: list[list[Any]] = []
    other = {**ENTRY, "@id": "other"}

    async def answer(request: web.Request) -> web.Response:
        filters.append((await request.json()).get("filter", []))
        status = 400 if refuses and filters[-1] else 200
        return web.json_response(_catalog(friend, ENTRY, other), status=status)

    friend.handlers["/dsp/catalog"] = answer
    query = {"node": "friend", "where": ["id = d"], "search": "D"}
    seen = await there.node.manage("POST", "/catalog", query)
    assert [entry["id"] for entry in seen.json["datasets"]] == ["d"]
    assert [bool(one) for one in filters] == asked
    for entries in filter(None, filters):
        understood = read_query(tuple(entries))
        assert understood == msgspec.structs.replace(read_where(("id = d",)), search="D")
