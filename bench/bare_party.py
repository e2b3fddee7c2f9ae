"""One party of the bare loop: what a flow costs with nothing of Faifo in it.

`python -m bench.bare_party provider|consumer SCRIPT` serves one party; two of them make the loop.
What the libraries cost in it is told by the same loop without them, bench/lean_party.py.
It is the same HTTP stack (uvicorn with uvloop and httptools, aiohttp as client) and the same driver
as for two nodes. Mirrored of a Faifo flow, in this order (C consumer, P provider, → signed call,
* one durable append before the answer or the sending):

    driver asks C         C→P GET dataset, P*          C* begins, answers the driver
    C→P ContractRequestMessage        P*    P→C ContractAgreementMessage       C*
    C→P …VerificationMessage          P*    P→C …EventMessage:FINALIZED        C*  (driver is told)
    driver asks C         C* begins, answers the driver
    C→P TransferRequestMessage        P*    P→C TransferStartMessage           C*  (driver is told)
    driver GETs the data from C       C→P GET with a bearer token, P* then 1 KiB

So: 7 calls signed with ES256 (a PyJWT token of Faifo's claims) and verified, bodies and answers
of the sizes that were read from the nodes' own history, 10 appends with a real fdatasync on the
critical path. An append goes through a writer thread that shares one fdatasync between those who
wait at the same time, as Faifo's store does.

Left out on purpose, so the loop is a floor and not a twin: seven commits that are not on the
critical path, yet cost CPU (six by which Faifo's senders book an acknowledgement, and one by which
the consumer books what it fetched), replays, state machines, validation, policy decisions, outbox
and history, DID resolution, routing (bare ASGI), and all but one long poll a process.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import queue
import sys
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import msgspec
import uvicorn
import uvloop
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

ALGORITHM = "ES256"
NEXT = {
    "ContractRequestMessage": "ContractAgreementMessage",
    "ContractAgreementMessage": "ContractAgreementVerificationMessage",
    "ContractAgreementVerificationMessage": "ContractNegotiationEventMessage:FINALIZED",
    "TransferRequestMessage": "TransferStartMessage",
}
LAST = {
    "ContractNegotiationEventMessage:FINALIZED": "FINALIZED",
    "TransferStartMessage": "STARTED",
}
FIRST = {"negotiations": "ContractRequestMessage", "transfers": "TransferRequestMessage"}
MESSAGES = frozenset({*NEXT, *NEXT.values()})
TOKEN = "an-opaque-data-token-of-the-usual-length-43"  # opens nothing


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What both parties must know. `sizes` maps a message to the bytes of body and answer."""

    folder: Path
    ports: dict[str, int]
    sizes: dict[str, tuple[int, int]]
    dataset_bytes: int
    data_file: Path


