"""Processes that train reference models, forked from one that has loaded scikit-learn already.

Each would load it anew, for two seconds of CPU time, and an assessment starts one or two. What
they run is the same program, `faifo.ai.assess.worker`, and they are asked in the same way; those of
strangers' models are started as ever, since they are shut in before anything is loaded.

Also the program of that process: it takes commands over a Unix socket that it inherits, with what
is to be input and output of a fork, and answers its pid.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

KIND = "ours"


class Trainers:
    """What stands for `subprocess` where workers are started."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.module = SimpleNamespace(
            Popen=self._started, PIPE=subprocess.PIPE, DEVNULL=subprocess.DEVNULL
        )

    def _started(self, command: list[str], **settings: Any) -> Any:
        if command[-1] != KIND:
            return subprocess.Popen(command, **settings)
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                told = [sys.executable, "-I", str(Path(__file__)), str(theirs.fileno())]
                env, folder = settings["env"], settings["cwd"]
                self._process = subprocess.Popen(
                    told, pass_fds=[theirs.fileno()], env=env, cwd=folder
                )
        return _Forked(self._control)

    def close(self) -> None:
        if self._control is not None and self._process is not None:
            self._control.close()
            self._process.wait(10)


class _Forked:
    """One of them, as far as `remote.Worker` uses a `Popen`."""

    def __init__(self, control: socket.socket) -> None:
        (asked, stdin), (stdout, said) = os.pipe(), os.pipe()
        socket.send_fds(control, [b"?"], [asked, said])
        os.close(asked)
        os.close(said)
        self.stdin, self.stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        self.pid = int.from_bytes(control.recv(4), "big")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it is gone: another process's child, which the kernel reaps."""
        try:
            gone = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        select.select([gone], [], [])
        os.close(gone)


def _become_worker(asked: int, said: int) -> None:
    from faifo.ai.assess import worker

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(asked, 0)
    os.dup2(said, 1)
    os.close(asked)
    os.close(said)
    sys.argv[1:] = [KIND]
    worker.main()


def main() -> None:
    from faifo.ai.assess import worker

    worker._Work(shut_in=False).do_load({}, b"")
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    while True:
        command, descriptors, _, _ = socket.recv_fds(control, 16, 2)
        if not command:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            try:
                _become_worker(*descriptors)
            finally:
                os._exit(0)
        for one in descriptors:
            os.close(one)
        control.sendall(pid.to_bytes(4, "big"))


if __name__ == "__main__":
    main()
