"""What the documents' tests need of the machine: free ports, and tools that may be missing."""

from __future__ import annotations

import os
import random
import shutil
import socket

import pytest


def free_port() -> int:
    """Return a free port below those that the system gives to outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def needs(tool: str, *, in_ci: bool = True) -> str:
    """Return the path of `tool`; without it the test skips, or fails where CI needs it."""
    path = shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if path is None:
        if in_ci and os.environ.get("CI"):
            pytest.fail(f"{tool} is not installed, and CI is set")
        pytest.skip(f"{tool} is not installed")
    return path
