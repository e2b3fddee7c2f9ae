"""A real node in this process, and a participant outside it whose key the test holds.

The peer has a real DID host and a real callback server, so a message that passes has passed every
check a stranger's message must pass; it can also lie in every way, since it makes its own tokens.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from yarl import URL

from faifo import ids
from faifo.dataplane.certificates import TlsFiles
from faifo.dataplane.server import Server, make_server
from faifo.node.custody.directory import write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.custody.trust_file import TrustedParticipant, write_trust
from faifo.node.wiring import Node, Replaceable, open_node

CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
DSP = "/dsp/2025-1"
LOOPBACK = ["127.0.0.0/8", "::1/128"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def did_of(port: int, *path: str) -> str:
    return ":".join((f"did:web:localhost%3A{port}", *path))


def write_node(
    folder: Path,
    *,
    port: int,
    trusted: dict[str, str],
    public_url: str | None = None,
    **sections: dict[str, Any],
) -> Path:
    """Make a node's directory; `sections` add to the settings or change them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tables: dict[str, dict[str, Any]] = {
        "node": {
            "name": folder.name,
            "economy": "VN",
            "public_url": public_url or f"http://localhost:{port}",
        },
        "listen": {"port": port},
        "publish": {"roots": [str(folder.parent)], "backends": LOOPBACK},
        "trust": {"did_web_http": True},
        "egress": {"allow": LOOPBACK},
    }
    for name, changes in sections.items():
        tables.setdefault(name, {}).update(changes)
    text = ""
    for name, table in tables.items():
        # JSON's texts, numbers, truths and lists are TOML's as well.
        lines = (f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        text += f"[{name}]\n{''.join(lines)}\n"
    (folder / "faifo.toml").write_text(text)
    if not (folder / "keys").exists():
        make_first_keys(folder / "keys")
        write_secret(folder / "manage.key", ids.new_secret().encode())
    participants = tuple(TrustedParticipant(did=did, name=name) for name, did in trusted.items())
    write_trust(folder / "trust.toml", participants)
    return folder


class Answer:
    """An HTTP answer that has been read."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        return " ".join(self.json["reason"])


class RunningNode:
    """A node that serves, and its management API."""

    def __init__(
        self, node: Node, url: str, manage_url: str, client: aiohttp.ClientSession
    ) -> None:
        self.node = node
        self.did = node.did
        self.url = url
        self.manage_url = manage_url
        self.client = client
        self.path = node.directory.path
        self.key = node.directory.read_manage_key()

    async def manage(self, method: str, path: str, body: Any = None, **kwargs: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.key}", **kwargs.pop("headers", {})}
        url = URL(f"{self.manage_url}/manage/v1{path}", encoded=True)
        async with self.client.request(method, url, json=body, headers=headers, **kwargs) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def publish(self, **publication: Any) -> dict[str, Any]:
        if "location" not in publication:
            file = self.path.parent / f"{uuid.uuid4().hex}.csv"
            file.write_text("code,name\nVN,Viet Nam\n" * 10)
            publication["location"] = str(file)
        answer = await self.manage("POST", "/datasets", publication)
        assert answer.status == 201, answer.body
        return dict(answer.json)

    async def settled(self, kind: str, pid: str, *states: str | None) -> dict[str, Any]:
        """Wait by long poll until a process is in one of `states`."""
        revision = ""
        async with asyncio.timeout(20):
            while True:
                query = f"?wait=15&revision={revision}" if revision else ""
                answer = await self.manage("GET", f"/{kind}/{quote(pid, safe='')}{query}")
                assert answer.status == 200, answer.body
                record: dict[str, Any] = answer.json
                if record["state"] in states:
                    return record
                revision = record["revision"]

    async def timeline(self, name: str) -> dict[str, Any]:
        answer = await self.manage("GET", f"/timeline/{quote(name, safe='')}")
        assert answer.status == 200, answer.body
        return dict(answer.json)


@contextlib.asynccontextmanager
async def running(
    folder: Path, *, parts: Replaceable | None = None, tls: TlsFiles | None = None
) -> AsyncIterator[RunningNode]:
    """Serve the node in `folder` from this event loop, as `wiring.serve` does from its own."""
    async with open_node(folder, parts) as node, aiohttp.ClientSession() as client:
        settings = node.settings
        servers = [
            make_server(node.public, host="127.0.0.1", port=settings.listen.port, tls=tls),
            make_server(node.manage_app, host="127.0.0.1", port=0),
        ]
        for server in servers:
            # asyncio, unlike uvloop, leaves Nagle's algorithm on for such a socket.
            server._listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await node.start()
        async with _serving(servers):
            manage = f"http://127.0.0.1:{servers[1].address[1]}"
            yield RunningNode(node, settings.node.public_url, manage, client)


@contextlib.asynccontextmanager
async def _serving(servers: list[Server]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(server.serve()) for server in servers]
    try:
        async with asyncio.timeout(10):
            while not all(server.started for server in servers):
                await asyncio.sleep(0.002)
        yield
    finally:
        for server in servers:
            server.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), 20)


Handler = Callable[[web.Request], Any]


class Peer:
    """A participant under the test's control."""

    def __init__(self, port: int, client: aiohttp.ClientSession) -> None:
        self.port = port
        self.did = did_of(port)
        self.root = f"http://localhost:{port}"
        self.client = client
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.document: Any = self.did_document()
        self.inbox: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self.handlers: dict[str, Handler] = {}
        self.documents_served = 0

    # ── what it is ───────────────────────────────────────────────────────────────────────────

    def did_document(self, key: Any = None, did: str | None = None) -> dict[str, Any]:
        did = did or self.did
        return {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": did,
            "verificationMethod": [
                {
                    "id": f"{did}#k1",
                    "type": "JsonWebKey2020",
                    "controller": did,
                    "publicKeyJwk": public_jwk(key or self.key),
                }
            ],
            "capabilityInvocation": [f"{did}#k1"],
            "service": [
                {
                    "id": f"{did}#dsp",
                    "type": "DataService",
                    "serviceEndpoint": f"{self.root}/.well-known/dspace-version",
                }
            ],
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        for prefix, handler in self.handlers.items():
            if request.path.startswith(prefix):
                return await handler(request)
        if request.path == "/.well-known/did.json":
            self.documents_served += 1
            return web.json_response(self.document)
        if request.path == "/.well-known/dspace-version":
            entry = {"version": "2025-1", "path": "/dsp", "binding": "HTTPS"}
            return web.json_response({"protocolVersions": [entry]})
        body = await request.json() if request.can_read_body else {}
        self.inbox.put_nowait((request.path, body))
        return web.json_response({})

    async def received(self, kind: str, process: str | None = None) -> dict[str, Any]:
        """Return the next message of a type (about our pid); what came before it is dropped."""
        async with asyncio.timeout(15):
            while True:
                _, body = await self.inbox.get()
                if body.get("@type") == kind and process in {None, body.get("consumerPid")}:
                    return body

    # ── what it says ─────────────────────────────────────────────────────────────────────────

    def claims(self, audience: str, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.did,
            "sub": self.did,
            "aud": audience,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + 300,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self,
        audience: str,
        *,
        key: Any = None,
        algorithm: str = "ES256",
        headers: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        return jwt.encode(
            self.claims(audience, **changes),
            key or self.key,
            algorithm=algorithm,
            headers={"kid": f"{self.did}#k1", **(headers or {})},
        )

    async def call(
        self,
        node: RunningNode,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Call the node; a fresh genuine token unless told otherwise (None: no token)."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token(node.did)}"
        data: Any = body
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        url = URL(f"{node.url}{DSP}{path}", encoded=True)
        async with self.client.request(
            method, url, data=data, headers=sent, allow_redirects=False
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    # ── the genuine flow, as a consumer ──────────────────────────────────────────────────────

    def request(self, dataset: dict[str, Any], **changes: Any) -> dict[str, Any]:
        return {
            "@context": [CONTEXT],
            "@type": "ContractRequestMessage",
            "@id": f"urn:uuid:{uuid.uuid4()}",
            "consumerPid": f"urn:uuid:{uuid.uuid4()}",
            "callbackAddress": f"{self.root}/cb",
            "offer": {
                **dataset["policy"],
                "@id": dataset["offer_id"],
                "@type": "Offer",
                "target": dataset["id"],
            },
            **changes,
        }

    def message(self, kind: str, process: dict[str, Any], **members: Any) -> dict[str, Any]:
        return {
            "@context": [CONTEXT],
            "@type": kind,
            "@id": f"urn:uuid:{uuid.uuid4()}",
            "providerPid": process["providerPid"],
            "consumerPid": process["consumerPid"],
            **members,
        }

    def transfer_request(self, agreement: str, **changes: Any) -> dict[str, Any]:
        return {
            "@context": [CONTEXT],
            "@type": "TransferRequestMessage",
            "@id": f"urn:uuid:{uuid.uuid4()}",
            "consumerPid": f"urn:uuid:{uuid.uuid4()}",
            "agreementId": agreement,
            "format": "HttpData-PULL",
            "callbackAddress": f"{self.root}/cb",
            **changes,
        }

    async def negotiated(self, node: RunningNode, dataset: dict[str, Any]) -> dict[str, Any]:
        """Run a genuine negotiation up to AGREED; returns it with the agreement's id."""
        answer = await self.call(node, "POST", "/negotiations/request", self.request(dataset))
        assert answer.status == 201, answer.body
        pid = answer.json["consumerPid"]
        agreement = (await self.received("ContractAgreementMessage", pid))["agreement"]
        return {**answer.json, "agreement": agreement["@id"]}

    async def agreed(self, node: RunningNode, dataset: dict[str, Any]) -> dict[str, Any]:
        """Run a genuine negotiation to its end; returns it with the agreement's id."""
        process = await self.negotiated(node, dataset)
        await node.settled("negotiations", process["providerPid"], "AGREED")
        path = f"/negotiations/{process['providerPid']}/agreement/verification"
        message = self.message("ContractAgreementVerificationMessage", process)
        answer = await self.call(node, "POST", path, message)
        assert answer.status == 200, answer.body
        await self.received("ContractNegotiationEventMessage", process["consumerPid"])
        await node.settled("negotiations", process["providerPid"], "FINALIZED")
        return process

    async def started(self, node: RunningNode, agreement: str) -> dict[str, Any]:
        """Run a genuine transfer up to STARTED; returns it with endpoint and token."""
        request = self.transfer_request(agreement)
        answer = await self.call(node, "POST", "/transfers/request", request)
        assert answer.status == 201, answer.body
        pid = answer.json["consumerPid"]
        address = (await self.received("TransferStartMessage", pid))["dataAddress"]
        await node.settled("transfers", answer.json["providerPid"], "STARTED")
        values = {item["name"]: item["value"] for item in address["endpointProperties"]}
        return {
            **answer.json,
            "endpoint": address["endpoint"],
            "token": values["authorization"],
        }


def public_jwk(key: Any) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": base64url(numbers.x.to_bytes(32, "big")),
        "y": base64url(numbers.y.to_bytes(32, "big")),
    }


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextlib.asynccontextmanager
async def peer() -> AsyncIterator[Peer]:
    """Serve a peer on a port of its own."""
    async with aiohttp.ClientSession(
        auto_decompress=False, skip_auto_headers=("Accept-Encoding",)
    ) as client:
        it = Peer(free_port(), client)
        runner = web.ServerRunner(web.Server(it.serve), shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", it.port).start()
        try:
            yield it
        finally:
            await runner.cleanup()
