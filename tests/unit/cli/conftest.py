"""The command line in this process, and real nodes in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import commanding
from faifo.cli.main import run


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def faifo(capsys: Any, monkeypatch: Any) -> Callable[..., Ran]:
    """Run the command line in this process, in English."""
    for name in ("LC_ALL", "LANG", "FAIFO_DIR"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: Any) -> Ran:
        code = run([str(part) for part in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture
def answering() -> Iterator[Callable[[int, dict[str, Any]], str]]:
    """Give the URL of a management API that answers every request alike."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: dict[str, Any]) -> str:
        content = json.dumps(body).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                self.rfile.read(length)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def command(*arguments: Any, cwd: Path | None = None) -> Ran:
    """Run the command line in a process of its own."""
    environ = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": ""}
    ran = subprocess.run(
        [commanding.faifo(), *map(str, arguments)],
        capture_output=True, text=True, timeout=60, cwd=cwd, env=environ, check=False,
    )  # fmt: skip
    return Ran(ran.returncode, ran.stdout, ran.stderr)


class RunningNode:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.process: subprocess.Popen[str] | None = None
        self.ready: dict[str, str] = {}

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "faifo", "serve", "--json", "--dir", str(self.directory)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def pair(tmp_path_factory: Any) -> Iterator[tuple[RunningNode, RunningNode]]:
    """Give a provider and a consumer that trust each other, made by the command line alone."""
    folder = tmp_path_factory.mktemp("pair")
    nodes = []
    for name in ("provider", "consumer"):
        ran = command("init", folder / name, "--port", free_port(), "--root", folder)
        assert ran.code == 0, ran.err
        nodes.append(RunningNode(folder / name))
    for node in nodes:
        node.start()
    for node, other in (nodes, reversed(nodes)):
        did = other.ready["did"]
        ran = command("trust", "add", did, "--name", other.directory.name, "--dir", node.directory)
        assert ran.code == 0, ran.err
    yield nodes[0], nodes[1]
    for node in nodes:
        assert node.stop() == 0
