"""nginx, twice: the backend with two static files, and `proxy_pass` as the reference proxy."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.processes import Process, free_port, started, wait_for_port

MAIN = """{user}worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 300;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {content}
}}
"""
STATIC = """sendfile on; tcp_nopush on; tcp_nodelay on;
  server {{ listen 127.0.0.1:{port}; location / {{ root {root}; }} }}"""
PROXY = """upstream backend {{
    server 127.0.0.1:{backend}; keepalive 64; keepalive_requests 100000000;
  }}
  server {{ listen 127.0.0.1:{port}; location / {{
    proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection "";
  }} }}"""

BALANCED = """upstream parts {{ {servers} }}
  server {{ listen 127.0.0.1:{port}; location / {{
    proxy_pass http://parts; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host $http_host;
  }} }}"""


def path() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def version() -> str:
    found = path()
    if found is None:
        return "none"
    told = subprocess.run([found, "-v"], capture_output=True, text=True, check=False).stderr
    return told.strip().removeprefix("nginx version: ")


@contextlib.contextmanager
def static(folder: Path, root: Path, *, core: int) -> Iterator[int]:
    """Serve the files in `root`; give the port."""
    with static_process(folder, root, core=core) as (port, _):
        yield port


@contextlib.contextmanager
def static_process(folder: Path, root: Path, *, core: int) -> Iterator[tuple[int, Process]]:
    """Serve the files in `root`; give the port and the process."""
    port = free_port()
    with _serving(folder, STATIC.format(port=port, root=root), port, core=core) as process:
        yield port, process


@contextlib.contextmanager
def proxy(folder: Path, backend: int, *, core: int) -> Iterator[tuple[int, Process]]:
    """Pass everything on to the port `backend`; give the port and the process."""
    port = free_port()
    with _serving(folder, PROXY.format(port=port, backend=backend), port, core=core) as process:
        yield port, process


@contextlib.contextmanager
def balanced(folder: Path, port: int, backends: Sequence[int]) -> Iterator[Process]:
    """Serve `port` by the backends in turn."""
    servers = " ".join(f"server 127.0.0.1:{one};" for one in backends) + " keepalive 64;"
    with _serving(folder, BALANCED.format(port=port, servers=servers), port, core=None) as process:
        yield process


@contextlib.contextmanager
def _serving(folder: Path, content: str, port: int, *, core: int | None) -> Iterator[Process]:
    folder.mkdir()
    # As root nginx would give its worker to another user, who cannot read a temporary folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(MAIN.format(user=user, folder=folder, content=content))
    command = [str(path()), "-p", str(folder), "-c", str(conf)]
    with started(Process(command, core=core, log=folder / "log")) as process:
        wait_for_port(port)
        yield process
