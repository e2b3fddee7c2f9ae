"""What was measured on: the machine and the versions."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sysconfig
import time
from pathlib import Path

from bench import nginx
from bench.processes import ROOT
from faifo.node.examining.interpreter import build

PACKAGES = (
    "uvicorn",
    "uvloop",
    "httptools",
    "aiohttp",
    "msgspec",
    "cryptography",
    "pyjwt",
)


def describe(folder: Path) -> dict[str, str]:
    """Return what matters about the machine; `folder` is where the databases were."""
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "system": f"{_distribution()}, Linux {platform.release()}",
        "write of 4 KiB with fdatasync": f"{_fdatasync_ms(folder):.2f} ms (median)",
        "load average at the start": f"{os.getloadavg()[0]:.2f}",
        "Python": f"{platform.python_version()}, built with {' '.join(build()) or 'plain flags'}",
        "Python was configured by": str(sysconfig.get_config_var("CONFIG_ARGS") or "unknown"),
        "SQLite": sqlite3.sqlite_version,
        **{name: importlib.metadata.version(name) for name in PACKAGES},
        "nginx": nginx.version(),
        "wrk": _wrk_version(),
        "Faifo": f"{importlib.metadata.version('faifo')}, commit {_commit()}",
    }


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return "unknown distribution"


def _fdatasync_ms(folder: Path) -> float:
    spans = []
    file = os.open(folder / "fdatasync", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(200):
        begin = time.perf_counter()
        os.write(file, b"x" * 4096)
        os.fdatasync(file)
        spans.append((time.perf_counter() - begin) * 1e3)
    os.close(file)
    return statistics.median(spans)


def _wrk_version() -> str:
    if shutil.which("wrk") is None:
        return "none"
    told = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    return (told.stdout + told.stderr).split(" [")[0].strip().removeprefix("wrk ")


def _commit() -> str:
    if shutil.which("git") is None:
        return "unknown"
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"
