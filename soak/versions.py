"""The previous version and this tree exchange, each with the other, by their command lines.

The previous version is built from its commit and installed from its own locks, as for the bench.
Its book is then opened by this tree, which carries it over, and the same exchange is asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import base
from bench.nodes import Home, make_homes
from bench.processes import Process, started

from soak.report import Result

PREVIOUS = "v0.1.0"
CONTENT = b"province,price\nAn Giang,11.2\n" * 400


class Program:
    """One version: how it is called."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self._python = python

    def serve(self, home: Home) -> contextlib.AbstractContextManager[Process]:
        arguments = ["serve", "--dir", str(home.path), "--log-level", "warning", "--json"]
        return started(Process(self._command(*arguments), log=home.path / f"{self.name}.log"))

    def say(self, home: Home, *arguments: str) -> str:
        """Run one verb; return what it wrote, or raise with what it said."""
        command = self._command(*arguments, "--dir", str(home.path))
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{self.name} faifo {arguments[0]}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def _command(self, *arguments: str) -> list[str]:
        # -P: not the tree from which this is called.
        return [self._python, "-P", "-m", "faifo", *arguments]


async def run(seed: int, seconds: float) -> Result:
    """Exchange in both directions and after the change of version; takes what it takes."""
    return await asyncio.to_thread(_run, seed, seconds)


def _run(seed: int, seconds: float) -> Result:
    known = base.find(PREVIOUS)
    base.make(known)
    before, now = Program(PREVIOUS, str(known.python)), Program("tree", sys.executable)
    done: dict[str, int] = {}
    losses: list[str] = []
    begin = time.monotonic()
    for provider, consumer in ((before, now), (now, before)):
        name = f"{provider.name} to {consumer.name}"
        with tempfile.TemporaryDirectory(prefix="faifo-versions-") as folder:
            homes = make_homes(Path(folder))
            losses += _tried(name, done, homes, (provider, consumer))
            # The one of before is this tree from now on, with the book and keys of before.
            losses += _tried(f"{name}, carried over", done, homes, (now, now))
    figures = {"seconds of exchanges": round(time.monotonic() - begin, 1)}
    return Result("versions", seed, seconds, done, {}, losses, figures)


def _tried(
    name: str, done: dict[str, int], homes: Sequence[Home], programs: Sequence[Program]
) -> Iterator[str]:
    (theirs, ours), (provider, consumer) = homes, programs
    try:
        with provider.serve(theirs) as one, consumer.serve(ours) as other:
            for process in (one, other):
                process.first_line()
            source = theirs.path.parent / "data" / "prices.csv"
            if not source.exists():
                source.write_bytes(CONTENT)
                provider.say(theirs, "publish", str(source), "--id", "prices",
                             "--purpose", "research")  # fmt: skip
            target = ours.path / f"got-{len(done)}.csv"
            consumer.say(ours, "get", theirs.did, "prices", "--purpose", "research",
                         "-o", str(target))  # fmt: skip
            if hashlib.sha256(target.read_bytes()).digest() != hashlib.sha256(CONTENT).digest():
                yield f"{name}: other bytes came"
            done[name] = 1
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        yield f"{name}: {error}"
    for home, program in zip(homes, programs, strict=True):
        log = home.path / f"{program.name}.log"
        if log.exists() and "Traceback" in log.read_text():
            yield f"{name}: {program.name} raised, see its log"
