from __future__ import annotations

import pytest
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_version_document_is_unversioned_and_for_everybody(there: World) -> None:
    client = there.stranger.client
    async with client.get(f"{there.node.url}/.well-known/dspace-version") as answer:
        assert answer.status == 200
        assert answer.content_type == "application/json"
        assert await answer.json() == {
            "protocolVersions": [
                {
                    "version": "2025-1",
                    "path": "/dsp/2025-1",
                    "binding": "HTTPS",
                    "identifierType": "did:web",
                    "extensions": ["urn:faifo:agreement-notice:1", "urn:faifo:agreement-notice:2"],
                }
            ]
        }


async def test_the_did_document_is_strict_and_for_everybody(there: World) -> None:
    did = there.node.did
    async with there.stranger.client.get(f"{there.node.url}/.well-known/did.json") as answer:
        assert answer.status == 200
        document = await answer.json(content_type="application/did+json")
    assert document["id"] == did
    methods = {one["id"].rpartition("#")[2]: one for one in document["verificationMethod"]}
    assert sorted(methods) == ["agreement-1", "log-1", "presentation-1", "token-1", "witness-1"]
    presentation, method = methods["presentation-1"], methods["token-1"]
    assert methods["log-1"]["publicKeyJwk"]["crv"] == "Ed25519"
    assert sorted(method) == ["controller", "id", "publicKeyJwk", "type"]
    assert method["type"] == "JsonWebKey2020"
    assert method["id"].startswith(f"{did}#")
    assert sorted(method["publicKeyJwk"]) == ["crv", "kty", "x", "y"]
    assert document["capabilityInvocation"] == [method["id"]]
    assert document["authentication"] == [presentation["id"]]
    assert document["assertionMethod"] == []
    assert document["service"] == [
        {
            "id": f"{did}#CredentialService",
            "type": "CredentialService",
            "serviceEndpoint": f"{there.node.url}/dcp/1.0/holder",
        },
        {
            "id": f"{did}#dsp",
            "type": "DataService",
            "serviceEndpoint": f"{there.node.url}/.well-known/dspace-version",
        },
        {
            "id": f"{did}#catalog",
            "type": "CatalogService",
            "serviceEndpoint": f"{there.node.url}/dsp/2025-1/catalog",
        },
        {
            "id": f"{did}#notices",
            "type": "FaifoNoticeService",
            "serviceEndpoint": f"{there.node.url}/faifo/v1/notices",
        },
        {
            "id": f"{did}#log",
            "type": "FaifoLogService",
            "serviceEndpoint": f"{there.node.url}/log",
        },
        {
            "id": f"{did}#receipts",
            "type": "FaifoReceiptService",
            "serviceEndpoint": f"{there.node.url}/faifo/v1/receipts",
        },
    ]


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/", 404, None),
        ("GET", "/nothing", 404, None),
        ("GET", "/.well-known/", 404, None),
        ("GET", "/dsp/2025-1", 404, None),
        ("GET", "/dsp/2025-1/", 404, None),
        ("GET", "/dsp/2024-1/catalog/request", 404, None),
        ("POST", "/dsp/2025-1/catalog/request/", 404, None),
        ("GET", "/manage/v1/node", 404, None),
        ("POST", "/manage/v1/datasets", 404, None),
        ("POST", "/.well-known/dspace-version", 405, {"GET", "HEAD"}),
        ("DELETE", "/.well-known/did.json", 405, {"GET", "HEAD"}),
        ("GET", "/dsp/2025-1/catalog/request", 405, {"POST"}),
        ("PUT", "/dsp/2025-1/negotiations/request", 405, {"POST"}),
        ("DELETE", "/dsp/2025-1/negotiations/x", 405, {"GET", "HEAD"}),
        ("GET", "/dsp/2025-1/transfers/x/start", 405, {"POST"}),
    ],
)
async def test_everything_else_is_a_problem_document(
    there: World, method: str, path: str, status: int, allow: set[str] | None
) -> None:
    headers = {"Authorization": f"Bearer {there.node.key}"}
    async with there.friend.client.request(
        method, there.node.url + path, headers=headers
    ) as answer:
        assert answer.status == status
        assert answer.content_type == "application/problem+json"
        body = await answer.json(content_type="application/problem+json")
        assert body["status"] == status
        given = answer.headers.get("Allow")
        assert (set(given.split(", ")) if given else None) == allow
