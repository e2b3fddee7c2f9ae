"""The probe looks at the caller's own DID host, and at nothing else whatever it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from harness import Answer, Peer, free_port, running, write_node
from world import World, world

from faifo import clock
from faifo.node.examining.seen import CHECKS
from faifo.node.http.public.probe import Pace

PROBE = "/faifo/v1/probe"
CODES = frozenset(
    {
        *(
            f"{place}-{kind}"
            for place in ("document", "version", "callback")
            for kind in ("unreachable", "tls", "refused", "slow", "too-large", "status")
        ),
        "document-did",
        "document-unreadable",
        "document-other",
        "document-key",
        "endpoint-missing",
        "endpoint-elsewhere",
        "version-unreadable",
        "version-none",
        "clock-apart",
    }
)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    """A node of its own for each test: the probe counts who asked."""
    async with world(tmp_path) as made:
        no_such_process(made.friend)
        yield made


def no_such_process(peer: Peer, status: int = 404) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({}, status=status)

    peer.handlers["/dsp/negotiations/"] = answer


async def ask(
    there: World, caller: Peer, *, body: bytes = b"", query: str = "", **headers: str
) -> Answer:
    sent = {"Authorization": f"Bearer {caller.token(there.node.did)}", **headers}
    url = f"{there.node.url}{PROBE}{query}"
    async with caller.client.post(url, data=body, headers=sent) as answer:
        return Answer(answer.status, answer.headers, await answer.read())


def faults(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer.body
    return {one["code"]: one["text"] for one in answer.json["checks"] if not one["good"]}


async def probed(there: World) -> list[Any]:
    entries = await there.node.node.store.read(lambda tx: tx.journal.find())
    return [entry for _, entry in entries if entry.event == "probed"]


async def test_a_caller_that_is_as_it_should_be(there: World) -> None:
    told = format_datetime(clock.now() + timedelta(seconds=9), usegmt=True)
    answer = await ask(there, there.friend, Date=told)
    assert faults(answer) == {}
    report = answer.json
    checks = {one["check"]: one for one in report["checks"]}
    assert list(checks) == ["document", "version", "callback", "clock"]
    assert [checks[one]["status"] for one in ("document", "version", "callback")] == [200, 200, 404]
    assert all(checks[one]["ms"] >= 0 for one in ("document", "version", "callback"))
    assert report["participant"] == there.friend.did
    assert (report["keys"], report["token_key"], report["versions"]) == (1, True, ["2025-1"])
    assert 5 <= report["clock_seconds"] <= 9
    assert report["certificate_until"] is None
    (entry,) = await probed(there)
    assert (entry.peer, entry.detail) == (there.friend.did, {"faults": []})


async def test_who_does_not_tell_the_time_is_not_told_the_difference(there: World) -> None:
    report = (await ask(there, there.friend, Date="yesterday")).json
    assert report["clock_seconds"] is None
    assert [one["check"] for one in report["checks"]] == ["document", "version", "callback"]


async def test_strangers_get_one_and_the_same_401(there: World) -> None:
    url = f"{there.node.url}{PROBE}"
    forged = there.friend.token(there.node.did, key=ec.generate_private_key(ec.SECP256R1()))
    seen = []
    for token in (None, "x.y.z", there.stranger.token(there.node.did), forged):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with there.stranger.client.post(url, headers=headers) as answer:
            seen.append((answer.status, answer.headers["WWW-Authenticate"], await answer.read()))
    assert len(set(seen)) == 1
    assert seen[0][:2] == (401, "Bearer")
    assert json.loads(seen[0][2])["detail"] == "the caller is not proven"
    assert there.stranger.documents_served == 0
    assert await probed(there) == []


async def test_a_token_opens_the_probe_once(there: World) -> None:
    headers = {"Authorization": f"Bearer {there.friend.token(there.node.did)}"}
    url = f"{there.node.url}{PROBE}"
    async with there.friend.client.post(url, headers=headers) as first:
        assert first.status == 200
    fetched = there.friend.documents_served
    async with there.friend.client.post(url, headers=headers) as again:
        assert again.status == 401
    assert there.friend.documents_served == fetched


async def test_one_probe_in_five_seconds_for_each_participant(there: World) -> None:
    no_such_process(there.rival)
    answers = await asyncio.gather(*(ask(there, there.friend) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 429, 429, 429, 429]
    refused = next(answer for answer in answers if answer.status == 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 5
    assert refused.json["code"] == "too-soon"
    assert refused.json["detail"].startswith("one probe in 5 s; come again in ")
    assert (await ask(there, there.rival)).status == 200
    assert len(await probed(there)) == 2


def test_the_pace_forgets_who_may_come_again() -> None:
    pace = Pace(5.0)
    assert pace.wait("a", 100.0) == 0
    assert pace.wait("a", 102.0) == 3.0
    assert pace.wait("b", 103.0) == 0
    assert pace.wait("a", 105.0) == 0
    assert pace.wait("c", 109.0) == 0
    assert pace._last.keys() == {"a", "c"}


@pytest.mark.parametrize(
    "told",
    [
        {"body": b'{"url": "http://localhost:1/"}'},
        {"body": b'{"node": "did:web:other.example"}'},
        {"body": b"http://169.254.169.254/"},
        {"query": "?url=http://localhost:1/"},
    ],
    ids=["a URL", "another DID", "a bare address", "a query"],
)
async def test_no_address_is_taken(there: World, told: dict[str, Any]) -> None:
    answer = await ask(there, there.friend, **told)
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert await probed(there) == []


# ── where the document may lead ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://localhost:{other}/.well-known/dspace-version",
        "http://127.0.0.1:{own}/.well-known/dspace-version",
        "https://localhost:{own}/.well-known/dspace-version",
        "http://localhost:{own}@localhost:{other}/.well-known/dspace-version",
        "http://localhost:{own}.localhost:{other}/.well-known/dspace-version",
        "http://localhost:{own}\\@localhost:{other}/.well-known/dspace-version",
        "http://localhost:{own}/?x=/.well-known/dspace-version",
        "http://localhost:{own}/\r\nHost: x/.well-known/dspace-version",
        "//localhost:{other}/.well-known/dspace-version",
        "file:///etc/.well-known/dspace-version",
    ],
)
async def test_an_endpoint_elsewhere_is_not_called(there: World, endpoint: str) -> None:
    called: list[str] = []

    async def note(request: web.Request) -> web.Response:
        called.append(request.path)
        return web.json_response({})

    there.rival.handlers["/"] = note
    target = endpoint.format(own=there.friend.port, other=there.rival.port)
    there.friend.document["service"][0]["serviceEndpoint"] = target
    answer = await ask(there, there.friend)
    assert faults(answer) == {
        "endpoint-elsewhere": "the DataService is at another host or port than the DID"
    }
    assert str(there.rival.port) not in answer.body.decode()
    assert called == []
    (entry,) = await probed(there)
    assert entry.detail == {"faults": ["endpoint-elsewhere"]}


@pytest.mark.parametrize("path", ["@localhost:{other}/", "//localhost:{other}/", "/\\x", "/a b"])
async def test_a_version_path_leads_nowhere_else(there: World, path: str) -> None:
    called: list[str] = []

    async def note(request: web.Request) -> web.Response:
        called.append(request.path)
        return web.json_response({}, status=404)

    async def versions(_: web.Request) -> web.Response:
        entry = {
            "version": "2025-1",
            "path": path.format(other=there.rival.port),
            "binding": "HTTPS",
        }
        return web.json_response({"protocolVersions": [entry]})

    there.rival.handlers["/"] = note
    there.friend.handlers["/.well-known/dspace-version"] = versions
    assert next(iter(faults(await ask(there, there.friend)))) in {
        "version-unreadable",
        "callback-status",
    }
    assert called == []


async def test_a_redirect_is_a_status_and_is_not_followed(there: World) -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        raise web.HTTPFound(f"{there.rival.root}/.well-known/dspace-version")

    there.friend.handlers["/.well-known/dspace-version"] = elsewhere
    answer = await ask(there, there.friend)
    assert faults(answer) == {"version-status": "it answered 302; expected 200"}
    assert there.rival.inbox.empty()


# ── what is wrong at the caller ──────────────────────────────────────────────────────────────────


def answers(path: str, status: int, content: Any) -> Callable[[Peer], None]:
    def plant(peer: Peer) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.json_response(content, status=status)

        peer.handlers[path] = answer

    return plant


def deep(path: str) -> Callable[[Peer], None]:
    """Answer with more brackets than a reader's stack holds."""

    def plant(peer: Peer) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=b'{"x":' + b"[" * 100_000)

        peer.handlers[path] = answer

    return plant


