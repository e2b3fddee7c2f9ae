"""The way from the command line to a node: running, elsewhere, or stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from faifo import clock
from faifo.cli.choices import Choices
from faifo.errors import ConflictError, SettingsError
from faifo.phrases import Phrase
from faifo.running import Running, held, running

if TYPE_CHECKING:
    from pathlib import Path

    from faifo.client import Client
    from faifo.node.custody.directory import Directory

# A start takes less than a second; with very large books, or while another command works, more.
STARTING_S = 10.0
LOOK_S = 0.05

R = TypeVar("R")


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
    from faifo.client.finding import NotRunningError
    from faifo.client.transport import AsgiTransport

    if choices.url is not None:
        below = f"/participants/{choices.participant}" if choices.participant else ""
        url = choices.url.rstrip("/") + below
        async with Client(url, _key(choices), language=choices.lang) as opened:
            yield opened
        return
    directory = node_in(choices.directory)
    found = await serving(directory)
    key = _key(choices) if choices.key_file else directory.read_manage_key()
    async with AsyncExitStack() as held_open:
        way: str | AsgiTransport
        if found is not None:
            way = found.manage_url
        elif stopped:
            from faifo.node.wiring import open_node

            try:
                node = await held_open.enter_async_context(open_node(directory.path))
                way = AsgiTransport(node.manage_app)
            except ConflictError:
                found = await serving(directory)  # it has just begun to serve
                if found is None:
                    raise
                way = found.manage_url
        else:
            raise NotRunningError(directory=choices.directory)
        yield await held_open.enter_async_context(Client(way, key, language=choices.lang))


async def serving(directory: Directory) -> Running | None:
    """Return who serves the directory; one that starts, or takes over from one, is waited for."""
    until = clock.monotonic() + STARTING_S
    while (found := running(directory.path)) is None:
        if not held(directory.path) or clock.monotonic() >= until:
            break
        await asyncio.sleep(LOOK_S)
    return found


def node_in(path: Path) -> Directory:
    """Return the directory of a node.

    Raises:
        SettingsError: there is none at `path`.
    """
    from faifo.client.finding import no_node
    from faifo.node.custody.directory import Directory

    directory = Directory(path)
    if not directory.settings.exists():
        raise no_node(directory.path)
    return directory


def _key(choices: Choices) -> str:
    from faifo.client.finding import read_key

    if choices.key_file is None:
        raise SettingsError(
            what=Phrase("errors.told.key-file.without"),
            expected=Phrase("errors.told.key-file.wanted"),
            advice=Phrase("errors.told.key-file.where"),
        )
    return read_key(choices.key_file)
