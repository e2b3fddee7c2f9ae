"""AI Verify's own virtual environment, in build/, from the locked wheels beside this file."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench.figures import Skip
from bench.processes import ROOT

LOCK = Path(__file__).with_name("requirements.lock")
FOLDER = ROOT / "build" / "aiverify"
# What AI Verify 2.2.1 says it runs on, as far as there is a wheel of everything that it pins.
VERSIONS = ("3.11", "3.12")
PIP_SETTINGS = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT",
                "PIP_REQUIREMENT", "PYTHONHOME", "PYTHONPATH")  # fmt: skip


def interpreter() -> Path:
    """Return the Python of the environment, which is made if it is not there.

    Raises:
        Skip: no such Python, or the packages cannot be had.
    """
    python = FOLDER / "bin" / "python"
    made = FOLDER / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if made.exists() and made.read_text() == wanted:
        return python
    base = _base()
    print(f"installing AI Verify into {FOLDER.relative_to(ROOT)} (500 MB)", flush=True)
    begin = time.perf_counter()
    shutil.rmtree(FOLDER, ignore_errors=True)
    _run([base, "-m", "venv", str(FOLDER)])
    install = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-input"]
    wheels = ["--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)]
    _run([str(python), *install, *wheels])
    made.write_text(wanted)
    print(f"installed in {time.perf_counter() - begin:.0f} s", flush=True)
    return python


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in PIP_SETTINGS}


def _base() -> str:
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if running in VERSIONS:
        return sys.executable
    for version in VERSIONS:
        found = shutil.which(f"python{version}")
        if found:
            return found
    raise Skip(f"AI Verify needs Python {' or '.join(VERSIONS)}; here is {running} only")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it did not say why"]
        raise Skip(f"AI Verify cannot be installed from the package registry: {lines[-1]}")
