"""The command line for tests: processes forked from one that has imported it already.

Each `python -m faifo` would import for half a second of CPU time. What is typed goes through
`typed.py`, with the folder, environment, input and output of who types; how the program itself
starts, and what it serves, is tested with processes of its own.

Also the program of that process. It takes commands over a Unix socket, one a connection, and
answers the pid of the fork and, when that has ended, its exit code.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import IO

TYPED = Path(__file__).with_name("typed.py")


@cache
def folder() -> Path:
    """Return a folder with the program `faifo`, to be put at the front of PATH."""
    made = tempfile.TemporaryDirectory(prefix="faifo-typed-")
    path = Path(made.name)
    place = path / "socket"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(place))
    listening.listen(32)
    with listening:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), str(listening.fileno())],
            pass_fds=[listening.fileno()],
            stdin=subprocess.PIPE,
        )
    real = Path(sys.executable).with_name("faifo")
    program = path / "faifo"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {TYPED} {place} {real} "$@"\n')
    program.chmod(0o755)

    def end() -> None:
        assert process.stdin
        process.stdin.close()
        process.wait(10)
        made.cleanup()

    atexit.register(end)
    return path


def faifo() -> str:
    """Return the program `faifo`."""
    return str(folder() / "faifo")


def _become(command: list[str], cwd: str, environ: dict[str, str], streams: list[int]) -> int:
    """Be a command, and return its exit code."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = (
        _text(0, "r", "strict"), _text(1, "w", "strict"), _text(2, "w", "backslashreplace")
    )  # fmt: skip
    sys.argv = ["faifo", *command]
    from faifo.cli.main import run

    try:
        return run(command)
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()


def _text(number: int, mode: str, errors: str) -> IO[str]:
    buffered = 1 if os.isatty(number) else -1
    return os.fdopen(number, mode, buffered, encoding="utf-8", errors=errors, closefd=False)


def _fork(asked: socket.socket) -> None:
    sizes, streams, _, _ = socket.recv_fds(asked, 4, 3)
    with asked.makefile("rb") as heard:
        command, cwd, environ = json.loads(heard.read(int.from_bytes(sizes, "big")))
    if os.fork():
        for one in streams:
            os.close(one)
        return
    asked.sendall(os.getpid().to_bytes(4, "big"))
    for name in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL if name != signal.SIGINT else signal.default_int_handler)
    code = 1
    try:
        # Who typed it may be killed.
        threading.Thread(target=_gone, args=[asked], daemon=True).start()
        code = _become(command, cwd, environ, streams)
    finally:
        asked.sendall(bytes([code & 255]))
        os._exit(code)


def _gone(asked: socket.socket) -> None:
    asked.recv(1)
    os._exit(128 + signal.SIGHUP)


def main() -> None:
    from importlib import import_module

    from faifo.cli.main import VERBS
    from faifo.phrases.catalogue import LANGUAGES, catalogue

    for name in ("client.client", "node.wiring", *(f"cli.verbs.{verb}" for verb in VERBS)):
        import_module(f"faifo.{name}")
    for lang in LANGUAGES:
        catalogue(lang)
    listening = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_until_over, daemon=True).start()
    while True:
        asked, _ = listening.accept()
        with asked:
            _fork(asked)


def _until_over() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
