"""As `tests/forking.py`. Its nodes read a clock that is moved, and meet silent name servers.

The file `soak-clock` in a node's directory says by how many seconds its wall clock is wrong. Names
below `silent.invalid` are looked up for `SILENCE` seconds, and then are not there.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import forking
from faifo import clock
from faifo.node.custody.books import Part

SILENCE = 20.0
_looked_up = socket.getaddrinfo
_became = forking.become_node


def become_node(directory: Path, ours: socket.socket, part: Part = "all") -> None:
    """Move the clock of this process by what the directory says, from now on."""
    wrong = os.open(directory / "soak-clock", os.O_RDONLY | os.O_CREAT, 0o600)

    def now() -> datetime:
        seconds = os.pread(wrong, 32, 0).strip()
        return datetime.now(UTC) + timedelta(seconds=float(seconds or 0))

    clock.now = now
    _became(directory, ours, part)


def look_up(host: Any, *arguments: Any, **named: Any) -> Any:
    """Say nothing about some names."""
    if str(host).rstrip(".").endswith("silent.invalid"):
        time.sleep(SILENCE)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")
    return _looked_up(host, *arguments, **named)


if __name__ == "__main__":
    socket.getaddrinfo = look_up
    forking.become_node = become_node
    forking.main()
