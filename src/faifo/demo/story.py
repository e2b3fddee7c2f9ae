"""From the first line to the last, and the end of every process on the way out."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

from faifo.demo.cast import NEIGHBOURS, assemble, make_root
from faifo.demo.children import Children
from faifo.demo.narrator import Narrator, wants_colour
from faifo.demo.programme import ACTS, SCENE, leading_to
from faifo.demo.signals import Stopper
from faifo.demo.stage import PURPOSE, Stage
from faifo.errors import FaifoError

FAILED = 1


class Wanted(NamedTuple):
    """What to play: the scene, or what leads to an act; how it is told; whether it stays up."""

    act: str | None = None
    commands: bool = False
    keep: bool = False


def play(lang: str, wanted: Wanted) -> int:
    """Play the demo in `lang`, and return the exit code.

    0: all that was said was so; 1: something was not; 128 + n: stopped by signal n.

    Raises:
        SettingsError: no folder can be made.
        ConflictError: the demo of before is still up in ./.demo.
    """
    colour = wants_colour(sys.stdout)
    tell = Narrator(sys.stdout, lang, colour=colour, commands=wanted.commands)
    with Stopper() as stopper:
        try:
            code = _with_processes(tell, stopper, wanted)
            if stopper.number is None or code == 0:
                return code
            tell.plain("stopped")
        except BrokenPipeError:
            # Nobody reads any more; the interpreter would complain when it flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        return 128 + stopper.number


def _with_processes(tell: Narrator, stopper: Stopper, wanted: Wanted) -> int:
    """Play, then end every process and remove the folder, unless there is a reason not to."""
    root = make_root(keep=wanted.keep)
    children = Children(keep=wanted.keep)
    code, remove = FAILED, True
    try:
        asyncio.run(_play(tell, stopper, children, root, wanted))
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
        if wanted.keep and code == 0:
            children.let_go()
        else:
            children.end()
            if remove:
                shutil.rmtree(root, ignore_errors=True)
    return code


async def _play(
    tell: Narrator, stopper: Stopper, children: Children, root: Path, wanted: Wanted
) -> None:
    stopper.watch()
    begun = time.perf_counter()
    for line in ("title", "fictional", "needs"):
        tell.plain(line)
    acts = leading_to(wanted.act) if wanted.act else list(SCENE)
    neighbours = NEIGHBOURS if SCENE[0] in acts else ()
    stage = Stage(tell, assemble(root, neighbours=neighbours), children)
    if wanted != Wanted():
        tell.plain("made", folder=root)
    try:
        for name in acts:
            await ACTS[name].play(stage)
        seconds = tell.number(time.perf_counter() - begun, digits=1)
        total = "total" if stage.crossed else "total-alone"
        tell.plain(total, seconds=seconds, size=tell.size(stage.crossed))
        if wanted.keep:
            _look_around(stage)
        elif not wanted.act and sys.stdin.isatty() and sys.stdout.isatty():
            await _stay(stage, stopper)
        else:
            tell.plain("keep", command=f"{_command()} demo --keep")
    finally:
        await stage.close()


async def _stay(stage: Stage, stopper: Stopper) -> None:
    """Keep the nodes until Enter or Ctrl-C, which is a good way to leave a story told to its end.

    One link opens the page of the consumer's node, where most of the story can be seen.
    """
    link = await stage.consumer.open_page()
    stage.tell.plain("waiting", url=f"{link.url}&lang={stage.tell.lang}")
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, typed.set)
    try:
        await typed.wait()
        sys.stdin.readline()
    except asyncio.CancelledError:
        if stopper.number != signal.SIGINT:
            raise
    finally:
        loop.remove_reader(sys.stdin)


def _look_around(stage: Stage) -> None:
    """Say how to go on, with commands that can be pasted."""
    tell, faifo = stage.tell, _command()
    provider, consumer = (
        shlex.quote(str(side.folder)) for side in (stage.cast.provider, stage.cast.consumer)
    )
    nick = stage.cast.provider.nick
    tell.plain("kept", folder=stage.cast.root)
    tell.command(f"{faifo} catalog {nick} --dir {consumer}")
    for dataset, agreement in stage.agreements.items():
        narrowed = f"{nick} {dataset} --purpose {PURPOSE} -o {dataset}.csv"
        if (stage.cast.received / f"{dataset}.csv").exists():
            tell.command(f"{faifo} get {narrowed} --dir {consumer}")
            tell.command(f"{faifo} show {agreement} --dir {provider} --lang {tell.lang}")
    tell.command(f"{faifo} list transfers --dir {provider}")
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
