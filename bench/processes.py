"""Processes under measurement: started, pinned to a core, watched through /proc, ended."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import random
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.figures import BenchError

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A child process. `first_line` is what it printed once it was ready."""

    def __init__(
        self, command: Sequence[str], *, core: int | None = None, log: Path | None = None
    ) -> None:
        if core is not None and pinning():
            command = ["taskset", "-c", str(core), *command]
        errors = log.open("ab") if log else None
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL
        )
        if errors:
            errors.close()
        self._log = log
        self.pid = self._process.pid

    def first_line(self, seconds: float = 30) -> str:
        """Wait for a line on stdout."""
        stdout = self._process.stdout
        assert stdout is not None
        ready, _, _ = select.select([stdout], [], [], seconds)
        line = stdout.readline().decode().strip() if ready else ""
        if not line:
            raise BenchError(f"{' '.join(self.command)} did not start: {self.errors()}")
        return line

    @property
    def command(self) -> list[str]:
        return [str(part) for part in self._process.args]  # type: ignore[union-attr]

    def errors(self) -> str:
        return self._log.read_text()[-2000:] if self._log and self._log.exists() else ""

    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End it, gently first."""
        if self.running():
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def cpu_seconds(self) -> float:
        """Return user and system time of the process and its children so far."""
        return sum(_ticks(pid) for pid in tree(self.pid)) / TICKS

    def memory_mb(self, field: str) -> float:
        """Return VmRSS or VmHWM in MB (10^6 bytes), added up over the tree."""
        return sum(_status(pid, field) for pid in tree(self.pid)) * 1024 / 1e6


@contextlib.contextmanager
def started(process: Process) -> Iterator[Process]:
    try:
        yield process
    finally:
        process.stop()


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def script(name: str) -> Any:
    """Return a program of `scripts` as a module."""
    path = ROOT / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pinning() -> bool:
    """Tell whether there are two cores to pin to, and the tool for it."""
    return shutil.which("taskset") is not None and {0, 1} <= os.sched_getaffinity(0)


def tree(pid: int) -> list[int]:
    """Return `pid` and its descendants that are alive."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += tree(int(child))
    return found


def own_memory_mb(field: str) -> float:
    return _status(os.getpid(), field) * 1024 / 1e6


def free_port() -> int:
    """Return a free port below those that the system gives to outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_for_port(port: int, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise BenchError(f"nothing listens on port {port}") from None
            time.sleep(0.005)


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _status(pid: int, field: str) -> int:
    """Return a field of /proc/PID/status in KiB."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
