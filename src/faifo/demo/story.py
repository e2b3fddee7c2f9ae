"""From the first line to the last, and the end of every process on the way out."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import msgspec

from faifo.demo.acts import (
    comparing,
    ending,
    fetching,
    judging,
    opening,
    predicting,
    publishing,
    recognising,
    refusing,
)
from faifo.demo.acts.predicting import APPLICANT, DATASET
from faifo.demo.acts.publishing import AIRPORTS
from faifo.demo.cast import assemble, make_root
from faifo.demo.children import Children
from faifo.demo.narrator import Narrator, wants_colour
from faifo.demo.signals import Stopper
from faifo.demo.stage import PURPOSE, Stage
from faifo.errors import FaifoError

FAILED = 1


def play(lang: str, *, keep: bool) -> int:
    """Play the demo in `lang`; with `keep` leave its processes up. Return the exit code.

    0: all that was said was so; 1: something was not; 128 + n: stopped by signal n.

    Raises:
        SettingsError: no folder can be made.
        ConflictError: the demo of before is still up in ./.demo.
    """
    tell = Narrator(sys.stdout, lang, colour=wants_colour(sys.stdout))
    with Stopper() as stopper:
        try:
            code = _with_processes(tell, stopper, keep=keep)
            if stopper.number is None:
                return code
            tell.plain("stopped")
        except BrokenPipeError:
            # Nobody reads any more; the interpreter would complain when it flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        return 128 + stopper.number


def _with_processes(tell: Narrator, stopper: Stopper, *, keep: bool) -> int:
    """Play, then end every process and remove the folder, unless there is a reason not to."""
    root = make_root(keep=keep)
    children = Children(keep=keep)
    code, remove = FAILED, True
    try:
        asyncio.run(_play(tell, stopper, children, root, keep=keep))
        code = 0
    except asyncio.CancelledError:
        pass
    except (FaifoError, TimeoutError) as error:
        # Ctrl-C can also hit a child that has not its own session yet: that is no failure.
        if stopper.number is None:
            remove = False
            why = str(error) or type(error).__name__
            tell.plain("failed", why=why, folder=root)
    finally:
        if keep and code == 0:
            children.let_go()
        else:
            children.end()
            if remove:
                shutil.rmtree(root, ignore_errors=True)
    return code


async def _play(
    tell: Narrator, stopper: Stopper, children: Children, root: Path, *, keep: bool
) -> None:
    stopper.watch()
    begun = time.perf_counter()
    for line in ("title", "fictional", "needs"):
        tell.plain(line)
    with tell.step("made", folder=root):
        stage = Stage(tell, assemble(root), children)
    try:
        await opening.play(stage)
        await publishing.play(stage)
        await fetching.play(stage)
        transfer = await predicting.play(stage)
        await refusing.play(stage)
        await ending.play(stage, transfer)
        agreements = await comparing.play(stage)
        await judging.play(stage)
        await recognising.play(stage)
    finally:
        await stage.close()
    seconds = tell.number(time.perf_counter() - begun, digits=1)
    tell.plain("total", seconds=seconds, size=tell.size(stage.crossed))
    _look_around(stage, agreements, keep=keep)


def _look_around(stage: Stage, agreements: dict[str, str], *, keep: bool) -> None:
    """Say how to go on, with commands that can be pasted."""
    tell, cast, faifo = stage.tell, stage.cast, _command()
    if not keep:
        tell.plain("keep", command=f"{faifo} demo --keep")
        return
    provider, consumer = (shlex.quote(str(side.folder)) for side in (cast.provider, cast.consumer))
    agreement, nick = agreements[AIRPORTS], cast.provider.nick
    tell.plain("kept", folder=cast.root)
    question = shlex.quote(msgspec.json.encode(APPLICANT).decode())
    narrowed = f"--purpose {PURPOSE}"
    for command in (
        f"{faifo} catalog {nick} --dir {consumer}",
        f"{faifo} show {agreement} --dir {consumer}",
        f"{faifo} show {agreement} --dir {provider} --lang {tell.lang}",
        f"{faifo} get {nick} {AIRPORTS} {narrowed} -o airports.csv --dir {consumer}",
        f"{faifo} call {nick} {DATASET} /predict -d {question} {narrowed} --dir {consumer}",
        f"{faifo} list transfers --dir {provider}",
    ):
        tell.command(command)
    tell.plain("kept-end")
    pids = " ".join(str(pid) for pid in stage.children.pids)
    tell.command(f"kill {pids}")


def _command() -> str:
    """Return how a shell here calls this installation's `faifo`."""
    ours = Path(sys.executable).with_name("faifo")
    found = shutil.which("faifo")
    if found and Path(found) == ours:
        return "faifo"
    return shlex.quote(str(ours)) if ours.exists() else f"{shlex.quote(sys.executable)} -m faifo"
