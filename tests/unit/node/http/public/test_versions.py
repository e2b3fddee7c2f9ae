"""What a caller hears who speaks another version of the protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest

from faifo.node.http.app import App, public_app
from faifo.node.http.public import wellknown
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Mounted, Route


async def _here(_: Request) -> Response:
    return Response(b"here")


async def _no_data(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("the data plane was asked")


def face(prefix: str) -> App:
    return public_app(
        prefix=prefix,
        mounted=[Mounted(wellknown.DSP_PATH, [Route("/catalog/request", _here, methods=["POST"])])],
        routes=wellknown.routes(
            prefix=prefix, did_document=lambda: b"{}", did_path=f"{prefix}/did.json"
        ),
        data=_no_data,
    )


async def ask(app: App, method: str, path: str) -> tuple[int, str, bytes]:
    """Return status, media type and body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(),
        "root_path": "", "query_string": b"", "headers": [], "http_version": "1.1",
    }  # fmt: skip
    await app(scope, receive, send)
    headers = dict(sent[0]["headers"])
    body = b"".join(event.get("body", b"") for event in sent[1:])
    return sent[0]["status"], headers.get(b"content-type", b"").decode(), body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/dsp/2024-1/catalog/request"),
        ("POST", "/dsp/2024-1/negotiations/request"),
        ("GET", "/dsp/2024-1/transfers/urn:uuid:1"),
        ("GET", "/dsp/2024-1"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/a/b"])
async def test_an_unknown_version_is_told_what_is_served(
    prefix: str, method: str, path: str
) -> None:
    status, media_type, body = await ask(face(prefix), method, prefix + path)
    why = (
        "the Dataspace Protocol in version 2024-1 is not served here;"
        f" served: 2025-1 at {prefix}/dsp/2025-1; see {prefix}/.well-known/dspace-version"
    )
    assert (status, media_type) == (404, "application/problem+json")
    assert json.loads(body) == {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@type": "VersionsError",
        "type": "urn:faifo:problem:version-not-served",
        "title": "version-not-served",
        "status": 404,
        "detail": why,
        "code": "version-not-served",
        "reason": [why],
    }


async def test_a_long_version_is_not_repeated_whole() -> None:
    _, _, body = await ask(face(""), "GET", "/dsp/" + "9" * 1000)
    assert "9" * 40 + " is not served" in json.loads(body)["detail"]
    assert b"9" * 41 not in body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/dsp/2025-1/catalog/request", 200),
        ("GET", "/dsp/2025-1/catalog/request", 405),
        ("POST", "/dsp/2025-1/nothing", 404),
        ("GET", "/dsp/2025-1", 404),
        ("GET", "/dsp", 404),
        ("GET", "/.well-known/dspace-version", 200),
    ],
)
async def test_the_version_that_is_served_answers_for_itself(
    method: str, path: str, status: int
) -> None:
    got, _, body = await ask(face(""), method, path)
    assert got == status
    assert b"VersionsError" not in body


async def test_the_version_document_lists_what_is_mounted() -> None:
    app = face("")
    _, _, body = await ask(app, "GET", "/.well-known/dspace-version")
    for entry in json.loads(body)["protocolVersions"]:
        status, _, _ = await ask(app, "POST", f"{entry['path']}/catalog/request")
        assert status == 200
