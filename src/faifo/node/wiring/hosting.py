"""The participants of an installation, served beside its own node by one process.

Each is a whole node over its own directory, in a task of its own: what one of them cannot do keeps
none of the others from anything. Directories are looked at again and again, so one that is added is
served, one that is being carried away is let go, and one that could not be opened is tried anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from faifo import clock
from faifo.dataplane.certificates import Renewed
from faifo.errors import FaifoError
from faifo.node.custody.books import Part
from faifo.node.custody.directory import Directory
from faifo.node.custody.participants import LEAVING, RESERVED, participants_of
from faifo.node.http.doors import Door, Doors
from faifo.node.settings.hosted import FOLDER
from faifo.node.watching import tracing
from faifo.node.wiring.node import SHUTDOWN_SECONDS, Node, open_node
from faifo.node.wiring.replaceable import Replaceable

log = logging.getLogger("faifo.participants")

LOOK_SECONDS: Final = 1.0
AGAIN_SECONDS: Final = 30.0
MEASURE_SECONDS: Final = 30.0
OPENED_AT_ONCE: Final = 4
PATIENCE_SECONDS: Final = 30.0
"""How long the start waits for those that open slowly; they go on opening."""


class _Guest:
    """A participant that is served, or that could not be."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.leave = asyncio.Event()
        self.opened = asyncio.Event()
        self.node: Node | None = None
        self.failed: float | None = None
        self.settings = _written(directory)
        self.task: asyncio.Task[None] | None = None

    @property
    def may_again(self) -> bool:
        """Tell whether it is worth another look: after a while, or with other settings."""
        waited = self.failed is None or clock.monotonic() - self.failed >= AGAIN_SECONDS
        return waited or _written(self.directory) != self.settings


class Hosting:
    """The faces of an installation: its own node's, with those of its participants in front."""

    def __init__(self, own: Node, parts: Replaceable | None = None, *, part: Part = "all") -> None:
        self._folder = own.directory.path
        self._part = part
        self._parts = parts
        self._manage_url = ""
        self._guests: dict[str, _Guest] = {}
        self._places = asyncio.Semaphore(OPENED_AT_ONCE)
        self._looking: asyncio.Task[None] | None = None
        settings = own.settings
        self.public = Doors(own.public, settings.node.public_url, RESERVED | {".well-known"})
        self.manage = Doors(own.manage_app)
        away = settings.console
        self.console = Doors(own.console_app, away.public_url, {"console"}) if away.host else None

    async def start(self, manage_url: str) -> None:
        """Open all that are there, then look for others; `manage_url` is the installation's."""
        self._manage_url = manage_url
        self._look()
        opening = [asyncio.create_task(one.opened.wait()) for one in self._guests.values()]
        if opening:
            await asyncio.wait(opening, timeout=PATIENCE_SECONDS)
        self._looking = asyncio.create_task(self._keep_looking())

    @property
    def renewed(self) -> Sequence[Renewed]:
        """The TLS contexts of the calls of those that are served, which follow their files."""
        nodes = (guest.node for guest in self._guests.values())
        return [one for node in nodes if node is not None for one in node.renewed]

    def drain(self) -> None:
        """Begin to stop all of them."""
        for guest in self._guests.values():
            if guest.node is not None:
                guest.node.drain()

    async def close(self) -> None:
        """Stop all of them, and return when they have ended."""
        if self._looking is not None:
            self._looking.cancel()
        for guest in self._guests.values():
            guest.leave.set()
        tasks = [one.task for one in self._guests.values() if one.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_looking(self) -> None:
        measured = clock.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._look()
            if clock.monotonic() - measured > MEASURE_SECONDS:
                measured = clock.monotonic()
                for guest in list(self._guests.values()):
                    if guest.node is not None:
                        with contextlib.suppress(FaifoError):
                            await guest.node.room.measure()

    def _look(self) -> None:
        try:
            there = {one.path.name: one for one in participants_of(self._folder)}
        except OSError as error:  # whether anybody is there is not known: nobody is let go
            log.error("the participants cannot be looked for: %s", error.strerror)
            return
        for name, guest in list(self._guests.items()):
            if name not in there or (guest.directory.path / LEAVING).exists():
                guest.leave.set()
            if guest.task is not None and guest.task.done() and guest.may_again:
                del self._guests[name]
        for name, directory in there.items():
            if name not in self._guests and not (directory.path / LEAVING).exists():
                guest = self._guests[name] = _Guest(directory)
                guest.task = asyncio.create_task(self._serve(name, guest))

    async def _serve(self, name: str, guest: _Guest) -> None:
        tracing.of_node(name)
        try:
            await self._open(name, guest)
        except FaifoError as error:
            guest.failed = clock.monotonic()
            log.error("the participant %s is not served: %s", name, error)
        except Exception as error:
            guest.failed = clock.monotonic()
            log.error("the participant %s is not served", name, exc_info=error)
        finally:
            guest.node = None
            guest.opened.set()

    async def _open(self, name: str, guest: _Guest) -> None:
        async with contextlib.AsyncExitStack() as stack:
            with contextlib.ExitStack() as faces:
                async with self._places:
                    opened = open_node(guest.directory.path, self._parts, part=self._part)
                    node = await stack.enter_async_context(opened)
                    await node.room.measure()
                    doors = [faces.enter_context(one) for one in self._doors(name, node)]
                    await node.start()
                    node.tell(f"{self._manage_url}/{FOLDER}/{name}")
                guest.node = node
                guest.opened.set()
                log.info("serving %s at %s", node.did, node.settings.node.public_url)
                await guest.leave.wait()
            node.drain()
            quiet = asyncio.gather(*(one.quiet.wait() for one in doors))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(quiet, SHUTDOWN_SECONDS / 2)
        log.info("no longer served")

    def _doors(self, name: str, node: Node) -> Iterator[contextlib.AbstractContextManager[Door]]:
        """Yield the ways to a participant's faces, which open when they are entered."""
        settings, at = node.settings, f"/{FOLDER}/{name}"
        bounds, url = settings.bounds, settings.console.public_url
        public = Door(name, node.public, bounds, room=node.room)
        yield self.public.opened(settings.node.public_url, public)
        yield self.manage.opened(at, Door(name, node.manage_app, bounds, strip=at))
        if self.console is not None and url:
            before = urlsplit(url).path.rstrip("/")
            yield self.console.opened(url, Door(name, node.console_app, bounds, strip=before))


def _written(directory: Directory) -> int:
    """Return when the settings were written, in nanoseconds; 0 where there are none."""
    try:
        return directory.settings.stat().st_mtime_ns
    except OSError:
        return 0
