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


# Needed by verbs, by people who look, or by what few nodes do: loaded where they are used.
NOT_AT_START = {
    "yaml": "terms as text are the command line's",
    "aiohttp": "a node calls with a client of its own",
    "urllib.request": "no proxy is set",
    "jinja2": "no page was asked for",
    "numpy": "nothing is assessed",
    "matplotlib": "nothing is drawn",
    "pypdf": "nothing is printed",
    "faifo.ai.assess": "nothing is assessed",
    "faifo.demo": "another verb",
    "faifo.client": "a node calls no management API",
    "faifo.course": "another verb",
    "faifo.phrases.en.toml": "nothing was said to a person yet",
}
LOADED = """
import asyncio, json, os, pathlib, signal, sys
from faifo.cli.verbs import serve as verb
from faifo.node.wiring import run, serve
from faifo.phrases import catalogue

def ready(*_):
    said = ["faifo.phrases.en.toml"] if catalogue.catalogue.cache_info().currsize else []
    print(json.dumps([*sys.modules, *said]))
    os.kill(os.getpid(), signal.SIGTERM)

run(serve(pathlib.Path(sys.argv[1]), ready=ready))
"""


def test_a_start_loads_nothing_that_waits_for_its_use(tmp_path: Path) -> None:
    node = write_node(tmp_path / "node", port=free_port(), trusted={})
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, str(node)], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(ran.stdout))
    assert {"faifo.node.wiring.node", "faifo.dataplane.app"} <= loaded
    assert loaded & NOT_AT_START.keys() == set()