def no_service(peer: Peer) -> None:
    peer.document["service"] = []


def other_key(peer: Peer) -> None:
    peer.document = peer.did_document(ec.generate_private_key(ec.SECP256R1()))


def other_did(peer: Peer) -> None:
    peer.document = peer.did_document(did="did:web:secret.example")


DID, VERSION = "/.well-known/did.json", "/.well-known/dspace-version"
OLD = {"protocolVersions": [{"version": "2024-1", "path": "/x", "binding": "HTTPS"}]}


@pytest.mark.parametrize(
    ("plant", "code", "text"),
    [
        (answers(DID, 503, {"secret": 1}), "document-status", "it answered 503; expected 200"),
        (answers(DID, 200, ["secret"]), "document-unreadable", "what is there cannot be read as"),
        (other_did, "document-other", "the document there is of another DID"),
        (other_key, "document-key", "the key that signed this call does not stand in"),
        (no_service, "endpoint-missing", "the document names no DataService of DSP"),
        (answers(VERSION, 404, {}), "version-status", "it answered 404; expected 200"),
        (answers(VERSION, 200, {"secret": 1}), "version-unreadable", "what is there cannot be"),
        (deep(DID), "document-unreadable", "cannot be read as a DID document"),
        (deep(VERSION), "version-unreadable", "cannot be read as a version document"),
        (answers(VERSION, 200, OLD), "version-none", "does not name 2025-1"),
        (answers("/dsp/negotiations/", 502, {}), "callback-status", "it answered 502; expected"),
    ],
)
async def test_a_fault_at_the_caller(
    there: World, plant: Callable[[Peer], None], code: str, text: str
) -> None:
    # The node remembers the document, so that the caller is proven; the probe looks anew.
    request = {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@type": "CatalogRequestMessage",
    }
    known = await there.friend.call(there.node, "POST", "/catalog/request", request)
    assert known.status == 200
    plant(there.friend)
    answer = await ask(there, there.friend)
    found = faults(answer)
    assert list(found) == [code]
    assert text in found[code]
    assert b"secret" not in answer.body


