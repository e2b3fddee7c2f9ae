"""The nginx and the HAProxy of the how-to in front of a node's processes, with ports of a test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import pytest

HOWTO = Path(__file__).parents[1] / "docs" / "howto" / "operate-at-scale.md"
# Ports as they stand in the how-to: what is outside, two control parts, two data parts.
OUTSIDE, CONTROL, DATA = "443", ("8081", "8082"), ("8083", "8084")
NGINX = """{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error warn;
events {{ worker_connections 512; }}
http {{
    access_log {folder}/nginx.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{conf}
}}
"""


class Ports(NamedTuple):
    """Where the node is reached, and where its parts listen."""

    outside: int
    control: Sequence[int]
    data: Sequence[int]


def settings(kind: str, ports: Ports) -> str:
    """Return the how-to's block of settings with these ports."""
    block = re.search(rf"```{kind}\n(.*?)```", HOWTO.read_text("utf-8"), re.DOTALL)
    assert block is not None
    text = block[1]
    theirs = {OUTSIDE: ports.outside}
    theirs |= dict(zip(CONTROL, cycle(ports.control), strict=False))
    theirs |= dict(zip(DATA, cycle(ports.data), strict=False))
    for port, other in theirs.items():
        assert re.search(rf":{port}\b|listen {port}\b", text), port
        text = re.sub(rf"(:|listen ){port}\b", rf"\g<1>{other}", text)
    # Certificates are what tests/docs/test_deploy.py looks at.
    return re.sub(r" ssl crt \S+| ssl(?=;)|^ *ssl_.*\n|^ *server_name.*\n", "", text, flags=re.M)


@contextlib.asynccontextmanager
async def balanced(
    kind: str, folder: Path, ports: Ports
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Serve the outer port by nginx or HAProxy, set up as the how-to says.

    What it yields returns when the balancer has seen that all processes are ready.
    """
    program = shutil.which(kind, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{kind} is not installed")
        pytest.skip(f"{kind} is not installed")
    text = settings(kind, ports)
    if kind == "nginx":
        # As root nginx would give its worker to another user, who cannot read a temporary folder.
        user = "user root;\n" if os.geteuid() == 0 else ""
        text = NGINX.format(folder=folder, conf=text, user=user)
    # A folder of a test may be longer than the name of a socket.
    short = tempfile.TemporaryDirectory()
    state = Path(short.name) / "state"
    if kind == "haproxy":
        text = f"global\n    stats socket {state}\n{text}"
    file = folder / f"{kind}.conf"
    file.write_text(text)
    command = [program, "-p", folder, "-c", file] if kind == "nginx" else [program, "-f", file]
    with (folder / f"{kind}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        for _ in range(300):
            assert process.returncode is None, (folder / f"{kind}.log").read_text()
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", ports.outside)
                writer.close()
                break
            await asyncio.sleep(0.05)  # it tells nobody that it listens
        # nginx looks for nobody's readiness: it tries, and takes the next.
        yield partial(_all_up, state) if kind == "haproxy" else _at_once
    finally:
        process.terminate()
        await process.wait()
        short.cleanup()


async def _at_once() -> None:
    """Wait for nothing."""


async def _all_up(state: Path) -> None:
    async with asyncio.timeout(20):
        while True:
            reader, writer = await asyncio.open_unix_connection(state)
            writer.write(b"show servers state\n")
            lines = (await reader.read()).decode().splitlines()
            writer.close()
            servers = [line.split() for line in lines[2:] if line]
            # HAProxy 2.6, management guide §9.3, "show servers state": 2 is "running".
            if servers and all(server[5] == "2" for server in servers):
                return
            await asyncio.sleep(0.05)  # it tells nobody by itself
