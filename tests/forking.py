"""Starts real node processes fast: all is imported and was used once, then each node is a fork.

Not a test. Takes commands over a Unix socket that it inherits: JSON with a node's directory, the
part that the process does of it and where that listens, with one file descriptor. The process
writes a JSON line with its pid to that descriptor, waits for a byte, serves, and writes its
management URL when both faces accept.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

from faifo import ids
from faifo.node.custody.books import Part
from faifo.node.custody.directory import write_secret
from faifo.node.custody.keyring import make_first_keys
from faifo.node.settings.model import template
from faifo.node.wiring import run, serve


def become_node(directory: Path, ours: socket.socket, part: Part = "all") -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(directory / "node.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    ours.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\n")
    if not ours.recv(1):
        return
    run(
        serve(
            directory,
            part=part,
            ready=lambda _, url: ours.sendall(json.dumps({"manage_url": url}).encode() + b"\n"),
        )
    )


def warm() -> None:
    """Serve a node once in this process, and stop it as soon as it is ready.

    What a first start works out for good (routes, the fields of records) each fork has then: more
    than half of the CPU time of its start.
    """
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        url = "http://localhost:1"
        (path / "faifo.toml").write_text(
            template(name="n", economy="VN", public_url=url, port=0, root=name, local=True)
        )
        make_first_keys(path / "keys")
        write_secret(path / "manage.key", ids.new_secret().encode())
        run(serve(path, ready=lambda *_: os.kill(os.getpid(), signal.SIGTERM)))


def main() -> None:
    warm()
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        command, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
        if not command:
            return
        with socket.socket(fileno=descriptors[0]) as ours:
            if os.fork() == 0:
                control.close()
                code = 1
                try:
                    directory, part, port = json.loads(command)
                    if port:
                        os.environ |= {"FAIFO_LISTEN_PORT": str(port), "FAIFO_MANAGE_PORT": "0"}
                    become_node(Path(directory), ours, part)
                    code = 0
                except BaseException:
                    logging.exception("the node ended")
                finally:
                    os._exit(code)


if __name__ == "__main__":
    main()