async def test_a_host_that_is_silent_ends_with_the_time_of_a_probe(there: World) -> None:
    never = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        await never.wait()
        return web.json_response({})

    there.friend.handlers[VERSION] = silent
    begun = clock.monotonic()
    answer = await ask(there, there.friend)
    never.set()
    assert faults(answer) == {"version-slow": "no answer within the time that a probe has"}
    assert 5 < clock.monotonic() - begun < 10


async def test_clocks_that_differ(there: World) -> None:
    told = format_datetime(clock.now() - timedelta(minutes=2), usegmt=True)
    answer = await ask(there, there.friend, Date=told)
    assert list(faults(answer)) == ["clock-apart"]
    assert -125 <= answer.json["clock_seconds"] <= -120


def test_every_code_has_words_in_the_doctor() -> None:
    assert CHECKS.keys() == CODES


# ── asked through the management API, with two nodes ─────────────────────────────────────────────


async def test_the_management_api_asks_a_partner(there: World, tmp_path: Path) -> None:
    """The other node is a real one; afterwards its partner's face is gone."""
    port = free_port()
    did = f"did:web:localhost%3A{port}"
    path = write_node(tmp_path / "other", port=port, trusted={"there": there.node.did})
    (there.node.path / "trust.toml").write_text(
        f'[[participant]]\ndid = "{did}"\nname = "other"\n'
        f'[[participant]]\ndid = "{there.friend.did}"\nname = "friend"\n'
    )
    async with running(path) as other:
        answer = await other.manage("POST", "/probe", {"node": "there"})
        assert answer.status == 200, answer.body
        assert (answer.json["node"], answer.json["offered"]) == (there.node.did, True)
        report = answer.json["report"]
        assert [one["good"] for one in report["checks"]] == [True] * 4
        assert report["token_key"] is True
        # A Date header leaves out what is below a second.
        assert -3 <= report["clock_seconds"] <= 0
        described = (await other.manage("GET", "/openapi.json")).json
        operation = described["paths"]["/manage/v1/probe"]["post"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema_rs.validate({**schema, "components": described["components"]}, answer.json)
        again = await other.manage("POST", "/probe", {"node": "there"})
        assert (again.status, again.json["code"]) == (502, "peer-error")
        assert "one probe in 5 s" in again.json["detail"]
        unknown = await other.manage("POST", "/probe", {"node": "nobody"})
        assert unknown.status == 404


async def test_a_node_whose_public_url_leads_nowhere(there: World, tmp_path: Path) -> None:
    """The port of its public URL is dead, so the partner cannot even look who is asking."""
    port, dead = free_port(), free_port()
    did = f"did:web:localhost%3A{dead}"
    path = write_node(
        tmp_path / "other",
        port=port,
        trusted={"there": there.node.did},
        public_url=f"http://localhost:{dead}",
    )
    (there.node.path / "trust.toml").write_text(f'[[participant]]\ndid = "{did}"\nname = "o"\n')
    async with running(path) as other:
        answer = await other.manage("POST", "/probe", {"node": "there"})
        (check,) = answer.json["report"]["checks"]
        assert (check["good"], check["code"]) == (False, "document-unreachable")
        assert check["text"] == f"{did} cannot be reached: Connection refused"


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (404, {}, {"offered": False, "report": None}),
        (200, {"checks": "x"}, "the report of its probe cannot be read"),
        (403, {"detail": "not today"}, "not today"),
    ],
)
async def test_partners_that_answer_otherwise(
    there: World, status: int, content: Any, expected: Any
) -> None:
    answers(PROBE, status, content)(there.friend)
    answer = await there.node.manage("POST", "/probe", {"node": "friend"})
    if isinstance(expected, dict):
        assert answer.status == 200
        assert answer.json == {"node": there.friend.did, **expected}
    else:
        assert answer.status == 502
        assert expected in answer.json["detail"]