class Book:
    """Appends records durably, those that wait at the same time with one fdatasync."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    async def append(self, record: bytes) -> None:
        written: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((record, written))
        await written

    def _write(self) -> None:
        while True:
            group = [self._queue.get()]
            while not self._queue.empty():
                group.append(self._queue.get())
            os.write(self._file, b"".join(record for record, _ in group))
            os.fdatasync(self._file)
            self._loop.call_soon_threadsafe(_tell, [written for _, written in group])


def _tell(group: list[asyncio.Future[None]]) -> None:
    for written in group:
        written.set_result(None)


def padded(pid: str, size: int) -> bytes:
    """Return JSON of `size` bytes that names `pid`."""
    return b'{"pid":"%s","filling":"%s"}' % (
        pid.encode(),
        b"x" * (size - len(b'{"pid":"","filling":""}') - len(pid)),
    )


class Party:
    """One side of the loop, as an ASGI application."""

    def __init__(self, role: str, script: Script, session: aiohttp.ClientSession | None) -> None:
        self._script = script
        self._session = session
        other = "consumer" if role == "provider" else "provider"
        self._did, self._peer = (
            f"did:web:localhost%3A{script.ports[who]}" for who in (role, other)
        )
        self._url = f"http://localhost:{script.ports[other]}"
        key = load_pem_private_key((script.folder / f"{role}.pem").read_bytes(), None)
        public = load_pem_public_key((script.folder / f"{other}.pub").read_bytes())
        self._key: Any = key
        self._peer_key: Any = public
        self._book = Book(script.folder / f"{role}.book")
        self._ends: dict[str, asyncio.Future[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts = scope["path"].strip("/").split("/")
        handler: Callable[..., Awaitable[None]] = getattr(self, f"_on_{parts[0]}")
        await handler(parts[1:], scope, receive, send)

    # ── between the parties ──────────────────────────────────────────────────────────────────

    async def _on_dataset(self, parts: list[str], scope: Any, _: Any, send: Any) -> None:
        claims = self._verified(scope)
        await self._book.append(claims["jti"].encode())
        await _answer(send, 200, padded(parts[0], self._script.dataset_bytes))

    async def _on_message(self, parts: list[str], scope: Any, receive: Any, send: Any) -> None:
        self._verified(scope)
        name = parts[0]
        body = await _body(receive)
        pid: str = msgspec.json.decode(body)["pid"]
        await self._book.append(body)
        await _answer(send, 200, padded(pid, self._script.sizes[name][1]))
        if name in NEXT:
            self._later(NEXT[name], pid)
        else:
            self._ends[pid].set_result(LAST[name])

    async def _on_data(self, parts: list[str], scope: Any, _: Any, send: Any) -> None:
        if _header(scope, b"authorization") != b"Bearer " + TOKEN.encode():
            raise PermissionError
        content = self._script.data_file.read_bytes()
        await self._book.append(f"{parts[0]} {hashlib.sha256(content).hexdigest()}".encode())
        await _answer(send, 200, content)

    def _later(self, name: str, pid: str) -> None:
        task = asyncio.ensure_future(self._send(name, pid))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, name: str, pid: str) -> None:
        body = padded(pid, self._script.sizes[name][0])
        headers = {"Content-Type": "application/json", **self._proof()}
        _, answer = await self._call("POST", f"/message/{name}", headers, body)
        msgspec.json.decode(answer)

    async def _call(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, bytes]:
        url = f"{self._url}{path}"
        assert self._session is not None
        async with self._session.request(method, url, data=body, headers=headers) as response:
            return response.status, await response.read()

    def _proof(self) -> dict[str, str]:
        now = int(time.time())
        claims = {
            "iss": self._did,
            "sub": self._did,
            "aud": self._peer,
            "jti": uuid.uuid4().urn,
            "iat": now,
            "exp": now + 300,
        }
        return {"Authorization": f"Bearer {self._signed(claims)}"}

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": f"{self._did}#token-1"})

    def _verified(self, scope: Any) -> dict[str, Any]:
        return self._read(_header(scope, b"authorization").partition(b" ")[2])

    def _read(self, token: bytes) -> dict[str, Any]:
        return jwt.decode(token, self._peer_key, [ALGORITHM], audience=self._did)

    # ── towards the driver: the paths of the management API that a flow uses ─────────────────

    async def _on_manage(self, parts: list[str], scope: Any, receive: Any, send: Any) -> None:
        kind, *rest = parts[1:]
        if scope["method"] == "POST":
            await self._begin(kind, receive, send)
        elif rest[1:] == ["data"]:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            await _answer(send, *await self._call("GET", f"/data/{rest[0]}", headers))
        else:
            state = await self._ends[rest[0]]
            await _answer(send, 200, _record(rest[0], state))

    async def _begin(self, kind: str, receive: Any, send: Any) -> None:
        order = await _body(receive)
        pid = uuid.uuid4().urn
        if kind == "negotiations":
            dataset = msgspec.json.decode(order)["dataset"]
            _, answer = await self._call("GET", f"/dataset/{dataset}", self._proof())
            msgspec.json.decode(answer)
        self._ends[pid] = asyncio.get_running_loop().create_future()
        await self._book.append(order)
        self._later(FIRST[kind], pid)
        await _answer(send, 201, _record(pid, None))


def _record(pid: str, state: str | None) -> bytes:
    return msgspec.json.encode({"pid": pid, "state": state, "revision": 1, "agreement": pid})


def _header(scope: Any, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


async def _body(receive: Any) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _serve(role: str, script: Script) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        config = uvicorn.Config(
            Party(role, script, session),
            host="127.0.0.1",
            port=script.ports[role],
            http="httptools",
            loop="none",
            lifespan="off",
            log_config=None,
            access_log=False,
        )
        print("ready", flush=True)
        await uvicorn.Server(config).serve()


def main(serve: Callable[[str, Script], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        content = Path(sys.argv[2]).read_bytes()
        read = msgspec.json.decode(content, type=Script, dec_hook=lambda kind, value: kind(value))
        runner.run(serve(sys.argv[1], read))


if __name__ == "__main__":
    main(_serve)
