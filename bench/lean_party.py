"""The bare loop without libraries for HTTP and tokens: the floor of what Python takes for a flow.

`python -m bench.lean_party provider|consumer SCRIPT`. Messages, signatures and durable appends are
those of bench/bare_party.py. HTTP is read and written by hand on asyncio's protocols, as far as the
two parties need it, and a token's header is made once: nothing here is fit to meet a stranger.
"""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from bench.bare_party import ALGORITHM, Party, Script, main

_ES256 = ec.ECDSA(hashes.SHA256())
_END = b"\r\n\r\n"


class LeanParty(Party):
    def __init__(self, role: str, script: Script) -> None:
        super().__init__(role, script, None)
        other = "consumer" if role == "provider" else "provider"
        self._port = script.ports[other]
        self._free: deque[_Caller] = deque()
        header = {"alg": ALGORITHM, "kid": f"{self._did}#token-1", "typ": "JWT"}
        self._header = _encoded(msgspec.json.encode(header)) + b"."

    async def _call(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, bytes]:
        caller = self._free.pop() if self._free else await self._connected()
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{told}content-length: {len(body)}"
        answer = await caller.ask(head.encode() + _END + body)
        self._free.append(caller)
        return answer

    async def _connected(self) -> _Caller:
        loop = asyncio.get_running_loop()
        _, caller = await loop.create_connection(_Caller, "127.0.0.1", self._port)
        return caller

    def _signed(self, claims: dict[str, Any]) -> str:
        text = self._header + _encoded(msgspec.json.encode(claims))
        r, s = decode_dss_signature(self._key.sign(text, _ES256))
        return (text + b"." + _encoded(r.to_bytes(32) + s.to_bytes(32))).decode()

    def _read(self, token: bytes) -> dict[str, Any]:
        text, _, signature = token.rpartition(b".")
        raw = base64.urlsafe_b64decode(signature + b"==")
        both = (int.from_bytes(half) for half in (raw[:32], raw[32:]))
        self._peer_key.verify(encode_dss_signature(*both), text, _ES256)
        claims: dict[str, Any] = msgspec.json.decode(
            base64.urlsafe_b64decode(text.partition(b".")[2] + b"==")
        )
        if claims["aud"] != self._did:
            raise PermissionError
        return claims


class _Messages(asyncio.Protocol):
    """Takes messages with a content-length apart, those of one connection one by one."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._came = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(_END)) >= 0:
            head = self._came[:end]
            lower = head.lower()
            at = lower.find(b"content-length:")
            length = int(lower[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
            whole = end + len(_END) + length
            if len(self._came) < whole:
                return
            body, self._came = self._came[end + len(_END) : whole], self._came[whole:]
            self.message(head, body)

    def message(self, head: bytes, body: bytes) -> None:
        raise NotImplementedError


class _Caller(_Messages):
    _waits: asyncio.Future[tuple[int, bytes]]

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        self._waits = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._waits

    def message(self, head: bytes, body: bytes) -> None:
        self._waits.set_result((int(head[9:12]), body))


class _Server(_Messages):
    def __init__(self, party: Party) -> None:
        super().__init__()
        self._party = party
        self._tasks: set[asyncio.Task[None]] = set()

    def message(self, head: bytes, body: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        method, target, _ = first.decode().split(" ")
        pairs = (line.partition(b": ") for line in lines)
        scope = {
            "method": method,
            "path": target.partition("?")[0],
            "headers": [(name.lower(), value) for name, _, value in pairs],
        }

        async def receive() -> dict[str, Any]:
            return {"body": body}

        async def send(said: dict[str, Any]) -> None:
            if "status" in said:
                lines = b"".join(b"%s: %s\r\n" % pair for pair in said["headers"])
                self._head = b"HTTP/1.1 %d OK\r\n%s\r\n" % (said["status"], lines)
            else:
                self.transport.write(self._head + said["body"])

        task = asyncio.ensure_future(self._party(scope, receive, send))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


async def _serve(role: str, script: Script) -> None:
    party = LeanParty(role, script)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Server(party), "127.0.0.1", script.ports[role])
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    main(_serve)
