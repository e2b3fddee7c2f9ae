"""A node in conformance mode, in a process of its own, for as long as a kit looks at it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import kit

from faifo.node.outward.service_addresses import VERSION_PATH


@contextlib.contextmanager
def running(module: str, arguments: list[str], at: kit.Addresses, log: Path) -> Iterator[None]:
    """Run `module` with both its faces at `at`; what it says goes to `log`."""
    command = [sys.executable, "-m", module, *arguments]
    command += ["--port", str(at.node), "--hooks-port", str(at.hooks)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            _wait_for(process, at, log)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def _wait_for(process: subprocess.Popen[bytes], at: kit.Addresses, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            url = f"http://localhost:{at.node}{VERSION_PATH}"
            urllib.request.urlopen(url, timeout=1).close()
            socket.create_connection(("127.0.0.1", at.hooks), timeout=1).close()
            return
        time.sleep(0.05)
    sys.exit(f"make tck: the node does not start; its log is {log}")
