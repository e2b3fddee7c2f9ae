"""The way from the command line to a node: running, elsewhere, or stopped.

The management key is sent only to a process that holds the node's directory: what a crashed node
left in running.json may name a port that somebody else has now.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from faifo.cli.choices import Choices
from faifo.errors import SettingsError, UnreachableError

if TYPE_CHECKING:
    from faifo.client import Client

R = TypeVar("R")


class NotRunningError(UnreachableError):
    """The node must be running for this, and is not."""

    def __init__(self, *, sentence: str) -> None:
        super().__init__(who="the node", reason="it is not running")
        self._sentence = sentence

    def sentence(self) -> str:
        return self._sentence


def run(choices: Choices, work: Callable[[Client], Awaitable[R]], *, stopped: bool = False) -> R:
    """Return what `work` gives with a client for the chosen node.

    With `stopped`, a node that is not running is opened in this process.
    """

    async def inside() -> R:
        async with client(choices, stopped=stopped) as opened:
            return await work(opened)

    return asyncio.run(inside())


@asynccontextmanager
async def client(choices: Choices, *, stopped: bool) -> AsyncIterator[Client]:
    """Open a client for the chosen node.

    Raises:
        SettingsError: there is no node in the directory, or no key for it.
        NotRunningError: it is not running, and must be.
    """
    from faifo.client import Client
    from faifo.client.transport import AsgiTransport

    if choices.url is not None:
        async with Client(choices.url, _key(choices)) as opened:
            yield opened
        return
    from faifo.node.directory import Directory

    directory = Directory(choices.directory)
    if not directory.settings.exists():
        raise no_node(directory.path)
    running = directory.read_running() if held(directory.path) else None
    key = _key(choices) if choices.key_file else directory.read_manage_key()
    if running is not None:
        async with Client(running.manage_url, key) as opened:
            yield opened
    elif stopped:
        from faifo.node.wiring import open_node

        async with (
            open_node(directory.path) as node,
            Client(AsgiTransport(node.manage_app), key) as opened,
        ):
            yield opened
    else:
        sentence = choices.say("not-running", directory=choices.directory)
        raise NotRunningError(sentence=sentence)


def held(path: Path) -> bool:
    """Return whether a process serves the directory at `path` now."""
    try:
        descriptor = os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def no_node(path: Path) -> SettingsError:
    """Return the error for a directory without a node."""
    return SettingsError(
        what=f"there is no faifo.toml in {path}",
        expected="a node's directory",
        advice="name one with --dir or FAIFO_DIR, or make one with: faifo init DIR",
    )


def _key(choices: Choices) -> str:
    if choices.key_file is None:
        raise SettingsError(
            what="--url is given without --key-file",
            expected="the file with the node's management key",
            advice="it is manage.key in the node's directory",
        )
    try:
        key = choices.key_file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise SettingsError(
            what=f"the key file {choices.key_file} cannot be read: {why}",
            expected="the node's management key",
        ) from None
    if not key.isprintable() or not key:
        raise SettingsError(
            what=f"the key file {choices.key_file} holds no key",
            expected="one line, the node's management key",
        )
    return key
