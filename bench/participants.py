"""What a participant of an installation costs when nobody asks, and how long many take to start."""

from __future__ import annotations

import time
from pathlib import Path

from bench.figures import Effort, Figure, Part
from bench.nodes import Home, make_home
from bench.processes import Process, started
from bench.starting import IDLE_SECONDS
from faifo.node.custody.making import make_node
from faifo.node.settings.hosted import template
from faifo.node.settings.model import read_settings

SECOND_MB = 3.0
MORE = 10
MANY = 50


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="participants", title="Many participants in one installation")
    home = make_home(folder, "installation")
    alone, one, more, many = [], [], [], []
    for values, count in ((alone, 0), (one, 1), (more, 1 + MORE), (many, MANY)):
        _add(home, count)
        _start(home)  # makes the books' first rows
        values += [_start(home) for _ in range(effort.starts)]
    pairs = list(zip(one, more, strict=True))
    part.figures = [
        Figure(
            name="a second participant, idle: RSS",
            unit="MB",
            values=[(after[1] - before[1]) / MORE for before, after in pairs],
            target=SECOND_MB,
        ),
        Figure(
            name="a second participant: time of the start",
            unit="s",
            values=[(after[0] - before[0]) / MORE for before, after in pairs],
        ),
        Figure(name="start with none", unit="s", values=[seconds for seconds, _ in alone]),
        Figure(name=f"start with {MANY}", unit="s", values=[seconds for seconds, _ in many]),
        Figure(name=f"RSS with {MANY}", unit="MB", values=[memory for _, memory in many]),
    ]
    part.notes.append(
        f"`faifo serve` until it says that it is ready, with all participants open; RSS"
        f" {IDLE_SECONDS:.0f} s later. The second is what each of {MORE} more costs."
    )
    return part


def _add(home: Home, count: int) -> None:
    """Add participants until there are `count`."""
    installation = read_settings(home.path / "faifo.toml")
    for number in range(count):
        path = home.path / "participants" / f"p{number}"
        if not path.exists():
            url = f"{installation.node.public_url}/p{number}"
            text = template(
                name=path.name,
                economy="",
                public_url=url,
                installation=installation,
                folder=home.path,
            )
            make_node(path, text)


def _start(home: Home) -> tuple[float, float]:
    """Return how many seconds the start took, and how much it then holds in MB."""
    with started(Process(home.command(), log=home.path / "log")) as process:
        process.first_line()
        took = time.perf_counter() - process.began
        time.sleep(IDLE_SECONDS)
        return took, process.memory_mb("VmRSS")
