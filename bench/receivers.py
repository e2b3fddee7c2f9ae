"""Many receivers of notices in one process, each with its own DID, keys and signed word.

`python -m bench.receivers COUNT PORT` serves them under `/rN`. Of what comes each proves the
sender's signature and signs an acknowledgement; it keeps nothing. Its first line is JSON: its DIDs.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import uvloop
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from faifo.ai.passport import dsse
from faifo.ai.passport.said import open_signed, sign
from faifo.kinds.signed import Acknowledgement, Notice
from faifo.node.http.public.wellknown import did_services
from faifo.node.outward.signers import KeyOf, keys_of
from faifo.trust.did import did_web_url, read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose, SigningKey, key_id


class Receiver:
    """One of them."""

    def __init__(self, port: int, number: int, keys: Callable[[str], Any]) -> None:
        self.did = f"did:web:localhost%3A{port}:r{number}"
        self._keys = keys
        self._key = SigningKey(
            id=key_id(self.did, "passport-1"),
            purpose=KeyPurpose.PASSPORT,
            created=datetime.now(UTC),
            retired=None,
            private_key=ec.generate_private_key(ec.SECP256R1()),
        )
        root = f"http://localhost:{port}/r{number}"
        services = did_services(self.did, root)
        self.document = write_did_document(self.did, [self._key], services)

    async def take(self, body: bytes) -> str:
        signed = json.loads(body)["signed"].encode()
        sender = json.loads(dsse.read(signed).payload)["predicate"]["sender"]
        notice = open_signed(signed, Notice, lambda one: one.sender, await self._keys(sender))
        word = Acknowledgement(
            notice=notice.id,
            subject_sha256=dsse.name(signed),
            by=self.did,
            to=notice.sender,
            at=datetime.now(UTC),
            stage="acknowledged",
        )
        return sign(word, self._key).decode()


class Keys:
    """The keys of senders, fetched once."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Task[KeyOf]] = {}

    async def __call__(self, did: str) -> KeyOf:
        if did not in self._asked:
            self._asked[did] = asyncio.create_task(_fetched(did))
        return await self._asked[did]


async def _fetched(did: str) -> KeyOf:
    url = did_web_url(did, allow_http=True)
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return keys_of(read_did_document(await answer.read(), did=did))


async def serve(count: int, port: int) -> None:
    keys = Keys()
    receivers = [Receiver(port, number, keys) for number in range(count)]

    async def did(request: web.Request) -> web.Response:
        document = receivers[int(request.match_info["number"])].document
        return web.Response(body=document, content_type="application/json")

    async def take(request: web.Request) -> web.Response:
        receiver = receivers[int(request.match_info["number"])]
        return web.json_response({"signed": await receiver.take(await request.read())})

    app = web.Application()
    app.router.add_get(r"/r{number:\d+}/did.json", did)
    app.router.add_post(r"/r{number:\d+}/faifo/v1/notices/arrivals", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(json.dumps([one.did for one in receivers]), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
