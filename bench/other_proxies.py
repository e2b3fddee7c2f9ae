"""Proxies that people put before a service instead: caddy and haproxy, where they are installed."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from bench.processes import Process, free_port, started, wait_for_port

Start = Callable[..., AbstractContextManager[tuple[str, Process]]]

HAPROXY = """defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend in
  bind 127.0.0.1:{port}
  default_backend out
backend out
  http-reuse always
  server one 127.0.0.1:{backend}
"""


def found() -> dict[str, Start]:
    """Return what starts each that is here, by its name."""
    known = {"caddy": caddy, "haproxy": haproxy}
    return {name: start for name, start in known.items() if shutil.which(name)}


@contextlib.contextmanager
def caddy(folder: Path, backend: int, *, core: int) -> Iterator[tuple[str, Process]]:
    port = free_port()
    passing = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"127.0.0.1:{backend}"}],
    }
    server = {
        "listen": [f"127.0.0.1:{port}"],
        "automatic_https": {"disable": True},
        "routes": [{"handle": [passing]}],
    }
    settings = {"admin": {"disabled": True}, "apps": {"http": {"servers": {"one": server}}}}
    path = folder / "caddy.json"
    path.write_text(json.dumps(settings))
    with _serving(["caddy", "run", "--config", str(path)], folder, port, core) as process:
        yield f"http://127.0.0.1:{port}", process


@contextlib.contextmanager
def haproxy(folder: Path, backend: int, *, core: int) -> Iterator[tuple[str, Process]]:
    port = free_port()
    path = folder / "haproxy.cfg"
    path.write_text(HAPROXY.format(port=port, backend=backend))
    with _serving(["haproxy", "-db", "-f", str(path)], folder, port, core) as process:
        yield f"http://127.0.0.1:{port}", process


@contextlib.contextmanager
def _serving(command: list[str], folder: Path, port: int, core: int) -> Iterator[Process]:
    with started(Process(command, core=core, log=folder / f"{command[0]}.log")) as process:
        wait_for_port(port)
        yield process
