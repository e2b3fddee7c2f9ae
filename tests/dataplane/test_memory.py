"""A gibibyte to a slow reader: the server reads ahead no more than it can hand over."""

from __future__ import annotations

import hashlib
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

GIBIBYTE = 2**30
BLOCK = 2**20
LIMIT_KIB = 120 * 1024
BYTES_PER_SECOND = 200_000_000

SERVER = """
import asyncio, sys
import uvloop
from faifo.dataplane.app import DataPlane
from faifo.dataplane.egress import Egress, open_session
from faifo.dataplane.gate import File, Grant
from faifo.dataplane.server import make_server

path, digest, size = sys.argv[1], bytes.fromhex(sys.argv[2]), int(sys.argv[3])

class Gate:
    async def admit(self, request):
        source = File(path=path, digest=digest, size=size)
        return Grant(source=source, transfer_id="t", agreement_id="a", consumer="c")

class Journal:
    async def record(self, access):
        return {}

async def main():
    async with open_session(Egress()) as session:
        app = DataPlane(gate=Gate(), journal=Journal(), backends=session)
        ready = lambda server: print(server.address[1], flush=True)
        await make_server(app, host="127.0.0.1", port=0, ready=ready).serve()

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""


def status(pid: int, field: str) -> int:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    return int(found.group(1))


@pytest.mark.big
@pytest.mark.skipif(sys.platform != "linux", reason="reads VmHWM from /proc")
def test_a_gibibyte_to_a_slow_reader_takes_no_more_than_120_mb(tmp_path: Path):
    block = hashlib.shake_256(b"faifo").digest(BLOCK)
    path = tmp_path / "big.bin"
    whole = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(GIBIBYTE // BLOCK):
            piece = number.to_bytes(8, "big") + block[8:]
            file.write(piece)
            whole.update(piece)
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(path), whole.hexdigest(), str(GIBIBYTE)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        received = hashlib.sha256()
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(b"GET /data/t HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n\r\n")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            assert head.startswith(b"HTTP/1.1 200 ")
            before = status(server.pid, "VmRSS")
            time.sleep(1)
            assert status(server.pid, "VmRSS") - before < 8 * 1024
            began = time.monotonic()
            count = 0
            while count < GIBIBYTE:
                piece = client.recv(BLOCK)
                assert piece, f"cut off after {count} bytes"
                received.update(piece)
                count += len(piece)
                ahead = count / BYTES_PER_SECOND - (time.monotonic() - began)
                if ahead > 0:
                    time.sleep(ahead)
        assert received.digest() == whole.digest()
        assert status(server.pid, "VmHWM") <= LIMIT_KIB
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
        path.unlink()
