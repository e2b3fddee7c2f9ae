"""The other side as a script: a real HTTP server with its own DID and keys that says what it likes.

`Peer` answers nothing by itself but its documents and one dataset: a message of the node under test
waits until the test answers it, which is how a message stays "under way". `Talk` is one process
between the node and the peer.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, web
from cryptography.hazmat.primitives.asymmetric import ec
from tests.conftest import free_port

from faifo.node.http.public.wellknown import did_services, version_document
from faifo.trust import self_issued
from faifo.trust.did import write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey, key_id

CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
POLICY = {"permission": [{"action": "use"}]}
DATASET = "urn:dataset:of-the-peer"
OFFER_ID = "urn:offer:of-the-peer"
PULL = "HttpData-PULL"
LONG = 30.0


class Delivery:
    """A message of the node, unanswered."""

    def __init__(self, path: str, raw: bytes) -> None:
        self.path = path
        self.raw = raw
        self.json = json.loads(raw or b"{}")
        self._answer: asyncio.Future[web.Response] = asyncio.get_running_loop().create_future()

    def answer(self, status: int = 200, body: bytes = b"") -> None:
        if not self._answer.done():
            self._answer.set_result(
                web.Response(status=status, body=body, content_type="application/json")
            )

    async def answered(self) -> web.Response:
        return await self._answer


class Peer:
    """Somebody else's node, played by the test."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.root = f"http://localhost:{port}"
        self.base = f"{self.root}/dsp/2025-1"
        self.did = f"did:web:localhost%3A{port}"
        self.versions = version_document()
        self._key = SigningKey(
            id=key_id(self.did, "token-1"),
            purpose=KeyPurpose.TOKEN,
            created=datetime.now(UTC),
            retired=None,
            private_key=ec.generate_private_key(ec.SECP256R1()),
        )
        self._waiting: list[Delivery] = []
        self._all: list[Delivery] = []
        self._came = asyncio.Condition()
        self._session: ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        document = write_did_document(self.did, [self._key], did_services(self.did, self.root))
        app = web.Application()

        def constant(content: bytes | Callable[[], bytes]) -> Callable[..., Any]:
            async def answer(_: web.Request) -> web.Response:
                body = content() if callable(content) else content
                return web.Response(body=body, content_type="application/json")

            return answer

        app.router.add_get("/.well-known/did.json", constant(document))
        app.router.add_get("/.well-known/dspace-version", constant(lambda: self.versions))
        app.router.add_get(
            "/dsp/2025-1/catalog/datasets/{id}", constant(json.dumps(self._dataset()).encode())
        )
        app.router.add_route("*", "/dsp/2025-1/{path:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self._session = ClientSession(connector=TCPConnector(force_close=True))

    async def close(self) -> None:
        for delivery in self._all:
            delivery.answer(503)
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    def _dataset(self) -> dict[str, Any]:
        service = {"@id": f"{self.base}#service", "@type": "DataService", "endpointURL": self.base}
        return {
            "@context": CONTEXT,
            "@id": DATASET,
            "@type": "Dataset",
            "hasPolicy": [{"@id": OFFER_ID, "@type": "Offer", **POLICY}],
            "distribution": [{"@type": "Distribution", "format": PULL, "accessService": service}],
        }

    async def _take(self, request: web.Request) -> web.Response:
        delivery = Delivery("/" + request.match_info["path"], await request.read())
        async with self._came:
            self._waiting.append(delivery)
            self._all.append(delivery)
            self._came.notify_all()
        return await delivery.answered()

    async def take(self, good: Callable[[Delivery], bool]) -> Delivery:
        """Return the next message of the node that is `good`; it stays unanswered."""
        async with asyncio.timeout(LONG), self._came:
            while True:
                for delivery in self._waiting:
                    if good(delivery):
                        self._waiting.remove(delivery)
                        return delivery
                await self._came.wait()

    def token(self, node: Any) -> str:
        """Return a fresh proof of who we are."""
        return self_issued.issue(
            key=self._key, did=self.did, audience=node.did, jti=str(uuid.uuid4()),
            now=datetime.now(UTC),
        )  # fmt: skip

    async def post(
        self, node: Any, path: str, raw: bytes, token: str | None = None
    ) -> tuple[int, bytes]:
        """Send bytes to the node, with a fresh proof of who we are unless one is given."""
        token = token or self.token(node)
        assert self._session
        async with self._session.post(
            node.base + path,
            data=raw,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        ) as response:
            return response.status, await response.read()


class Talk:
    """One negotiation or transfer between the node under test and the peer."""

    def __init__(self, node: Any, peer: Peer, kind: str, role: str, *, named: bool = True) -> None:
        self.node, self.peer = node, peer
        self.kind = kind
        self.role = role  # of the node
        self.named = named  # whether our messages have an @id
        self.node_pid = ""
        self.peer_pid = f"urn:uuid:{uuid.uuid4()}"
        self.agreement: dict[str, Any] = {}
        self.said: list[tuple[str, bytes, tuple[int, bytes]]] = []

    # ── what the peer says ───────────────────────────────────────────────────────────────────

    def message(self, type_: str, **more: Any) -> bytes:
        pids = (
            (self.peer_pid, self.node_pid)
            if self.role == "consumer"
            else (self.node_pid, self.peer_pid)
        )
        name = {"@id": f"urn:uuid:{uuid.uuid4()}"} if self.named else {}
        body = {"providerPid": pids[0], "consumerPid": pids[1], **more}
        body = {key: value for key, value in body.items() if value is not None}
        return json.dumps({"@context": CONTEXT, "@type": type_, **name, **body}).encode()

    async def say(self, word: str, **more: Any) -> tuple[int, bytes]:
        """Say one of WORDS about this process; return status and body of the answer."""
        type_, path, constant = WORDS[self.kind][word]
        if word == "AGREEMENT":
            more.setdefault("agreement", self.agreement_document())
        if word == "OFFER":
            more.setdefault("offer", self.offer())
        if word == "START" and self.role == "consumer":
            more.setdefault("dataAddress", DATA_ADDRESS)
        raw = self.message(type_, **constant, **more)
        return await self.send(f"/{self.kind}s/{self.node_pid}/{path}", raw)

    async def send(self, path: str, raw: bytes) -> tuple[int, bytes]:
        answer = await self.peer.post(self.node, path, raw)
        self.said.append((path, raw, answer))
        return answer

    def offer(self) -> dict[str, Any]:
        return {"@id": OFFER_ID, "@type": "Offer", "target": DATASET, **POLICY}

    def agreement_document(self, **changes: Any) -> dict[str, Any]:
        self.agreement = {
            **self.offer(),
            "@id": f"urn:uuid:{uuid.uuid4()}",
            "@type": "Agreement",
            "assigner": self.peer.did,
            "assignee": self.node.did,
            "timestamp": "2026-01-01T00:00:00Z",
            **changes,
        }
        return self.agreement

    # ── what the node says ───────────────────────────────────────────────────────────────────

    async def heard(self, word: str) -> Delivery:
        """Return the node's next message of this kind about this process, unanswered."""
        type_, _, constant = WORDS[self.kind][word]

        def good(delivery: Delivery) -> bool:
            body = delivery.json
            mine = self.node_pid in {body.get("consumerPid"), body.get("providerPid")}
            return mine and all(body.get(k) == v for k, v in {"@type": type_, **constant}.items())

        return await self.peer.take(good)

    async def asked(self) -> Delivery:
        """Return the node's next question about this process, unanswered."""
        path = f"/{self.kind}s/{self.peer_pid}"
        return await self.peer.take(lambda delivery: delivery.path == path and not delivery.raw)

    def document(self, state: str = "REQUESTED") -> bytes:
        """Return what an honest peer answers."""
        type_ = "ContractNegotiation" if self.kind == "negotiation" else "TransferProcess"
        return self.message(type_, state=state)

    async def take(self, word: str) -> Delivery:
        """Return the node's next message, acknowledged."""
        delivery = await self.heard(word)
        delivery.answer(201 if word == "REQUEST" else 200, self.document())
        return delivery

    async def order(self, word: str, **body: Any) -> Any:
        """Let a person at the node say something."""
        return await self.node.call("POST", f"{self.path}/{word}", body)

    @property
    def path(self) -> str:
        return f"/{self.kind}s/{self.node_pid}"

    async def state(self) -> str | None:
        return (await self.node.call("GET", self.path))["state"]

    async def reached(self, *states: str) -> dict[str, Any]:
        return await self.node.settled(self.path, *states)

    async def moved(self, state: str) -> dict[str, Any]:
        return await self.node.until(self.path, lambda seen: seen["state"] == state)


WORDS: dict[str, dict[str, tuple[str, str, dict[str, Any]]]] = {
    "negotiation": {
        "REQUEST": ("ContractRequestMessage", "request", {}),
        "OFFER": ("ContractOfferMessage", "offers", {}),
        "AGREEMENT": ("ContractAgreementMessage", "agreement", {}),
        "VERIFICATION": ("ContractAgreementVerificationMessage", "agreement/verification", {}),
        "ACCEPTED": ("ContractNegotiationEventMessage", "events", {"eventType": "ACCEPTED"}),
        "FINALIZED": ("ContractNegotiationEventMessage", "events", {"eventType": "FINALIZED"}),
        "TERMINATION": ("ContractNegotiationTerminationMessage", "termination", {}),
    },
    "transfer": {
        "REQUEST": ("TransferRequestMessage", "request", {}),
        "START": ("TransferStartMessage", "start", {}),
        "SUSPENSION": ("TransferSuspensionMessage", "suspension", {}),
        "COMPLETION": ("TransferCompletionMessage", "completion", {}),
        "TERMINATION": ("TransferTerminationMessage", "termination", {}),
    },
}
DATA_ADDRESS = {
    "@type": "DataAddress",
    "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
    "endpoint": "http://localhost:1/data",
    "endpointProperties": [
        {"@type": "EndpointProperty", "name": "authorization", "value": "t"},
        {"@type": "EndpointProperty", "name": "authType", "value": "bearer"},
    ],
}


class Stage:
    """One running node and one peer, and the ways to bring a process where a test wants it."""

    def __init__(self, node: Any, peer: Peer, others: list[Peer]) -> None:
        self.node, self.peer, self.others = node, peer, others
        self._dataset: dict[str, Any] | None = None

    async def restart(self) -> None:
        await self.node.kill()
        await self.node.start()

    async def dataset(self) -> dict[str, Any]:
        """Return what the node has published for everybody it trusts."""
        if self._dataset is None:
            folder = self.node.path.with_name(self.node.path.name + "-data")
            (folder / "a.csv").write_text("a,b\n")
            body = {"location": str(folder / "a.csv"), "title": "A"}
            self._dataset = dict(await self.node.call("POST", "/datasets", body))
        return self._dataset

    async def begun(self, kind: str, role: str, *, named: bool = True) -> Talk:
        """Return a process of which the first message is on its way or taken.

        The node as consumer: its first message waits, unanswered. As provider: it took ours.
        """
        talk = Talk(self.node, self.peer, kind, role, named=named)
        if kind == "transfer":
            base = await self.negotiated(role, named=named)
            talk.agreement, talk.said = base.agreement, base.said
        if role == "consumer":
            where, body = (
                ("/negotiations", {"node": self.peer.did, "dataset": DATASET, "reuse": False})
                if kind == "negotiation"
                else ("/transfers", {"agreement": talk.agreement["@id"]})
            )
            talk.node_pid = (await self.node.call("POST", where, body))["pid"]
        else:
            status, answer = await talk.send(*await self.first(talk))
            assert status == 201, answer
            talk.node_pid = json.loads(answer)["providerPid"]
        return talk

    async def first(self, talk: Talk) -> tuple[str, bytes]:
        """Return path and bytes of the peer's first message as consumer."""
        body: dict[str, Any] = {"providerPid": None, "callbackAddress": talk.peer.base}
        if talk.kind == "negotiation":
            dataset = await self.dataset()
            offer = {"@id": dataset["offer_id"], "@type": "Offer", "target": dataset["id"]}
            body["offer"] = {**offer, **dataset["policy"]}
        else:
            body |= {"agreementId": talk.agreement["@id"], "format": PULL}
        return f"/{talk.kind}s/request", talk.message(WORDS[talk.kind]["REQUEST"][0], **body)

    async def negotiated(self, role: str, *, named: bool = True) -> Talk:
        """Return a negotiation that both sides have finalised."""
        talk = await self.begun("negotiation", role, named=named)
        if role == "consumer":
            await talk.take("REQUEST")
            await talk.reached("REQUESTED")
            assert (await talk.say("AGREEMENT"))[0] == 200
            await talk.take("VERIFICATION")
            await talk.reached("VERIFIED")
            assert (await talk.say("FINALIZED"))[0] == 200
        else:
            talk.agreement = (await talk.take("AGREEMENT")).json["agreement"]
            await talk.reached("AGREED")
            assert (await talk.say("VERIFICATION"))[0] == 200
            await talk.take("FINALIZED")
        await talk.reached("FINALIZED")
        return talk

    async def at(self, kind: str, role: str, steps: str, *, named: bool = True) -> Talk:
        """Return a process after `steps`: words in order.

        `<WORD` the node's message is awaited and acknowledged; `>WORD` the peer says it; `!word` a
        person at the node says it; `?WORD` the node's message stays unanswered.
        """
        talk = await self.begun(kind, role, named=named)
        talk.pending = None  # type: ignore[attr-defined]
        for step in steps.split():
            mark, word = step[0], step[1:]
            match mark:
                case "<":
                    delivery = await talk.take(word)
                    if word == "AGREEMENT":
                        talk.agreement = delivery.json["agreement"]
                    await self.node.until(talk.path, lambda seen: not seen["outbox"])
                case ">":
                    status, body = await talk.say(word)
                    assert status == 200, body
                case "!":
                    await talk.order(word)
                case "?":
                    talk.pending = await talk.heard(word)  # type: ignore[attr-defined]
        return talk


# What the node waits one second for only, as lines of its settings.
HASTE = {
    "": "",
    "impatient": "timeout_seconds = 3\n",
    "asking": "[protocol]\nask_seconds = 1\n",
}


@pytest.fixture
async def backend() -> AsyncIterator[Callable[[Callable[..., Any]], Awaitable[str]]]:
    """Serve what a handler answers to GET until the end of the test; called, it gives the URL."""
    runners = []

    async def serve(handler: Callable[..., Any]) -> str:
        app = web.Application()
        app.router.add_get("/report", handler)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/report"

    yield serve
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def stage(make_node: Any, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A node and three strangers whom it trusts; a parameter names one of `HASTE`."""
    node = make_node("node", extra=HASTE[getattr(request, "param", "")])
    peers = [Peer(free_port()) for _ in range(3)]
    node.trust(*(peer.did for peer in peers))
    await asyncio.gather(node.start(), *(peer.open() for peer in peers))
    yield Stage(node, peers[0], peers[1:])
    await node.kill()
    for peer in peers:
        await peer.close()
