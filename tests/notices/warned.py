"""Nodes that warn each other, and a receiver that is played by the test."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric import ec

from faifo.ai.passport import dsse
from faifo.ai.passport.said import sign
from faifo.kinds.signed import Acknowledgement, Followup, Notice
from faifo.node.http.public.wellknown import did_services, version_document
from faifo.trust import self_issued
from faifo.trust.did import write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey, key_id

AT = datetime(2026, 1, 1, tzinfo=UTC)


def content(**more: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "kind": "scam",
        "severity": "Severe",
        "area": "Hà Nội",
        "begins": now.isoformat(),
        "ends": (now + timedelta(days=1)).isoformat(),
        "texts": [
            {"lang": "vi", "title": "Cuộc gọi giả", "text": "hãy cúp máy"},
            {"lang": "en", "title": "Fake calls", "text": "hang up"},
        ],
        **more,
    }


class Warned:
    """A sender and its receivers, subscribed to `alerts`."""

    def __init__(self, sender: Any, receivers: list[Any]) -> None:
        self.sender = sender
        self.receivers = receivers

    async def send(self, **more: Any) -> Any:
        order = {
            "kind": "warnings", "dataset": "alerts", "content": content(), "tlp": "GREEN",
            "confirmed": True, **more,
        }  # fmt: skip
        return await self.sender.call("POST", "/notices", order)

    async def report(self, name: str, stage: str = "received", wait: int = 20) -> Any:
        """Return the report once every receiver has come to `stage`, or is silent."""
        return await self.sender.call("GET", f"/notices/{name}/report?wait={wait}&stage={stage}")

    async def got(self, **more: Any) -> Any:
        """Return a notice that every receiver has."""
        sent = await self.send(**more)
        report = await self.report(sent["id"])
        assert [line["trouble"] for line in report["receivers"] if line["received"] is None] == []
        return sent


async def subscribed(sender: Any, receiver: Any, dataset: str) -> None:
    begun = await receiver.call(
        "POST", "/negotiations", {"node": sender.did, "dataset": dataset, "reuse": False}
    )
    done = await receiver.settled(f"/negotiations/{begun['pid']}")
    assert done["state"] == "FINALIZED", done
    await sender.settled(f"/negotiations/{done['peer_pid']}")


class Party:
    """Somebody else's node, played by the test: its documents, its keys, and what it says."""

    def __init__(self, port: int) -> None:
        self.root = f"http://localhost:{port}"
        self.did = f"did:web:localhost%3A{port}"
        self.port = port
        self._token = self._key(KeyPurpose.TOKEN, "token-1")
        self.key = self._key(KeyPurpose.PASSPORT, "passport-1")
        self.parcels: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answers: Any = self.word

    def _key(self, purpose: KeyPurpose, name: str) -> SigningKey:
        return SigningKey(
            id=key_id(self.did, name), purpose=purpose, created=AT, retired=None,
            private_key=ec.generate_private_key(ec.SECP256R1()),
        )  # fmt: skip

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Party]:
        services = did_services(self.did, self.root)
        document = write_did_document(self.did, [self._token, self.key], services)
        app = web.Application()

        async def did(_: web.Request) -> web.Response:
            return web.Response(body=document, content_type="application/json")

        async def version(_: web.Request) -> web.Response:
            return web.Response(body=version_document(), content_type="application/json")

        async def arrival(request: web.Request) -> web.Response:
            parcel = await request.json()
            self.parcels.put_nowait(parcel)
            return web.json_response({"signed": self.answers(parcel)})

        app.router.add_get("/.well-known/did.json", did)
        app.router.add_get("/.well-known/dspace-version", version)
        app.router.add_post("/faifo/v1/notices/arrivals", arrival)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        async with ClientSession() as self._session:
            yield self
        await runner.cleanup()

    def word(self, parcel: dict[str, Any], key: Any = None, **change: Any) -> str:
        """Return our signed word about a notice that came."""
        signed = parcel["signed"].encode()
        notice = json.loads(dsse.read(signed).payload)["predicate"]
        said: dict[str, Any] = {
            "notice": notice["id"], "subject_sha256": dsse.name(signed), "by": self.did,
            "to": notice["sender"], "at": datetime.now(UTC), "stage": "received", **change,
        }  # fmt: skip
        return sign(Acknowledgement(**said), key or self.key).decode()

    def followup(self, parcel: dict[str, Any], act: Any, **change: Any) -> str:
        signed = parcel["signed"].encode()
        notice = json.loads(dsse.read(signed).payload)["predicate"]
        said: dict[str, Any] = {
            "notice": notice["id"], "subject_sha256": dsse.name(signed), "by": self.did,
            "at": datetime.now(UTC), "act": act, "person": "An", "text": "said", **change,
        }  # fmt: skip
        return sign(Followup(**said), self.key).decode()

    def notice(self, dataset: str, **change: Any) -> str:
        now = datetime.now(UTC)
        given: dict[str, Any] = {
            "id": f"urn:uuid:{uuid.uuid4()}", "kind": "warnings", "sender": self.did,
            "dataset": dataset, "sent": now, "until": now + timedelta(days=1), "deadline": now,
            "tlp": "GREEN", "content": content(), **change,
        }  # fmt: skip
        return sign(Notice(**given), self.key).decode()

    async def post(self, node: Any, path: str, body: Any, token: str = "") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token or self.token(node)}"}
        url = f"{node.public_url}/faifo/v1/notices{path}"
        async with self._session.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    def token(self, node: Any) -> str:
        return self_issued.issue(
            key=self._token, did=self.did, audience=node.did, jti=str(uuid.uuid4()),
            now=datetime.now(UTC),
        )  # fmt: skip
