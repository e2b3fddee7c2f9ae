"""`faifo serve` says when it starts, is ready, stops and has drained; followers do not hold it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness import free_port, write_node

SERVE = [sys.executable, "-m", "faifo", "serve"]


@contextlib.contextmanager
def _serving(folder: Path, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [*SERVE, "--dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process, json.loads((folder / "running.json").read_bytes())["manage_url"]
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_the_log_tells_the_life_of_a_node(tmp_path: Path) -> None:
    port = free_port()
    node = write_node(tmp_path / "node", port=port, trusted={})
    with _serving(node, FAIFO_LOG_FORMAT="json", FAIFO_LOG_FILE="node.log") as (process, url):
        key = (node / "manage.key").read_text().strip()
        request = urllib.request.Request(
            f"{url}/manage/v1/events", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.readline() == b"retry: 1000\n"
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert answer.read() == b"\n"
        _, err = process.communicate(timeout=10)
        assert time.monotonic() - begun < 5
    assert process.returncode == 0
    assert err == ""
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in (node / "node.log").read_text().splitlines()
    ]
    told = [line["message"] for line in lines if line["logger"] == "faifo.node"]
    assert told == [
        f"starting Faifo {_version()} in {node}",
        f"ready: did:web:localhost%3A{port} at 127.0.0.1:{port}, management at {url}",
        "stopping: at most 10 s for what is under way",
        "drained; messages kept for the next start: 0",
        "stopped",
    ]
    assert {line["level"] for line in lines} == {"info"}
    (access,) = [line for line in lines if line["logger"] == "faifo.access"]
    assert (access["message"], access["status"]) == ("GET /manage/v1/events", 200)


def _version() -> str:
    from faifo import __version__

    return __version__
